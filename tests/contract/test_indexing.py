"""From the store to the index: nothing that was committed is missed, whatever happens meanwhile."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from catalog.domain.datasets import Dataset, Identity
from catalog.domain.people import OPERATOR
from catalog.services import datasets, indexing
from catalog.store.database import Database
from search.embedded import EmbeddedIndex
from search.model import Document, Query
from search.port import Examine, SearchIndex, trust
from search.understanding import understand

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AIR = Dataset.model_validate({"title": "空气质量", "publisher": {"name": "市局"}})


def publish(database: Database, key: str, **more: object) -> str:
    dataset = Dataset.model_validate({"title": f"空气质量{key}", "publisher": {"name": "市局"}} | more)
    with database.transaction() as tx:
        return datasets.publish(tx, OPERATOR, Identity(source="portal", source_key=key), dataset, at=NOW).id


def drain(database: Database, index: SearchIndex) -> None:
    while indexing.drain(database, index):
        pass


def test_what_is_committed_is_found_and_what_is_private_is_not(database: Database, index: SearchIndex) -> None:
    publish(database, "a")
    publish(database, "b", visibility="private")
    drain(database, index)

    assert index.search(Query(understand("空气质量").clause)).total == 1


def test_missing_stale_and_extra_are_told_and_mended(database: Database, index: SearchIndex) -> None:
    ids = [publish(database, key) for key in "abc"]
    drain(database, index)
    with database.transaction() as tx:
        datasets.replace(tx, OPERATOR, ids[1], AIR, revision=1, at=NOW)
    index.rebuild([*_but(database, ids[0]), Document("zzzz", 1, {"title": "多余"}, card={"id": "zzzz"})])

    told = indexing.check(database, index)
    assert {kind: told[kind] for kind in indexing.KINDS} == {"missing": 1, "stale": 1, "wrong": 0, "extra": 1}
    assert told["examples"] == {"missing": [ids[0]], "stale": [ids[1]], "wrong": [], "extra": ["zzzz"]}

    indexing.check(database, index, repair=True)
    told = indexing.check(database, index)
    assert (told["missing"], told["stale"], told["extra"], told["compared"]) == (0, 0, 0, 3)
    drain(database, index)


def test_a_wrong_content_of_the_same_revision_is_told_and_mended(database: Database, index: SearchIndex) -> None:
    ids = [publish(database, key) for key in "abc"]
    drain(database, index)
    index.put([Document(ids[1], 1, {"title": "水质"}, card={"id": ids[1]})])

    told = indexing.check(database, index)
    assert (told["wrong"], told["examples"]["wrong"]) == (1, [ids[1]])
    assert [told[kind] for kind in ("missing", "stale", "extra")] == [0, 0, 0]
    assert indexing.differences(database, index) == [f"1 records are wrong, such as {ids[1]}."]

    indexing.check(database, index, repair=True)
    assert indexing.check(database, index)["wrong"] == 0
    assert index.search(Query(understand("空气质量").clause)).total == 3


def test_a_use_that_is_on_its_way_to_the_index_is_no_wrong_content(database: Database, index: SearchIndex) -> None:
    used = publish(database, "a")
    drain(database, index)
    with database.transaction() as tx:
        tx.datasets.set_use({used: 3})
        tx.outbox.put("index", [used], at=NOW)

    assert (indexing.check(database, index)["wrong"], indexing.differences(database, index)) == (1, [])
    drain(database, index)
    assert indexing.check(database, index)["wrong"] == 0


def test_what_the_index_knows_too_late_a_revision_of_is_mended_too(database: Database, index: SearchIndex) -> None:
    dropped, ahead = publish(database, "a"), publish(database, "b")
    drain(database, index)
    index.drop({dropped: 1_000})
    index.put([Document(ahead, 1_000, {"title": "太新"}, card={"id": ahead})])

    indexing.check(database, index, repair=True)

    assert index.search(Query(understand("空气质量").clause)).total == 2
    told = indexing.check(database, index)
    assert (told["missing"], told["stale"], told["extra"]) == (0, 0, 0)


def _but(database: Database, left_out: str) -> list[Document]:
    """What is in the store, at its first revision, without one record."""
    with database.reading() as tx:
        stored = [record for record in tx.datasets.everything() if record.id != left_out]
        lines = tx.organizations.lines(record.owner for record in stored)
    return [replace(indexing.document(record, lines[record.owner]), revision=1) for record in stored]


class Eager(EmbeddedIndex):
    """Lets a record be committed and drained in the moment in which a rebuild begins."""

    def __init__(self, folder: Path, database: Database) -> None:
        super().__init__(folder)
        self.database = database

    def rebuild(self, documents: Iterable[Document], examine: Examine = trust) -> int:
        publish(self.database, "late")
        drain(self.database, self)
        return super().rebuild(documents, examine)


def test_a_write_in_the_moment_a_rebuild_begins_is_in_the_new_index(database: Database, tmp_path: Path) -> None:
    index = Eager(tmp_path / "index", database)
    publish(database, "early")
    drain(database, index)

    assert indexing.rebuild(database, index) == 2
    assert index.search(Query(understand("空气质量").clause)).total == 2
    index.close()
