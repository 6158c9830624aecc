"""The audit on both databases: nothing changes an entry, and what must go does."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from catalog.domain.access import Asked, Rejected, State
from catalog.domain.audit import Act, Sought
from catalog.domain.datasets import Dataset, Identity
from catalog.domain.people import OPERATOR, Actor, Membership, Role
from catalog.domain.vocabulary import Purpose
from catalog.services import audit, datasets, retention
from catalog.store.access import RequestRow
from catalog.store.database import Database

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
OLD = NOW - timedelta(days=400)
FOREVER = {"audit": 0, "usage": 0, "requests": 0, "jobs": 0}


def noted(database: Database, target: str, at: datetime = NOW, **more: object) -> None:
    with database.transaction() as tx:
        tx.audit.add(at=at, actor="operator", act=Act.RUN_ASKED_FOR, target=target, **more)  # type: ignore[arg-type]


def targets(database: Database, sought: Sought | None = None) -> list[str]:
    with database.reading() as tx:
        return [entry.target for entry in tx.audit.page(sought or Sought(), size=100)]


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "TRUNCATE audit CASCADE"]
)
def test_the_database_refuses_to_change_an_entry(database: Database, statement: str) -> None:
    noted(database, "a")
    engine = create_engine(database.url)

    if statement.startswith("TRUNCATE") and engine.dialect.name == "sqlite":
        statement = "DELETE FROM audit WHERE id > 0"
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))

    engine.dispose()
    assert targets(database) == ["a"]


def test_retention_takes_old_entries_out_in_batches_and_says_so(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH", 2)
    for number in range(5):
        noted(database, f"old{number}", at=OLD, email=f"{number}@example.cn")
    noted(database, "young")

    gone = retention.apply(database, FOREVER | {"audit": 365}, at=NOW)

    assert gone["audit"] == 5
    assert targets(database) == ["retention", "young"]
    assert audit.check(database) == {"intact": 0, "erased": 0, "changed": 0, "entries": []}


def test_what_is_said_of_an_open_case_outlives_retention(database: Database) -> None:
    with database.transaction() as tx:
        record = Dataset.model_validate({"title": "信用", "publisher": {"name": "市局"}})
        product = datasets.publish(tx, OPERATOR, Identity(source="s", source_key="1"), record, at=OLD)
        asked = Asked(Purpose.RESEARCH, "论文", 30, 10)
        for name in ("open", "over"):
            row = RequestRow(name, product.id, product.owner, product.owner, "k", State.NEW, 0, OLD)
            tx.access.open(row)
            tx.access.append(name, 0, (asked,), at=OLD, actor="k", state=State.SUBMITTED)
            tx.audit.add(at=OLD, actor="k", act=Act.ACCESS_ASKED, target=name)
        tx.access.append("over", 1, (Rejected("不符合"),), at=OLD, actor="k", state=State.REJECTED)

    gone = retention.apply(database, FOREVER | {"audit": 365, "requests": 365}, at=NOW)

    assert (gone["audit"], gone["requests"]) == (2, 1)
    assert "open" in targets(database)
    with database.reading() as tx:
        assert tx.access.get("open")
        assert tx.access.get("over") is None


def test_a_check_tells_intact_from_erased_from_changed(database: Database) -> None:
    for person in ("one", "two", "three"):
        noted(database, person, person=person, personal={"name": "王五"}, email=f"{person}@example.cn")
    with database.transaction() as tx:
        forgotten = tx.audit.erase("one", at=NOW)
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_texts SET text = 'x@example.cn' WHERE person = 'two' AND name = 'email'"))
    found = audit.check(database)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_texts WHERE person = 'three' AND name = 'name'"))
        left = connection.execute(text("SELECT count(*) FROM audit_texts WHERE salt IS NOT NULL OR text IS NOT NULL"))
        assert left.scalar_one() == 3
    engine.dispose()

    assert forgotten == 2
    assert found == {"intact": 1, "erased": 1, "changed": 1, "entries": [2]}
    assert audit.check(database)["changed"] == 2


def test_entries_hold_digests_where_personal_data_was_given(database: Database) -> None:
    noted(
        database,
        "p",
        email="li@example.cn",
        before={"phone": "1380", "role": "a"},
        after={"phone": "1390", "role": "b"},
    )

    with database.reading() as tx:
        (entry,) = tx.audit.page(Sought(), size=10)
        texts = tx.audit.texts([entry.id])[entry.id]
    assert (entry.detail, entry.changes) == ({}, {"role": {"before": "a", "after": "b"}})
    assert set(entry.digests) == {"email", "phone before", "phone after"}
    assert {name: kept.text for name, kept in texts.items()} == {
        "email": "li@example.cn",
        "phone before": "1380",
        "phone after": "1390",
    }


def test_entries_are_found_by_each_side_and_page_by_page(database: Database) -> None:
    steward = Actor("p1", "李四", (Membership(Role.STEWARD, "org1", name="市局"),), person="p1")
    for number in range(5):
        with database.transaction() as tx:
            at = NOW + timedelta(minutes=number // 2)
            tx.audit.add(at=at, actor=steward, act=Act.PUBLISHED, target=f"d{number}", organization=f"org{number % 2}")
    noted(database, "run", at=NOW + timedelta(hours=1))

    assert targets(database, Sought(actors=("p1",), act=Act.PUBLISHED)) == ["d4", "d3", "d2", "d1", "d0"]
    assert targets(database, Sought(organizations=("org1",))) == ["d3", "d1"]
    assert targets(database, Sought(since=NOW + timedelta(minutes=2), until=NOW + timedelta(minutes=3))) == ["d4"]
    assert targets(database, Sought(target="run")) == ["run"]
    with database.reading() as tx:
        walked: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page, cursor = audit.page(tx, Actor("a", "", (Membership(Role.AUDITOR),)), Sought(), cursor=cursor, size=2)
            walked += [entry.target for entry in page]
        assert tx.audit.page(Sought(target="d0"), size=1)[0].actor == "steward:市局"
    assert walked == ["run", "d4", "d3", "d2", "d1", "d0"]


def test_an_act_outside_the_vocabulary_is_not_written(database: Database) -> None:
    with pytest.raises(ValueError, match="invented"), database.transaction() as tx:
        tx.audit.add(at=NOW, actor="operator", act="invented", target="x")
