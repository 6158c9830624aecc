"""The audit through the API: from where, before and after, and to whom it is shown."""

import csv
import io
from collections.abc import Callable

from fastapi.testclient import TestClient

from catalog.domain.access import EVENTS
from catalog.domain.audit import Act
from catalog.domain.organizations import Organization
from catalog.domain.people import OPERATOR
from catalog.domain.vocabulary import LABELS
from catalog.portal import Portal

RECORD = {"title": "空气质量", "publisher": {"name": "市气象局"}}


def published(client: TestClient, headers: dict[str, str]) -> str:
    made = client.post("/api/v1/datasets", json=RECORD | {"source_key": "a"}, headers=headers)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def test_an_entry_says_from_where_and_what_was_before_and_after(
    client: TestClient, bearer: Callable[..., dict[str, str]]
) -> None:
    steward, auditor = bearer("steward"), bearer("auditor", "审计处")
    record = published(client, steward)
    changed = client.put(
        f"/api/v1/datasets/{record}", json=RECORD | {"title": "空气"}, headers=steward | {"If-Match": '"1"'}
    )

    entries = client.get("/api/v1/audit", params={"target": record}, headers=auditor).json()["entries"]

    assert changed.status_code == 200, changed.text
    assert [entry["act"] for entry in entries] == ["replaced", "published"]
    latest = entries[0]
    assert latest["changes"] == {"title": {"before": {"zh": "空气质量"}, "after": {"zh": "空气"}}}
    assert latest["request"] == changed.headers["x-request-id"]
    assert latest["address"] == "testclient"
    assert latest["actor"] == "steward:市气象局"
    one = client.get(f"/api/v1/audit/{latest['id']}", headers=auditor).json()
    assert (one["target"], one["state"]) == (record, "intact")


def test_administrators_see_what_concerns_their_own_and_those_beneath(
    client: TestClient, bearer: Callable[..., dict[str, str]], portal: Portal
) -> None:
    with portal.database.transaction() as tx:
        above = Organization.named("省气象局")
        tx.organizations.add([above])
        tx.organizations.add([Organization("weatherbeneath01", "市气象局", parent=above.id)])
    record = published(client, bearer("steward"))

    def seen(role: str, organization: str) -> list[str]:
        found = client.get("/api/v1/audit", params={"act": "published"}, headers=bearer(role, organization))
        return [entry["target"] for entry in found.json()["entries"]]

    assert seen("organization_admin", "省气象局") == [record]
    assert seen("organization_admin", "市气象局") == [record]
    assert seen("organization_admin", "市教育局") == []
    assert client.get("/api/v1/audit", headers=bearer("steward")).status_code == 403
    assert client.get("/api/v1/audit", headers=bearer("admin")).status_code == 403
    assert client.get("/api/v1/audit").status_code == 401
    entry = client.get("/api/v1/audit", params={"target": record}, headers=bearer("auditor")).json()["entries"][0]
    other = client.get(f"/api/v1/audit/{entry['id']}", headers=bearer("organization_admin", "市教育局"))
    assert other.status_code == 404


def test_personal_data_is_shown_to_auditors_only_and_that_is_noted(
    client: TestClient, bearer: Callable[..., dict[str, str]], portal: Portal
) -> None:
    with portal.database.transaction() as tx:
        tx.audit.add(
            at=portal.clock(), actor=OPERATOR, act=Act.SUBSCRIPTION_ENDED, target="s", person="p", email="li@example.cn"
        )
    auditor = bearer("auditor")
    entry = client.get("/api/v1/audit", params={"target": "s"}, headers=auditor).json()["entries"][0]
    address = f"/api/v1/audit/{entry['id']}/texts"

    assert "li@example.cn" not in client.get("/api/v1/audit", headers=auditor).text
    assert client.post(address, headers=bearer("security_admin")).status_code == 403
    assert client.post(address, headers=auditor).json() == {"email": "li@example.cn"}
    noted = client.get("/api/v1/audit", params={"act": "personal data read"}, headers=auditor).json()["entries"]
    assert [(one["target"], one["detail"]) for one in noted] == [(f"audit/{entry['id']}", {"names": ["email"]})]

    with portal.database.transaction() as tx:
        tx.audit.erase("p", at=portal.clock())
    assert client.post(address, headers=auditor).json() == {"email": None}
    assert client.get(f"/api/v1/audit/{entry['id']}", headers=auditor).json()["state"] == "erased"


def test_an_export_has_every_entry_in_words_and_is_noted(
    client: TestClient, bearer: Callable[..., dict[str, str]]
) -> None:
    published(client, bearer("steward"))
    auditor = bearer("auditor") | {"Accept-Language": "zh"}

    answer = client.get("/api/v1/audit/export.csv", params={"organization": "市气象局"}, headers=auditor)

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:5] == ["编号", "时间", "身份", "谁", "操作"]
    assert "发布记录" in {row[4] for row in rows}
    noted = client.get("/api/v1/audit", params={"act": "audit exported"}, headers=auditor).json()["entries"]
    assert len(noted) == 1


def test_what_cannot_be_searched_for_is_told(client: TestClient, bearer: Callable[..., dict[str, str]]) -> None:
    auditor = bearer("auditor")

    for wrong, field in (({"act": "sang"}, "act"), ({"cursor": "x"}, "cursor"), ({"since": "gone"}, "since")):
        answer = client.get("/api/v1/audit", params=wrong, headers=auditor)
        assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_every_act_has_words_and_every_step_of_a_request_is_an_act() -> None:
    assert set(LABELS["act"]) == set(Act)
    assert {f"access {name}" for name in EVENTS} <= set(Act)
