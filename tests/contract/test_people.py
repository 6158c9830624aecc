"""Roles of people: what counts without the second factor, who may give which, and what excludes what."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from catalog.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, SeparationError
from catalog.domain.people import OPERATOR, Actor, Level, Membership, Role
from catalog.services import people
from catalog.store.database import Database, Transaction

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
AUDITOR, ADMIN, SECURITY = (Membership(role) for role in (Role.AUDITOR, Role.ADMIN, Role.SECURITY_ADMIN))


@pytest.fixture
def tx(database: Database) -> Iterator[Transaction]:
    with database.transaction() as tx:
        yield tx


def somebody(tx: Transaction, *held: Membership, confirmed: bool = True) -> str:
    person_id = uuid4().hex
    tx.people.add(person_id, email=f"{person_id}@example.cn", name="王芳", language="zh", at=NOW)
    if confirmed:
        tx.people.change(person_id, confirmed_at=NOW)
    for membership in held:
        people.give(tx, person_id, membership, by=OPERATOR, at=NOW, separation=False)
    return person_id


def acting(tx: Transaction, person_id: str) -> Actor:
    actor = people.actor_of(tx, person_id, at=NOW, strong=True)
    assert actor is not None
    return actor


def department(tx: Transaction, name: str = "市气象局") -> str:
    return tx.organizations.owners({name: None})[name]


def test_roles_that_need_the_second_factor_do_not_count_without_it(tx: Transaction) -> None:
    editor, officer = (Membership(role, department(tx)) for role in (Role.EDITOR, Role.ACCESS_OFFICER))
    person = somebody(tx, editor, officer, AUDITOR)

    weak = people.actor_of(tx, person, at=NOW, strong=False)

    assert weak is not None
    assert weak.memberships == (editor,)
    assert set(weak.withheld) == {officer, AUDITOR}
    assert set(acting(tx, person).memberships) == {editor, officer, AUDITOR}


def test_nobody_acts_who_is_blocked_unconfirmed_or_unknown(tx: Transaction) -> None:
    person, security = somebody(tx), acting(tx, somebody(tx, SECURITY))
    people.block(tx, security, person, at=NOW)

    assert people.actor_of(tx, person, at=NOW, strong=True) is None
    assert people.actor_of(tx, somebody(tx, confirmed=False), at=NOW, strong=True) is None
    assert people.actor_of(tx, "nobody", at=NOW, strong=True) is None
    with pytest.raises(NotFoundError):
        people.block(tx, security, person, at=NOW)
    people.unblock(tx, security, person, at=NOW)
    assert people.actor_of(tx, person, at=NOW, strong=True) is not None
    with pytest.raises(ForbiddenError):
        people.block(tx, acting(tx, person), security.person, at=NOW)


def test_each_role_is_given_by_who_may_and_by_nobody_to_himself(tx: Transaction) -> None:
    here, there = department(tx), department(tx, "市教育局")
    security = acting(tx, somebody(tx, SECURITY))
    head = acting(tx, somebody(tx, Membership(Role.ORGANIZATION_ADMIN, here)))
    other = somebody(tx)
    editor = Membership(Role.EDITOR, here)

    people.grant(tx, head, other, editor, at=NOW)
    people.grant(tx, security, other, AUDITOR, at=NOW)
    people.grant(tx, security, other, Membership(Role.REGISTRAR, level=Level.CITY, territory="5105"), at=NOW)
    for actor, person, held in (
        (head, other, Membership(Role.EDITOR, there)),
        (head, somebody(tx), ADMIN),
        (head, head.person, editor),
        (security, security.person, editor),
        (acting(tx, somebody(tx, ADMIN)), other, editor),
    ):
        with pytest.raises(ForbiddenError):
            people.grant(tx, actor, person, held, at=NOW)
    assert {held.role for held in acting(tx, other).memberships} == {Role.EDITOR, Role.AUDITOR, Role.REGISTRAR}


def test_a_role_is_given_once_and_ends(tx: Transaction) -> None:
    editor = Membership(Role.EDITOR, department(tx))
    head = acting(tx, somebody(tx, Membership(Role.ORGANIZATION_ADMIN, department(tx))))
    person = somebody(tx)
    membership = people.grant(tx, head, person, editor, at=NOW)

    with pytest.raises(ConflictError):
        people.grant(tx, head, person, editor, at=NOW)
    people.end(tx, head, membership, at=NOW)
    assert acting(tx, person).memberships == ()
    with pytest.raises(NotFoundError):
        people.end(tx, head, membership, at=NOW)
    assert [entry["act"] for entry in tx.audit.about(person)] == ["role ended", "role granted"]


@pytest.mark.parametrize(
    "held",
    [
        Membership(Role.PERSON),
        Membership(Role.EDITOR),
        Membership(Role.EDITOR, "unknown"),
        Membership(Role.REGISTRAR),
        Membership(Role.ADMIN, "unknown"),
    ],
)
def test_a_role_that_makes_no_sense_is_refused(tx: Transaction, held: Membership) -> None:
    with pytest.raises(InvalidError):
        people.grant(tx, OPERATOR, somebody(tx), held, at=NOW)


def test_the_three_administrators_are_three_people_unless_that_is_switched_off(tx: Transaction) -> None:
    person = somebody(tx, ADMIN)

    with pytest.raises(SeparationError):
        people.grant(tx, OPERATOR, person, AUDITOR, at=NOW)
    people.grant(tx, OPERATOR, person, AUDITOR, at=NOW, separation=False)

    assert set(acting(tx, person).memberships) == {ADMIN, AUDITOR}


def test_two_who_grant_at_the_same_moment_do_not_get_around_the_separation(database: Database) -> None:
    for _ in range(5):
        with database.transaction() as tx:
            person = somebody(tx)

        def granted(held: Membership, person: str = person) -> bool:
            try:
                with database.transaction() as tx:
                    people.grant(tx, OPERATOR, person, held, at=NOW)
            except SeparationError:
                return False
            return True

        with ThreadPoolExecutor(3) as threads:
            assert sorted(threads.map(granted, (ADMIN, SECURITY, AUDITOR))) == [False, False, True]
