"""``python -m benchmarks.quality``: what each part of the search is worth on the judged queries, on both engines."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from unittest.mock import patch

from benchmarks.data import SHARED
from catalog import operate
from catalog.portal import Portal
from catalog.services import indexing, quality
from catalog.services.search import text_of
from catalog.settings import Settings
from catalog.wiring import clock, open_portal
from search import analysis, analyzing
from search.analysis import fold, pairs, terms
from search.clauses import AnyOf, Clause, Term
from search.elastic import ElasticIndex, connect
from search.finding import Finder
from search.lexicon import Lexicon, usual
from search.meaning import Nearest
from search.model import Page, Query
from search.port import SearchIndex
from search.quality import Judged, table
from search.steering import Steering
from search.vectors import Model
from search.weights import usual_weights
from tests import engines

GOLDEN = SHARED.parent / "golden" / "queries.jsonl"
LISTS = (
    ("list", "cn-portals/sichuan_luzhou.json", "luzhou"),
    ("list", "cn-portals/ningxia_ningxia.json", "ningxia"),
    ("list", "cn-portals/ningxia_yinchuan.json", "yinchuan"),
    ("list", "cn-portals/anhui_hefei.json", "hefei"),
    ("list", "cn-portals/anhui_huaibei.json", "huaibei"),
    ("ckan", "hk-ckan/packages.jsonl", None),
    ("list", "tw-list/data-gov-tw-list.csv", "auto"),
)
MEASURES = ("ndcg", "mrr", "recall", "neg_empty")


@dataclass(frozen=True)
class Step:
    """One more part of the search, with all before it."""

    name: str
    steering: Steering
    #: asks without concepts, as a plain engine would
    plain: Callable[[str], Clause] | None = None
    simplified: bool = True
    #: freshness counts
    today: date | None = None
    #: what titles mean counts
    meaning: bool = False


def words_only(typed: str) -> Clause:
    weights = usual_weights()
    found = dict.fromkeys(terms(fold(typed)))
    return AnyOf([Term(name, t, boost) for t in found for name, boost in (("title", weights.title), ("text", 1.0))])


def words_and_pairs(typed: str) -> Clause:
    found = dict.fromkeys(pairs(fold(typed)))
    shoulds = [Term(name, t, boost) for t in found for name, boost in (("title_grams", 2.0), ("grams", 0.7))]
    return AnyOf([words_only(typed), *shoulds])


def steps() -> Iterator[Step]:
    unheard = replace(usual_weights(), quality=0, use=0, pinyin=0, initials=0, spelling=0)
    off = replace(unheard, place=0, place_around=0, place_named=0, body=0)
    words = Lexicon(stop=usual().stop, weak=usual().weak)
    same = replace(words, same=usual().same, wider=usual().wider)
    yield Step("words", Steering(words, off), words_only, simplified=False)
    yield Step("+ pairs of characters", Steering(words, off), words_and_pairs, simplified=False)
    yield Step("+ concepts: what must be there", Steering(words, off), simplified=False)
    yield Step("+ synonyms", Steering(same, off), simplified=False)
    placed = unheard
    yield Step("+ places and bodies", Steering(same, placed), simplified=False)
    yield Step("+ English", Steering(usual(), placed), simplified=False)
    sounding = replace(placed, pinyin=1, initials=1)
    yield Step("+ pinyin and first letters", Steering(usual(), sounding), simplified=False)
    yield Step("+ simplification", Steering(usual(), sounding))
    yield Step("+ spelling", Steering(usual(), replace(sounding, spelling=1)))
    yield Step("+ quality and freshness (all)", Steering(), today=clock().date())
    yield Step("+ vectors (an option)", Steering(), today=clock().date(), meaning=True)


def main() -> None:
    if not GOLDEN.is_file():
        sys.exit(f"The judged queries are not beside the project: {GOLDEN} is missing.")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp")))
        portal = read_lists(folder)
        elastic = ElasticIndex(
            connect(stack.enter_context(engines.elasticsearch(measured=True))), "quality", vectors=True
        )
        judged = quality.judged(GOLDEN)
        measure("tantivy", portal, portal.index, judged, portal.meanings)
        measure("elasticsearch", portal, elastic, judged, Model().in_index(elastic))
        portal.close()


def read_lists(folder: Path) -> Portal:
    portal = open_portal(Settings(data=folder, vectors=True, _env_file=None))
    for kind, path, mapping in LISTS:
        source = f"{path.partition('/')[0]}-{Path(path).stem}".replace("cn-portals-", "")
        operate.ingest(portal, kind, str(SHARED.parent / path), source, mapping, lambda *_: None)
    operate.do(portal, "vectors", lambda *_: None, at=portal.clock().isoformat())
    return portal


def measure(name: str, portal: Portal, index: SearchIndex, judged: Sequence[Judged], nearest: Nearest | None) -> None:
    built: bool | None = None
    for step in steps():
        with ExitStack() as stack:
            if not step.simplified:
                stack.enter_context(patch.object(analysis, "_SIMPLIFIED", _AsIs()))
                stack.enter_context(patch.object(analyzing, "MANY", sys.maxsize))  # the process beside is not patched
            if built is not step.simplified:
                indexing.rebuild(portal.database, index)
                built = step.simplified
            started = time.perf_counter()
            rows = table(quality.measured(portal.database, judged, finding(step, index, nearest)))
            took = (time.perf_counter() - started) / len(judged) * 1e3
        overall = rows["overall"]
        print(f"| {name} | {step.name} | " + " | ".join(shown(overall[m]) for m in MEASURES) + f" | {took:.1f} |")
        if not step.meaning:
            usually = rows
    for kind, row in usually.items():
        print(f"| {name} | {kind} | {row['queries']} | " + " | ".join(shown(row[m]) for m in MEASURES) + " |")


def finding(step: Step, index: SearchIndex, nearest: Nearest | None) -> Callable[[str, Query], Page]:
    plain = step.plain
    if plain is not None:
        return lambda typed, query: index.search(replace(query, clause=plain(typed)))
    finder = Finder(index, text_of, step.steering, step.today, nearest if step.meaning else None)
    return lambda typed, query: finder.find(typed, query).page


def shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


class _AsIs:
    """In the place of OpenCC: characters stay as they are."""

    def convert(self, text: str) -> str:
        return text


if __name__ == "__main__":
    main()
