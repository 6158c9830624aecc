"""How good the search is on judged queries, as the records stand now."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from catalog.domain.errors import InvalidError, NotFoundError
from catalog.services.indexing import Progress, no_progress
from catalog.services.search import text_of
from catalog.store.database import Database, Transaction
from search.finding import Finder
from search.meaning import Nearest
from search.model import Page, Query
from search.port import Contents
from search.quality import DEPTH, BadJudgementError, Judged, Scored, read, score
from search.steering import Steering


def judged(path: Path) -> list[Judged]:
    """The judged queries of a file of JSON lines."""
    try:
        with path.open(encoding="utf-8-sig") as lines:
            return list(read(lines))
    except FileNotFoundError as error:
        raise NotFoundError("There is no file {name}.", name=str(path)) from error
    except (BadJudgementError, UnicodeDecodeError) as error:
        raise InvalidError(
            "Judged queries are not understood: {reason}",
            reason=str(error),
            cure="One JSON object a line: id, query, relevant (source:position → grade 1 to 3), and corpus and kind.",
        ) from error


def evaluate(
    database: Database,
    index: Contents,
    queries: Sequence[Judged],
    steering: Steering,
    progress: Progress = no_progress,
    nearest: Nearest | None = None,
) -> list[Scored]:
    """Each query, scored. Results are neither folded nor pinned.

    A judged ``source:position`` is a row of a list: the row of that number in the source's latest reading. A record
    answers for all its copies, so a hit stands for each of its rows. A ``source:name`` that is no number is the
    record's identifier. Sources are meant by their id, by the name of
    the file they were read from, or by the beginning of its folder's name (``hk`` for ``hk-ckan/packages.jsonl``).
    """
    finder = Finder(index, text_of, replace(steering, pins={}), nearest=nearest)
    return measured(database, queries, lambda typed, query: finder.find(typed, query).page, progress)


def measured(
    database: Database,
    queries: Sequence[Judged],
    find: Callable[[str, Query], Page],
    progress: Progress = no_progress,
) -> list[Scored]:
    """Each query, scored by what ``find`` makes of it: words and the filters, order and size of a query → a page."""
    scored = []
    with database.reading() as tx:
        names = _Names(tx, {name for query in queries for name in query.relevant})
        corpora = _corpora(queries)
        for number, query in enumerate(queries, 1):
            sources = names.sources(corpora[query.corpus])
            page = find(query.query, Query(filters={"source": sources}, size=DEPTH))
            scored.append(score(query, list(names.of([hit.card["id"] for hit in page.hits]))))
            progress(number, len(queries))
    return scored


def _corpora(queries: Sequence[Judged]) -> dict[str, set[str]]:
    """Which sources each corpus consists of: those that judgements of it name; "all" of all."""
    corpora: dict[str, set[str]] = defaultdict(set)
    for query in queries:
        named = {name.partition(":")[0] for name in query.relevant}
        corpora[query.corpus] |= named
        corpora["all"] |= named
    return corpora


class _Names:
    """The names that judgements have for records."""

    def __init__(self, tx: Transaction, judged: set[str]) -> None:
        self._tx = tx
        self._by_row = {prefix for prefix, _, row in (name.partition(":") for name in judged) if row.isdigit()}
        #: source → what judgements call it, and its latest reading
        self._known = {
            run.source: (prefix, run.id)
            for run in tx.runs.latest_done()
            for prefix in {name.partition(":")[0] for name in judged}
            if prefix in _called(run.source, run.location)
        }

    def sources(self, prefixes: set[str]) -> list[str]:
        found = [source for source, (prefix, _) in self._known.items() if prefix in prefixes]
        if not found:
            raise NotFoundError(
                "No source that the judgements name has been read.", cure="Bring in the lists that they judge."
            )
        return found

    def of(self, ids: Sequence[str]) -> Iterator[str]:
        """The names of records, in their order: by rows, and by identifier where a source has them."""
        records = self._tx.datasets.many(ids)
        rows = self._tx.runs.positions(ids, [run_id for _, run_id in self._known.values()])
        for record in (records[i] for i in ids if i in records):
            prefix, _ = self._known[record.source]
            if prefix in self._by_row:
                yield from (f"{prefix}:{row}" for row in rows.get(record.id, ()))
            else:
                yield f"{prefix}:{record.body.get('identifier') or record.source_key}"


def _called(source: str, location: str) -> set[str]:
    path = PurePath(location)
    return {source, path.stem, path.parent.name.partition("-")[0]}
