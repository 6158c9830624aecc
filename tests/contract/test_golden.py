"""The search on the judged queries, and that none of them was written into code or data.

The judged queries lie beside the project; without them these tests say so, and CI has them.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from catalog import operate
from catalog.portal import Portal
from catalog.services import indexing, quality
from catalog.settings import Settings
from catalog.wiring import open_portal
from search.analysis import fold, is_known
from search.elastic import ElasticIndex, connect
from search.quality import Judged, table
from search.steering import Steering

ROOT = Path(__file__).parents[2]
LISTS = (
    ("list", "cn-portals/sichuan_luzhou.json", "luzhou"),
    ("list", "cn-portals/ningxia_ningxia.json", "ningxia"),
    ("list", "cn-portals/ningxia_yinchuan.json", "yinchuan"),
    ("list", "cn-portals/anhui_hefei.json", "hefei"),
    ("list", "cn-portals/anhui_huaibei.json", "huaibei"),
    ("ckan", "hk-ckan/packages.jsonl", None),
    ("list", "tw-list/data-gov-tw-list.csv", "auto"),
)
#: What words, pairs of characters, vectors and their fusion reach without any of this, by the set's own description.
BEST_BASELINE = 0.605


@pytest.fixture(scope="module")
def filled(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal with the judged lists, indexed by the embedded engine as they were read."""
    portal = open_portal(Settings(data=tmp_path_factory.mktemp("golden"), _env_file=None))
    for kind, path, mapping in LISTS:
        operate.ingest(portal, kind, str(shared / path), Path(path).stem, mapping, lambda *_: None)
    yield portal
    portal.close()


def judged(shared: Path) -> list[Judged]:
    return quality.judged(shared / "golden" / "queries.jsonl")


@pytest.fixture(scope="module")
def rows(shared: Path, filled: Portal, elastic_server: str) -> dict[str, dict[str, dict[str, Any]]]:
    """What the search is worth on each engine, measured once."""
    name = f"test-{uuid4().hex}"
    client = connect(elastic_server)
    elastic = ElasticIndex(client, name)
    indexing.rebuild(filled.database, elastic)
    told = {
        engine: table(quality.evaluate(filled.database, index, judged(shared), Steering()))
        for engine, index in (("embedded", filled.index), ("elastic", elastic))
    }
    client.indices.delete(index=list(client.indices.get(index=f"{name}-*")))
    client.close()
    return told


@pytest.mark.parametrize("engine", ["embedded", "elastic"])
def test_the_search_is_far_better_than_words_pairs_and_vectors(rows: dict[str, Any], engine: str) -> None:
    overall = rows[engine]["overall"]
    assert overall["ndcg"] >= BEST_BASELINE + 0.15
    assert overall["neg_empty"] == 1
    for kind in ("pinyin", "pinyin-initials", "traditional", "english"):
        assert rows[engine][kind]["ndcg"] >= 0.6, kind


def test_the_engines_rank_alike(rows: dict[str, Any]) -> None:
    assert abs(rows["embedded"]["overall"]["ndcg"] - rows["elastic"]["overall"]["ndcg"]) <= 0.02


def _is_vocabulary(query: Judged) -> bool:
    """A word of the dictionary, a short form or a set phrase of English: any lexicon has those."""
    text = fold(query.query)
    return is_known(text) or query.kind in {"keyword", "abbreviation", "english", "traditional"} or len(text) <= 2


def test_no_judged_query_stands_in_code_or_data(shared: Path) -> None:
    command = ["git", "ls-files", "search", "catalog", "ingest"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    texts = {}
    for name in listed.stdout.split():
        if name.endswith((".py", ".txt", ".toml", ".html", ".po", ".js")):
            texts[name] = fold((ROOT / name).read_text("utf-8"))
    wanted = {fold(query.query) for query in judged(shared) if not _is_vocabulary(query)}

    found = {(q, name) for q in wanted for name, text in texts.items() if re.search(_alone(q), text)}

    assert not found


def _alone(query: str) -> str:
    return rf"(?<![a-z0-9一-龥]){re.escape(query)}(?![a-z0-9一-龥])"
