"""Erasure: what is a person's own goes, what must be kept stays without a name, and the last administrator stays."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, select

from catalog.domain.audit import Act, Sought
from catalog.domain.errors import ConflictError, ForbiddenError, NotFoundError
from catalog.domain.people import OPERATOR, Actor, Membership, Role
from catalog.services import audit, erasure, facts, people
from catalog.services.facts import Issue
from catalog.store.database import Database
from catalog.store.erasure import KEPT, owned
from catalog.store.tables import metadata

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
EMAIL, NAME = "li.si@example.cn", "李四光"


@pytest.fixture
def database(database: Database) -> Database:
    with database.transaction() as tx:
        facts.register_well_known(tx)
        tx.people.add("li", email=EMAIL, name=NAME, language="zh", at=NOW)
        tx.people.change("li", confirmed_at=NOW)
        tx.people.grant("m", "li", Membership(Role.ADMIN), by="operator", at=NOW)
    return database


def another(database: Database) -> None:
    with database.transaction() as tx:
        tx.people.add("wu", email="wu@example.cn", name="吴", language="zh", at=NOW)
        tx.people.grant("w", "wu", Membership(Role.ADMIN), by="operator", at=NOW)


def acting(database: Database) -> Actor:
    with database.reading() as tx:
        actor = people.actor_of(tx, "li", at=NOW, strong=True)
    assert actor is not None
    return actor


def test_nothing_leads_back_to_the_person_and_the_audit_stays(database: Database) -> None:
    another(database)
    li = acting(database)
    with database.transaction() as tx:
        tx.audit.add(
            at=NOW, actor=li, act=Act.PROFILE_CHANGED, target="li", person="li", email=EMAIL, personal={"name": NAME}
        )
        wanted = Issue("li", "training_passed", "第 12 期", "证 1", valid_until=NOW + timedelta(days=9))
        fact = facts.issue(tx, OPERATOR, wanted, at=NOW)
        planned = erasure.plan(tx, li, "li", at=NOW)
        assert (planned.counts["texts"], planned.counts["facts"], planned.last) == (2, 1, ())
        erasure.erase(tx, li, "li", at=NOW)

    with database.reading() as tx:
        assert people.actor_of(tx, "li", at=NOW, strong=True) is None
        assert tx.people.held("li", at=NOW) == ()
        entries = tx.audit.page(Sought(actors=("li",)), size=9)
        assert [entry.act for entry in entries] == [Act.PERSON_ERASED, Act.PROFILE_CHANGED]
        assert facts.holding(tx, "li", "training_passed", NOW) is None
        assert tx.facts.get(fact.id) is not None
        with pytest.raises(NotFoundError):
            erasure.plan(tx, OPERATOR, "li", at=NOW)
    assert audit.check(database) == {"intact": 0, "erased": 1, "changed": 0, "entries": []}
    found = whole(database)
    assert EMAIL not in found
    assert NAME not in found


def whole(database: Database) -> str:
    """Every row of every table."""
    engine = create_engine(database.url)
    with engine.connect() as connection:
        rows = [connection.execute(select(table)).all() for table in metadata.sorted_tables]
    engine.dispose()
    return str(rows)


def test_the_last_administrator_cannot_go(database: Database) -> None:
    li = acting(database)
    with pytest.raises(ConflictError), database.transaction() as tx:
        erasure.erase(tx, li, "li", at=NOW)

    another(database)
    with database.transaction() as tx:
        erasure.erase(tx, li, "li", at=NOW)


def test_only_oneself_and_security_administrators_erase(database: Database) -> None:
    another(database)
    with database.transaction() as tx:
        with pytest.raises(ForbiddenError):
            erasure.plan(tx, acting(database), "wu", at=NOW)
        erasure.erase(tx, Actor("s", "s", (Membership(Role.SECURITY_ADMIN),), person="s"), "wu", at=NOW)


def test_every_table_that_knows_people_is_erased_or_said_to_be_kept() -> None:
    knowing = {
        table.name
        for table in metadata.tables.values()
        if any(key.column.table.name == "people" for key in table.foreign_keys)
    }

    assert knowing == {table.name for table in (*owned(), *KEPT)}
