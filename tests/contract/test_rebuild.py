"""A rebuild is examined before it serves, and can be undone; whoever searches meanwhile sees nothing of it."""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog import operate
from catalog.domain.datasets import Dataset, Identity
from catalog.domain.people import OPERATOR
from catalog.domain.steering import Changes
from catalog.services import datasets, indexing, rebuilding, steering
from catalog.settings import Settings
from catalog.store.database import Database
from catalog.wiring import open_portal
from search.elastic import ElasticIndex
from search.embedded import EmbeddedIndex
from search.model import Document, Query
from search.port import Contents, Examine, NothingKeptError, RebuildRefusedError, SearchIndex, trust
from search.understanding import understand

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def database(folder: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{folder}/shuyuan.sqlite3")
    yield database
    database.close()


def doc(key: str, revision: int = 1) -> Document:
    return Document(key, revision, {"title": key}, card={"id": key})


def ids(contents: Contents) -> list[str]:
    return [entry.id for entry in contents.entries()]


def publish(database: Database, key: str, title: str = "空气质量") -> str:
    dataset = Dataset.model_validate({"title": f"{title}{key}", "publisher": {"name": "市局"}})
    with database.transaction() as tx:
        return datasets.publish(tx, OPERATOR, Identity(source="portal", source_key=key), dataset, at=NOW).id


def drain(database: Database, index: SearchIndex) -> None:
    while indexing.drain(database, index):
        pass


def test_a_process_that_has_not_searched_yet_knows_what_serves(tmp_path: Path) -> None:
    first = EmbeddedIndex(tmp_path)
    first.rebuild([doc("a")])
    first.close()

    assert rebuilding.serving(EmbeddedIndex(tmp_path)) == "000001"


def test_what_is_examined_is_the_new_index_and_a_refusal_changes_nothing(index: SearchIndex) -> None:
    index.put([doc("old")])
    seen = []

    def refuse(filled: Contents) -> list[str]:
        seen.extend([ids(filled), filled.count(), filled.search(Query()).total])
        return ["worse"]

    with pytest.raises(RebuildRefusedError, match="worse"):
        index.rebuild([doc("new"), doc("newer")], refuse)

    assert seen == [["new", "newer"], 2, 2]
    assert ids(index) == ["old"]
    index.put([doc("written")])
    assert [one.documents for one in index.generations()] == [2]


def test_the_former_index_is_mended_and_serves_again(index: SearchIndex) -> None:
    index.put([doc("dropped"), doc("kept")])
    index.rebuild([doc("dropped"), doc("kept")])
    index.drop({"dropped": 2})
    index.put([doc("written")])

    def mend(kept: Contents) -> list[str]:
        assert ids(kept) == ["dropped", "kept"]
        kept.drop({"dropped": 2})
        index.put([doc("meanwhile")])
        kept.put([doc("written")])
        return []

    index.rollback(mend)

    assert ids(index) == ["kept", "meanwhile", "written"]
    assert [(one.documents, one.in_force) for one in index.generations()] == [(3, True), (3, False)]


def test_a_rollback_that_is_refused_changes_nothing_and_can_be_repeated(index: SearchIndex) -> None:
    index.put([doc("old")])
    index.rebuild([doc("new")])

    with pytest.raises(RebuildRefusedError, match="worse"):
        index.rollback(lambda _kept: ["worse"])
    assert ids(index) == ["new"]
    index.rollback(trust)

    assert ids(index) == ["old"]


def test_one_former_index_is_kept_and_none_is_told(index: SearchIndex) -> None:
    with pytest.raises(NothingKeptError):
        index.rollback(trust)

    for number in range(3):
        index.rebuild([doc(f"d{number}")])

    assert [one.in_force for one in index.generations()] == [True, False]
    index.rollback(trust)
    assert ids(index) == ["d1"]


def test_after_a_rollback_nothing_withdrawn_is_found_and_nothing_new_is_missed(
    database: Database, index: SearchIndex
) -> None:
    withdrawn = publish(database, "a")
    drain(database, index)
    indexing.rebuild(database, index)
    with database.transaction() as tx:
        datasets.withdraw(tx, OPERATOR, withdrawn, revision=1, successor=None, at=NOW)
    new = publish(database, "b")
    drain(database, index)

    assert rebuilding.rollback(database, index, at=NOW, leaving=rebuilding.serving(index)) == 1
    assert ids(index) == [new]


def test_writes_under_way_are_no_reason_to_refuse(database: Database, index: SearchIndex) -> None:
    hot = publish(database, "hot")
    for number in range(30):
        publish(database, f"n{number}")
    drain(database, index)
    ending = threading.Event()

    def write() -> None:
        number = 0
        while not ending.is_set():
            number += 1
            publish(database, f"w{number}")
            dataset = Dataset.model_validate({"title": f"空气质量{number}", "publisher": {"name": "市局"}})
            with database.transaction() as tx:
                datasets.replace(tx, OPERATOR, hot, dataset, revision=number, at=NOW)
            drain(database, index)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(4):
            indexing.rebuild(database, index)
    finally:
        ending.set()
        writer.join()
    drain(database, index)

    told = indexing.check(database, index)
    assert (told["missing"], told["stale"], told["extra"]) == (0, 0, 0)


class Forgetful(EmbeddedIndex):
    """Loses a document while it is filled."""

    def rebuild(self, documents: Iterable[Document], examine: Examine = trust) -> int:
        return super().rebuild((one for number, one in enumerate(documents) if number != 1), examine)


def test_a_lost_record_is_a_reason_that_is_kept(database: Database, tmp_path: Path) -> None:
    index = Forgetful(tmp_path / "index")
    made = sorted(publish(database, key) for key in "abc")
    drain(database, index)

    with pytest.raises(RebuildRefusedError, match=f"1 records are missing, such as {made[1]}"):
        rebuilding.rebuild(database, index, None, indexing.no_progress, at=NOW)

    assert ids(index) == made
    with database.reading() as tx:
        (kept,) = tx.audit.about("index")
    assert (kept["act"], len(kept["detail"]["reasons"])) == ("rebuild refused", 2)


class Mute(EmbeddedIndex):
    """Fills its new index with titles that nobody looks for."""

    def rebuild(self, documents: Iterable[Document], examine: Examine = trust) -> int:
        muted = (Document(one.id, one.revision, {"title": "无"}, card={"id": one.id, "title": {}}) for one in documents)
        return super().rebuild(muted, examine)


def test_an_index_that_finds_less_is_refused(database: Database, tmp_path: Path) -> None:
    index = Mute(tmp_path / "index")
    for number in range(20):
        publish(database, str(number))
    drain(database, index)

    with pytest.raises(RebuildRefusedError, match="by their own titles"):
        rebuilding.rebuild(database, index, None, indexing.no_progress, at=NOW)


class Renamed(EmbeddedIndex):
    """Fills its new index with titles of the same meaning in other words."""

    def rebuild(self, documents: Iterable[Document], examine: Examine = trust) -> int:
        renamed = (replace(one, text={"title": one.text["title"].replace("绿肺", "林地")}) for one in documents)
        return super().rebuild(renamed, examine)


def test_an_index_is_searched_with_the_words_in_force(database: Database, tmp_path: Path) -> None:
    index = Renamed(tmp_path / "index")
    for number in range(20):
        publish(database, str(number), "绿肺")
    drain(database, index)

    def rebuild() -> int:
        return rebuilding.rebuild(database, index, None, indexing.no_progress, at=NOW)

    with pytest.raises(RebuildRefusedError, match="by their own titles"):
        rebuild()
    with database.transaction() as tx:
        steering.edit(tx, OPERATOR, Changes(synonyms_added=("绿肺, 林地",)), revision=1, at=NOW)
        steering.publish(tx, OPERATOR, "", revision=2, at=NOW)
    assert rebuild() == 20


def test_an_index_that_answers_judged_queries_worse_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text(
        '[{"标题": "空气质量日报", "提供方": "市局"}, {"标题": "公交线路", "提供方": "市局"}]'
    )
    judged = tmp_path / "judged.jsonl"
    judged.write_text('{"id": "q1", "query": "空气", "relevant": {"city:0": 3}}')
    portal = open_portal(Settings(data=tmp_path / "data", _env_file=None))
    operate.ingest(portal, "list", str(tmp_path / "list.json"), "city", "auto", lambda *_: None)
    index = Mute(tmp_path / "index")
    with portal.database.reading() as tx:
        indexing.bring(index, tx.datasets.everything(), indexing.ALONE)

    with pytest.raises(RebuildRefusedError, match=r"nDCG@10 of the judged queries falls from 1\.000 to 0\.000"):
        rebuilding.rebuild(portal.database, index, judged, indexing.no_progress, at=NOW)

    assert index.search(Query(understand("空气").clause)).total == 1
    portal.close()


OLD = {"id": "old", "revision": 1, "seals": ["public"], "card": {"id": "old"}, "series": "old"}


def aged(index: ElasticIndex, fields: dict[str, Any]) -> None:
    """Give the index another shape, as an older version would have made it: with these changes of its fields."""
    client, alias = index._client, index._alias
    (present,) = client.indices.get_alias(name=alias)
    mapping = client.indices.get_mapping(index=present)[present]["mappings"]
    mapping["properties"] = {name: kind for name, kind in (mapping["properties"] | fields).items() if kind}
    older = f"{alias}-00000000-1"
    client.indices.create(index=older, mappings=mapping)
    client.index(index=older, id="old", document=OLD)
    client.indices.refresh(index=older)
    moved = [{"remove_index": {"index": present}}, {"add": {"index": older, "alias": alias}}]
    client.indices.update_aliases(actions=moved)
    index._known = False


def test_an_index_of_an_older_shape_serves_until_a_new_one_does_if_it_can_be_searched(
    elastic_index: ElasticIndex,
) -> None:
    elastic_index.put([doc("any")])
    aged(elastic_index, {"digest": None})

    assert [one.outdated for one in elastic_index.generations()] == [True]
    assert (elastic_index.search(Query()).total, [e.digest for e in elastic_index.entries()]) == (1, [0])
    elastic_index.put([doc("written")])
    elastic_index.rebuild([doc("old"), doc("written")])

    assert [one.outdated for one in elastic_index.generations()] == [False]
    assert ids(elastic_index) == ["old", "written"]


def test_an_index_that_lacks_a_field_is_replaced_at_once(elastic_index: ElasticIndex) -> None:
    elastic_index.put([doc("any")])
    aged(elastic_index, {"place": None})

    assert elastic_index.search(Query()).total == 0
    assert [one.outdated for one in elastic_index.generations()] == [False]


def test_readers_never_see_less_while_indexes_change_places(index: SearchIndex) -> None:
    everything = [doc(f"d{number:03}") for number in range(200)]
    index.put(everything)
    totals, ending = set(), threading.Event()

    def read() -> None:
        while not ending.is_set():
            totals.add(index.search(Query()).total)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(4):
        index.rebuild(everything)
        index.rollback(trust)
        index.put([doc("d000", 2)])
    ending.set()
    for reader in readers:
        reader.join()

    assert totals == {200}
