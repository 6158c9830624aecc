"""Embargoes end by themselves on their day; what is graded core or important is never public."""

from datetime import UTC, datetime

import pytest

from catalog.domain.datasets import Dataset, Identity
from catalog.domain.errors import NotFoundError
from catalog.domain.people import OPERATOR
from catalog.services import datasets, indexing, standing
from catalog.services.search import Ask, search
from catalog.store.database import Database
from catalog.store.datasets import Stored
from search.port import SearchIndex

#: 1 June begins here at 16:00 UTC of the day before.
DAY = "2026-06-01"
BEFORE, AFTER = datetime(2026, 5, 31, 15, 59, tzinfo=UTC), datetime(2026, 5, 31, 16, 0, tzinfo=UTC)


def kept(database: Database, key: str, **more: object) -> Stored:
    record = {"title": "空气质量", "publisher": {"name": "市局"}, **more}
    with database.transaction() as tx:
        identity = Identity(source="s", source_key=key)
        return datasets.publish(tx, OPERATOR, identity, Dataset.model_validate(record), at=BEFORE)


def embargoed(database: Database, key: str = "e", **more: object) -> Stored:
    return kept(database, key, visibility="embargoed", public_from=DAY, **more)


def test_an_embargo_ends_when_its_day_begins_here(database: Database) -> None:
    record = embargoed(database)

    assert standing.lift(database, at=BEFORE) == 0
    with database.reading() as tx, pytest.raises(NotFoundError):
        datasets.read(tx, record.id)

    assert standing.lift(database, at=AFTER) == 1
    with database.reading() as tx:
        public = datasets.read(tx, record.id)
        steps = datasets.provenance(tx, OPERATOR, record.id)
    assert (public.revision, public.standing, public.body.get("public_from")) == (2, "public", None)
    assert public.digest == datasets.content(public.dataset).digest
    assert (steps[0]["act"], steps[0]["actor"]) == ("embargo lifted", "portal")
    assert standing.lift(database, at=AFTER) == 0


def test_what_became_public_is_found_and_is_news(database: Database, index: SearchIndex) -> None:
    record = embargoed(database)
    indexing.drain(database, index)
    assert search(index, Ask("空气质量"))["total"] == 0

    standing.lift(database, at=AFTER)
    indexing.drain(database, index)

    assert [hit["id"] for hit in search(index, Ask("空气质量"))["hits"]] == [record.id]
    with database.reading() as tx:
        assert tx.news.newest() > 0


def test_what_is_classified_or_withdrawn_stays_hidden_when_its_day_comes(database: Database) -> None:
    classified, withdrawn = embargoed(database, "c", grade="core"), embargoed(database, "w")
    with database.transaction() as tx:
        datasets.withdraw(tx, OPERATOR, withdrawn.id, revision=1, successor=None, at=BEFORE)

    assert standing.lift(database, at=AFTER) == 0
    with database.reading() as tx, pytest.raises(NotFoundError):
        datasets.read(tx, classified.id)


def test_many_embargoes_end_in_batches(database: Database) -> None:
    for number in range(1, 7):
        embargoed(database, str(number))

    assert standing.lift(database, at=AFTER) == 6


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"visibility": "draft"}, "草稿"),
        ({"visibility": "private"}, "内部"),
        ({"visibility": "embargoed", "public_from": DAY}, DAY),
        ({"grade": "important"}, "重要数据"),
        ({"grade": "core", "visibility": "draft"}, "核心数据"),
    ],
)
def test_a_record_says_why_it_is_not_public(database: Database, more: dict[str, object], why: str) -> None:
    assert why in str(standing.why_not_public(kept(database, "k", **more), "zh"))


def test_a_public_record_has_nothing_to_say(database: Database) -> None:
    assert standing.why_not_public(kept(database, "k", grade="general"), "zh") is None
