"""Verified facts: issued by who may, checked, ended and never deleted, and cited by what rests on them."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from catalog.domain.errors import ForbiddenError, InvalidError
from catalog.domain.facts import Ended
from catalog.domain.organizations import Organization
from catalog.domain.people import OPERATOR, Actor, Level, Membership, Role
from catalog.portal import Portal
from catalog.services import announcing, facts
from catalog.services.facts import Issue
from catalog.store.database import Database

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
CODE = "91520900MA6HXQ2L0L"
Bearer = Callable[..., dict[str, str]]


def _code() -> str:
    from stdnum.cn import uscc  # noqa: PLC0415

    body = CODE[:-1]
    return body + uscc.calc_check_digit(body)


@pytest.fixture
def database(database: Database) -> Database:
    with database.transaction() as tx:
        facts.register_well_known(tx)
        tx.organizations.add([Organization("bank", "某银行", level=Level.CITY, territory="5201")])
    return database


def test_a_fact_is_issued_seen_by_its_subject_revoked_and_kept(
    client: TestClient, bearer: Bearer, portal: Portal
) -> None:
    officer, mine, other = bearer("security_admin"), bearer("applicant", "某银行"), bearer("applicant", "某公司")
    with portal.database.reading() as tx:
        bank = tx.organizations.called(["某银行"])["某银行"]
    body = {"subject": bank, "kind": "business_license", "value": _code().lower(), "evidence": "证 1 号"}

    made = client.post("/api/v1/facts", json=body, headers=officer)

    assert made.status_code == 201, made.text
    fact = made.json()
    assert (fact["value"], fact["standing"]) == (_code(), "holds")
    assert [one["id"] for one in client.get("/api/v1/facts", params={"subject": bank}, headers=mine).json()] == [
        fact["id"]
    ]
    assert client.get("/api/v1/facts", params={"subject": bank}, headers=other).status_code == 403
    assert client.get(f"/api/v1/facts/{fact['id']}", headers=other).status_code == 404
    with portal.database.reading() as tx:
        held = facts.holding(tx, bank, "business_license", portal.clock())
        assert held is not None
        assert held.id == fact["id"]

    address = f"/api/v1/facts/{fact['id']}/revoke"
    assert client.post(address, json={"reason": "吊销"}, headers=mine).status_code == 403
    ended = client.post(address, json={"reason": "吊销"}, headers=officer).json()
    assert (ended["standing"], ended["reason"]) == ("revoked", "吊销")
    assert client.post(address, json={"reason": "吊销"}, headers=officer).status_code == 409
    assert client.get("/api/v1/facts", params={"subject": bank}, headers=mine).json()[0]["standing"] == "revoked"
    with portal.database.reading() as tx:
        assert facts.holding(tx, bank, "business_license", portal.clock()) is None
        assert [entry["act"] for entry in tx.audit.about(fact["id"])] == ["fact revoked", "fact issued"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "business_license", "value": "91520900MA6HXQ2L00"}, "value"),
        ({"kind": "size", "value": "huge", "valid_until": "2099-01-01T00:00:00Z"}, "value"),
        ({"kind": "size", "value": "small"}, "valid_until"),
        ({"kind": "size", "value": "small", "valid_until": "2020-01-01T00:00:00Z"}, "valid_until"),
        ({"kind": "training_passed", "value": "x", "valid_until": "2099-01-01T00:00:00Z"}, "subject"),
        ({"kind": "unknown", "value": "x"}, "kind"),
        ({"kind": "sector", "value": "", "evidence": "x"}, "value"),
        ({"kind": "sector", "value": "x", "evidence": " "}, "evidence"),
        ({"kind": "sector", "value": "x", "valid_until": "9999-12-31T23:00:00-14:00"}, None),
    ],
)
def test_what_cannot_be_a_fact_is_told_by_its_field(
    client: TestClient, bearer: Bearer, portal: Portal, said: dict[str, str], field: str | None
) -> None:
    officer = bearer("security_admin")
    with portal.database.transaction() as tx:
        bank = tx.organizations.owners({"某银行": None})["某银行"]

    answer = client.post("/api/v1/facts", json={"subject": bank, "evidence": "证", **said}, headers=officer)

    assert (answer.status_code, answer.json().get("field")) == (422, field), answer.text


def test_nobody_vouches_for_his_own_and_only_roles_of_the_kind_issue(database: Database) -> None:
    registrar = Actor("r", "r", (Membership(Role.REGISTRAR, level=Level.CITY, territory="520100"),), person="r")
    elsewhere = Actor("e", "e", (Membership(Role.REGISTRAR, level=Level.CITY, territory="520300"),), person="e")
    own = Actor("o", "o", (*registrar.memberships, Membership(Role.EDITOR, "bank")), person="o")
    level = Issue("bank", "security_level", "3", "证", valid_until=NOW + timedelta(days=9))
    with database.transaction() as tx:
        assert facts.issue(tx, registrar, Issue("bank", "sector", "金融", "证"), at=NOW).issuer == "r"
        sector = Issue("bank", "sector", "x", "证")
        for actor, wanted in ((elsewhere, sector), (own, sector), (registrar, level)):
            with pytest.raises(ForbiddenError):
                facts.issue(tx, actor, wanted, at=NOW)
        assert len(tx.facts.of("bank")) == 1


def test_a_fact_that_lapses_is_announced_once_to_who_listens(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, Ended]] = []
    monkeypatch.setattr(
        announcing, "LISTENERS", (*announcing.LISTENERS, lambda _tx, fact, ended, _at: heard.append((fact.id, ended)))
    )
    with database.transaction() as tx:
        wanted = Issue("bank", "size", "small", "报告", valid_until=NOW + timedelta(days=1))
        lapsing = facts.issue(tx, OPERATOR, wanted, at=NOW)
        revoked = facts.issue(tx, OPERATOR, Issue("bank", "sector", "金融", "证"), at=NOW)
        tx.people.add("p", email="li@example.cn", name="李四", language="zh", at=NOW)
        tx.people.grant("m", "p", Membership(Role.ORGANIZATION_ADMIN, "bank"), by="operator", at=NOW)
        facts.revoke(tx, OPERATOR, revoked.id, "错", at=NOW)

    announcing.announce(database, at=NOW)
    assert heard == [(revoked.id, Ended.REVOKED)]
    later = NOW + timedelta(days=1)
    announcing.announce(database, at=later)
    announcing.announce(database, at=later)

    assert heard == [(revoked.id, Ended.REVOKED), (lapsing.id, Ended.LAPSED)]
    with database.reading() as tx:
        assert facts.holding(tx, "bank", "size", NOW) == lapsing
        assert facts.holding(tx, "bank", "size", later) is None
        assert [letter.target for letter in tx.outbox.letters("mail", now=later, size=9)] == ["p", "p"]


def test_facts_are_never_deleted(database: Database) -> None:
    with database.transaction() as tx:
        facts.issue(tx, OPERATOR, Issue("bank", "sector", "金融", "证"), at=NOW)
    engine = create_engine(database.url)

    with pytest.raises(DBAPIError, match="kept"), engine.begin() as connection:
        connection.execute(text("DELETE FROM facts"))
    engine.dispose()


def test_a_file_is_imported_whole_or_not_at_all_and_the_row_is_named(database: Database) -> None:
    head = "subject,kind,value,evidence,valid_from,valid_until\n"
    good = f"某银行,business_license,{_code()},证 1 号,2026-01-01,\n某银行,size,small,报告,,2026-12-31\n"
    with pytest.raises(InvalidError, match="Row 2"), database.transaction() as tx:
        wrong = facts.read_csv(io.StringIO(f"{head}某银行,sector,金融,证,,\n某银行,size,huge,x,,2026-12-31\n"))
        facts.import_all(tx, OPERATOR, wrong, at=NOW)
    with database.transaction() as tx:
        assert tx.facts.of("bank") == []
        made = facts.import_all(tx, OPERATOR, facts.read_csv(io.StringIO(head + good)), at=NOW)

    assert [fact.kind for fact in made] == ["business_license", "size"]
    # The last day holds to its end, where readers live.
    assert made[1].valid_until == datetime(2026, 12, 31, 16, tzinfo=UTC)
    with pytest.raises(InvalidError, match="Columns are missing"):
        facts.read_csv(io.StringIO("subject,kind\n"))


def test_claims_of_a_provider_become_facts_once(database: Database) -> None:
    with database.transaction() as tx:
        tx.people.add("p", email="li@example.cn", name="李四", language="zh", at=NOW)
        first = facts.claimed(tx, "p", "城市账号", {"uscc": _code()}, at=NOW, organization="bank")
        again = facts.claimed(tx, "p", "城市账号", {"uscc": _code()}, at=NOW, organization="bank")

    assert [(fact.kind, fact.issuer) for fact in first] == [("business_license", "provider:城市账号")]
    assert again == []


def test_kinds_are_kept_by_security_administrators(client: TestClient, bearer: Bearer) -> None:
    kind = {
        "id": "iso27001",
        "title": {"zh": "信息安全认证", "en": "ISO 27001"},
        "subject": "organization",
        "value_type": "text",
        "roles": ["security_admin"],
        "expires": True,
    }

    assert client.put("/api/v1/fact-kinds", json=kind, headers=bearer("admin")).status_code == 403
    assert client.put("/api/v1/fact-kinds", json=kind, headers=bearer("security_admin")).status_code == 200
    changed = client.put("/api/v1/fact-kinds", json=kind | {"value_type": "day"}, headers=bearer("security_admin"))
    assert (changed.status_code, changed.json()["field"]) == (422, "value_type")
    known = [one["id"] for one in client.get("/api/v1/fact-kinds").json()]
    assert known == ["business_license", "iso27001", "sector", "security_level", "size", "training_passed"]
