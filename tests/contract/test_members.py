"""Members come by invitation, companies by an application; on both databases, through the services."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from catalog.domain.applications import Amend, Company, Refuse, Return, Verify, Withdraw
from catalog.domain.errors import (
    ConflictError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    UnauthenticatedError,
)
from catalog.domain.organizations import Description
from catalog.domain.people import GUEST, OPERATOR, Actor, Level, Membership, Role
from catalog.domain.tokens import digest, mint
from catalog.services import applications, members, organizations, people
from catalog.store.database import Database, Transaction

NOW = datetime(2026, 1, 1, tzinfo=UTC)
COMPANY = Company("泸州数据有限公司", "91350100M000100Y43", "510502", "营业执照扫描件，编号 A-1", "王工，0830-1")


@pytest.fixture
def tx(database: Database) -> Iterator[Transaction]:
    with database.transaction() as tx:
        yield tx


def _person(tx: Transaction, email: str, *held: Membership) -> Actor:
    person = uuid4().hex
    tx.people.add(person, email=email, name=email.partition("@")[0], language="zh", at=NOW)
    tx.people.change(person, confirmed_at=NOW)
    for role in held:
        tx.people.grant(uuid4().hex, person, role, by="setup", at=NOW)
    return _again(tx, person)


def _again(tx: Transaction, person: str) -> Actor:
    actor = people.actor_of(tx, person, at=NOW, strong=True)
    assert actor
    return actor


def _bureau(tx: Transaction, name: str = "市局", parent: str | None = None) -> str:
    return organizations.create(tx, OPERATOR, name, Description(), parent, at=NOW).id


def _link(tx: Transaction, invitation: str) -> str:
    """What the mail leads to."""
    token = mint(members.PREFIX)
    tx.invitations.offer(invitation, digest(token))
    return token


def test_whom_an_invitation_was_sent_to_takes_the_role_once(tx: Transaction) -> None:
    bureau = _bureau(tx)
    boss = _person(tx, "boss@a.cn", Membership(Role.ORGANIZATION_ADMIN, bureau))
    invited = members.invite(tx, boss, bureau, "New@A.cn", Role.STEWARD, language="zh", at=NOW)
    token = _link(tx, invited.id)
    other, new = _person(tx, "other@a.cn"), _person(tx, "new@a.cn")

    with pytest.raises(ForbiddenError):
        members.accept(tx, other, token, at=NOW)
    with pytest.raises(UnauthenticatedError):
        members.accept(tx, GUEST, token, at=NOW)
    members.accept(tx, new, token, at=NOW)

    assert _again(tx, new.person).memberships == (Membership(Role.STEWARD, bureau),)
    with pytest.raises(GoneError):
        members.accept(tx, new, token, at=NOW)
    assert [(m["email"], m["role"]) for m in members.listed(tx, boss, bureau, at=NOW).members] == [
        ("boss@a.cn", "organization_admin"),
        ("new@a.cn", "steward"),
    ]
    assert "invitation taken" in [entry["act"] for entry in tx.audit.about(bureau)]
    assert [letter.target for letter in tx.outbox.letters("mail", now=NOW, size=9)] == [invited.id]


def test_an_invitation_ends_after_its_days_or_when_it_is_called_back(tx: Transaction) -> None:
    bureau = _bureau(tx)
    boss, new = _person(tx, "boss@a.cn", Membership(Role.ORGANIZATION_ADMIN, bureau)), _person(tx, "new@a.cn")
    first = members.invite(tx, boss, bureau, "new@a.cn", Role.EDITOR, language="zh", at=NOW)
    token = _link(tx, first.id)

    with pytest.raises(ConflictError):
        members.invite(tx, boss, bureau, "new@a.cn", Role.EDITOR, language="zh", at=NOW)
    with pytest.raises(GoneError):
        members.accept(tx, new, token, at=NOW + timedelta(days=7))
    members.call_back(tx, boss, bureau, first.id, at=NOW)
    with pytest.raises(GoneError):
        members.accept(tx, new, token, at=NOW)


def test_only_administrators_there_or_above_manage_members_and_nobody_himself(tx: Transaction) -> None:
    bureau = _bureau(tx)
    station = _bureau(tx, "监测站", bureau)
    boss = _person(tx, "boss@a.cn", Membership(Role.ORGANIZATION_ADMIN, bureau))
    below = _person(tx, "below@a.cn", Membership(Role.ORGANIZATION_ADMIN, station))
    steward = _person(tx, "steward@a.cn", Membership(Role.STEWARD, bureau))

    members.invite(tx, boss, station, "x@a.cn", Role.STEWARD, language="zh", at=NOW)
    for actor, where in ((below, bureau), (steward, bureau), (steward, station)):
        with pytest.raises(ForbiddenError):
            members.invite(tx, actor, where, "x@a.cn", Role.EDITOR, language="zh", at=NOW)
    with pytest.raises(ForbiddenError):
        members.invite(tx, boss, bureau, "boss@a.cn", Role.STEWARD, language="zh", at=NOW)
    with pytest.raises(InvalidError):
        members.invite(tx, boss, bureau, "x@a.cn", Role.ADMIN, language="zh", at=NOW)
    own = next(m["id"] for m in tx.people.members(bureau, at=NOW) if m["person_id"] == boss.person)
    with pytest.raises(ForbiddenError):
        members.change(tx, boss, bureau, own, Role.STEWARD, at=NOW)


def test_the_last_administrator_stays(tx: Transaction) -> None:
    bureau = _bureau(tx)
    boss = _person(tx, "boss@a.cn", Membership(Role.ORGANIZATION_ADMIN, bureau))
    own = tx.people.members(bureau, at=NOW)[0]["id"]

    with pytest.raises(ConflictError):
        members.end(tx, boss, bureau, own, at=NOW)
    second = _person(tx, "second@a.cn", Membership(Role.ORGANIZATION_ADMIN, bureau))
    members.end(tx, second, bureau, own, at=NOW)

    assert _again(tx, boss.person).memberships == ()


def _registrar(tx: Transaction, email: str, level: Level, territory: str) -> Actor:
    return _person(tx, email, Membership(Role.REGISTRAR, level=level, territory=territory))


def test_a_verified_company_exists_and_its_applicant_administers_it(tx: Transaction) -> None:
    wang, here = _person(tx, "wang@c.cn"), _registrar(tx, "li@gov.cn", Level.COUNTY, "510500")
    case = applications.apply(tx, wang, COMPANY, at=NOW)

    done = applications.act(tx, here, case.id, Verify("核对无误"), at=NOW)

    assert (done.state, done.actions) == ("verified", [])
    company = tx.organizations.get(done.organization or "")
    assert company
    assert (company.name, company.uscc, company.kind, company.territory) == (*COMPANY_SHOWN, "510502")
    held = {m.role for m in _again(tx, wang.person).memberships if m.organization == company.id}
    assert held == {Role.ORGANIZATION_ADMIN, Role.APPLICANT}
    assert [step["act"] for step in done.timeline] == ["said", "verified"]


COMPANY_SHOWN = ("泸州数据有限公司", "91350100M000100Y43", "company")


def test_the_case_waits_for_registrars_of_its_level_and_place_only(tx: Transaction) -> None:
    wang = _person(tx, "wang@c.cn", Membership(Role.REGISTRAR, level=Level.COUNTY, territory="5105"))
    here = _registrar(tx, "a@gov.cn", Level.COUNTY, "510502")
    elsewhere = _registrar(tx, "b@gov.cn", Level.COUNTY, "5101")
    higher = _registrar(tx, "c@gov.cn", Level.PROVINCE, "51")
    case = applications.apply(tx, wang, COMPANY, at=NOW)

    assert [row.id for row in applications.queue(tx, here)] == [case.id]
    assert [applications.queue(tx, actor) for actor in (elsewhere, higher, wang)] == [[], [], []]
    for actor in (elsewhere, higher):
        with pytest.raises(NotFoundError):
            applications.act(tx, actor, case.id, Verify(), at=NOW)
    with pytest.raises(NotAllowedError):
        applications.act(tx, wang, case.id, Verify(), at=NOW)


def test_what_is_returned_is_corrected_and_what_is_refused_stays_refused(tx: Transaction) -> None:
    wang, here = _person(tx, "wang@c.cn"), _registrar(tx, "li@gov.cn", Level.COUNTY, "51")
    case = applications.apply(tx, wang, COMPANY, at=NOW)

    applications.act(tx, here, case.id, Return("请补充授权书"), at=NOW)
    later = NOW + timedelta(days=3)
    again = applications.act(tx, wang, case.id, Amend(replace(COMPANY, evidence="授权书")), at=later)
    assert again.due_at == later + timedelta(days=10)
    with pytest.raises(InvalidError):
        applications.act(tx, here, case.id, Refuse("  "), at=later)
    done = applications.act(tx, here, case.id, Refuse("代码与名称不符"), at=later)

    assert (done.state, done.timeline[-1]["words"]) == ("refused", "代码与名称不符")
    for command in (Withdraw(), Amend(COMPANY)):
        with pytest.raises(NotAllowedError):
            applications.act(tx, wang, case.id, command, at=later)
    assert len(tx.outbox.letters("mail", now=later, size=9)) == 2


def test_a_company_is_applied_for_once_and_with_a_number_that_holds(tx: Transaction) -> None:
    wang, other = _person(tx, "wang@c.cn"), _person(tx, "zhang@c.cn")
    for wrong in (
        {"uscc": "1"},
        {"uscc": ""},
        {"territory": "99"},
        {"territory": ""},
        {"evidence": ""},
        {"contact": ""},
    ):
        with pytest.raises(InvalidError):
            applications.apply(tx, other, replace(COMPANY, **wrong), at=NOW)
    with pytest.raises(UnauthenticatedError):
        applications.apply(tx, GUEST, COMPANY, at=NOW)
    applications.apply(tx, wang, COMPANY, at=NOW)
    with pytest.raises(ConflictError):
        applications.apply(tx, other, replace(COMPANY, name="别名"), at=NOW)
