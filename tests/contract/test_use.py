"""How much records are used reaches the search, on both databases."""

from datetime import UTC, datetime, timedelta

from catalog.domain.datasets import Dataset, Identity
from catalog.domain.people import OPERATOR
from catalog.services import datasets, indexing, use
from catalog.services.search import Ask, search
from catalog.store.database import Database
from search.embedded import EmbeddedIndex

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def delivered(database: Database, dataset_id: str, times: int, at: datetime) -> None:
    with database.transaction() as tx:
        for _ in range(times):
            tx.usage.note(at=at, dataset_id=dataset_id, file="a.csv", grant_id=None, outcome="served")


def test_what_is_used_comes_first_until_it_is_used_no_more(database: Database) -> None:
    index = EmbeddedIndex(None)
    with database.transaction() as tx:
        ids = [
            datasets.publish(
                tx,
                OPERATOR,
                Identity(source="portal", source_key=key),
                Dataset.model_validate({"title": "空气质量日报", "publisher": {"name": "市局"}}),
                at=NOW,
            ).id
            for key in "abc"
        ]
    while indexing.drain(database, index):
        pass
    delivered(database, ids[1], 12, NOW - timedelta(days=1))
    delivered(database, ids[2], 1, NOW - timedelta(days=200))

    assert use.recount(database, at=NOW) == {"changed": 1}
    while indexing.drain(database, index):
        pass
    assert search(index, Ask("空气质量"))["hits"][0]["id"] == ids[1]
    assert use.recount(database, at=NOW) == {"changed": 0}
    assert use.recount(database, at=NOW + timedelta(days=100)) == {"changed": 1}
    index.close()
