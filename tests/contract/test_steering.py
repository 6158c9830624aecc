"""Steering and counts of queries, on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest

from catalog.domain.errors import ForbiddenError, InvalidError, NotFoundError, RevisionMissingError, RevisionStaleError
from catalog.domain.people import OPERATOR, Role
from catalog.domain.steering import Changes
from catalog.services import asked, steering
from catalog.services.asked import Asked
from catalog.store.database import Database
from tests.actors import acting

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TODAY = NOW.date()
CARDS = Changes(synonyms_added=("卡甲, 卡乙",))
WEIGHTS = Changes(weights={"title": 5})


def edited(database: Database, changes: Changes) -> int:
    with database.transaction() as tx:
        known = tx.steering.draft().revision
        return steering.edit(tx, OPERATOR, changes, revision=known, at=NOW).revision


def published(database: Database, changes: Changes) -> int:
    revision = edited(database, changes)
    with database.transaction() as tx:
        return steering.publish(tx, OPERATOR, "because", revision=revision, at=NOW).number


def restored(database: Database, number: int) -> int:
    with database.transaction() as tx:
        return steering.restore(tx, OPERATOR, number, at=NOW).number


def test_a_draft_is_not_in_force_until_it_is_published(database: Database) -> None:
    force = steering.InForce(database)
    edited(database, CARDS)
    force.refresh()
    before = force.now.lexicon.knows("卡甲")
    published(database, CARDS)
    force.refresh()

    assert not before
    assert force.now.lexicon.same["卡甲"] == ("卡乙",)


def test_what_was_published_can_be_restored_and_nothing_is_overwritten(database: Database) -> None:
    first, second = published(database, CARDS), published(database, WEIGHTS)
    third = restored(database, first)

    with database.reading() as tx:
        assert steering.in_force(tx).lexicon.knows("卡甲")
        assert [version.changes for version in tx.steering.versions(size=9)] == [CARDS, WEIGHTS, CARDS]
        assert (first, second, third) == (1, 2, 3)
        assert steering.previous(tx) == 2
        assert [row["act"] for row in tx.audit.about("steering")][:2] == ["steering restored", "steering published"]


def test_version_0_is_what_comes_with_the_product(database: Database) -> None:
    published(database, WEIGHTS)
    restored(database, 0)

    with database.reading() as tx:
        assert steering.in_force(tx).weights == steering.steered(Changes()).weights
        assert tx.steering.draft().changes == Changes()


def test_a_restore_puts_an_unpublished_draft_aside(database: Database) -> None:
    published(database, CARDS)
    edited(database, WEIGHTS)
    restored(database, 1)

    with database.reading() as tx:
        versions = {version.number: version for version in tx.steering.versions(size=9)}
        assert (versions[2].changes, versions[2].published_at) == (WEIGHTS, None)
        assert tx.steering.number_in_force() == 3
        assert tx.steering.draft().changes == CARDS


def test_of_two_editors_one_is_told(database: Database) -> None:
    with database.reading() as tx:
        known = tx.steering.draft().revision
    edited(database, CARDS)

    with database.transaction() as tx, pytest.raises(RevisionStaleError):
        steering.edit(tx, OPERATOR, WEIGHTS, revision=known, at=NOW)
    with database.transaction() as tx, pytest.raises(RevisionStaleError):
        steering.publish(tx, OPERATOR, "", revision=known, at=NOW)
    with database.transaction() as tx, pytest.raises(RevisionMissingError):
        steering.edit(tx, OPERATOR, WEIGHTS, revision=None, at=NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (Changes(synonyms_added=("社保卡",)), "synonyms_added"),
        (Changes(synonyms_added=("a => b => c",)), "synonyms_added"),
        (Changes(synonyms_removed=("社保卡, ",)), "synonyms_removed"),
        (Changes(synonyms_added=(f"社保卡, {'长' * 21}",)), "synonyms_added"),
        (Changes(weights={"titel": 1}), "weights"),
        (Changes(weights={"title": -1}), "weights"),
        (Changes(weights={"synonym": 2}), "weights"),
        (Changes(weights={"title": float("nan")}), "weights"),
        (Changes(pins={"空气": ("nothing",)}), "pins"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(database: Database, changes: Changes, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        edited(database, changes)

    assert refused.value.field == field


def test_only_administrators_steer(database: Database) -> None:
    with database.transaction() as tx:
        publisher = acting(tx, Role.STEWARD, "市气象局")
        with pytest.raises(ForbiddenError):
            steering.edit(tx, publisher, CARDS, revision=1, at=NOW)
        with pytest.raises(ForbiddenError):
            steering.restore(tx, publisher, 0, at=NOW)
        with pytest.raises(ForbiddenError):
            asked.report(tx, publisher, "no-hits")


def test_a_version_that_never_was_is_not_restored(database: Database) -> None:
    with pytest.raises(NotFoundError):
        restored(database, 7)


def counted(database: Database, *askings: tuple[str, int, int]) -> None:
    """Each query, so often asked, with so many hits."""
    counts = Asked(database, 90)
    for query, times, total in askings:
        for _ in range(times):
            counts.note(query, total, TODAY)
    counts.flush(TODAY)


def report(database: Database, kind: str) -> list[tuple[str, int]]:
    with database.reading() as tx:
        return [(row.query, row.asked) for row in asked.report(tx, OPERATOR, kind)]


def test_queries_without_hits_are_reported_from_three_askings_on(database: Database) -> None:
    counted(database, ("潜艇", 2, 0), ("飞船", 1, 0), ("空气", 5, 3))
    counted(database, (" 潛艇 ", 2, 0), ("飞船", 1, 0))

    assert report(database, "no-hits") == [("潜艇", 4)]


def test_queries_are_unopened_until_a_record_is_opened_from_them(database: Database) -> None:
    counted(database, ("空气", 3, 3), ("水质", 4, 1))
    before = report(database, "unopened")
    counts = Asked(database, 90)
    counts.note_opened("空气", TODAY)
    counts.flush(TODAY)

    assert before == [("水质", 4), ("空气", 3)]
    assert report(database, "unopened") == [("水质", 4)]


@pytest.mark.parametrize(
    "query",
    ["a@b.cn", "13800138000", "138 0013 8000", "１３８００１３８０００", "身份证510502199001011234", "长" * 61, "  "],
)
def test_what_may_tell_of_a_person_is_not_kept(database: Database, query: str) -> None:
    counted(database, (query, 5, 0))

    assert report(database, "no-hits") == []


def test_years_are_kept(database: Database) -> None:
    counted(database, ("人口 2020-2025", 3, 0))

    assert report(database, "no-hits") == [("人口 2020-2025", 3)]


def test_counts_are_forgotten_after_the_days_of_the_setting(database: Database) -> None:
    counted(database, ("潜艇", 3, 0))
    Asked(database, 90).flush(TODAY + timedelta(days=90))
    kept = report(database, "no-hits")
    Asked(database, 90).flush(TODAY + timedelta(days=91))

    assert kept == [("潜艇", 3)]
    assert report(database, "no-hits") == []


def test_counts_that_could_not_be_written_are_kept_for_the_next_time(database: Database) -> None:
    counts = Asked(database, 90)
    for _ in range(3):
        counts.note("潜艇", 0, TODAY)
    with pytest.raises(OverflowError):
        counts.flush(date.min)
    counts.flush(TODAY)

    assert report(database, "no-hits") == [("潜艇", 3)]


def test_memory_for_counts_is_bounded(database: Database) -> None:
    counts = Asked(database, 90)
    for number in range(10_500):
        counts.note(f"query {number}", 0, TODAY)
    counts.flush(TODAY)

    with database.reading() as tx:
        assert len(tx.queries.without_hits(least=1, size=20_000)) == 10_000


def test_popular_queries_begin_as_typed_and_find_something(database: Database) -> None:
    counted(database, ("空气质量", 3, 9), ("空气", 5, 9), ("空气净化", 9, 0), ("空调", 2, 9), ("水%", 3, 1))

    with database.reading() as tx:
        assert asked.popular(tx, "空氣", 5) == ["空气", "空气质量"]
        assert asked.popular(tx, "%", 5) == []


def test_a_day_is_a_day_of_the_store(database: Database) -> None:
    counted(database, ("潜艇", 3, 0))

    with database.reading() as tx:
        assert asked.report(tx, OPERATOR, "no-hits")[0].last == date(2026, 1, 1)
