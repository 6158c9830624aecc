"""From asking to data, over HTTP in this process: every step by who may take it, each call counted."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalog.domain.datasets import Dataset, Identity
from catalog.domain.people import OPERATOR
from catalog.portal import Portal
from catalog.services import datasets

Bearer = Callable[..., dict[str, str]]
OFFER = {"purposes": ["research"], "calls": 5, "days": 30}
PRODUCT = {
    "kind": "report",
    "title": "信用报告",
    "publisher": {"name": "市气象局"},
    "license": "cn-operation",
    "opening": "conditional",
    "offer": OFFER,
}
WISH = {"purpose": "research", "words": "论文研究", "days": 10, "calls": 3}


@pytest.fixture
def product(client: TestClient, bearer: Bearer) -> str:
    return register(client, bearer("publisher"))


def register(client: TestClient, key: dict[str, str], **change: Any) -> str:
    answer = client.post(
        "/api/v1/products",
        data={"record": json.dumps(PRODUCT | change)},
        files={"file": ("信用.csv", io.BytesIO("企业,等级\n甲,A\n".encode()))},
        headers=key,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def act(client: TestClient, request: str, step: str, key: dict[str, str], **body: Any) -> Any:
    return client.post(f"/api/v1/requests/{request}/{step}", json=body or None, headers=key)


def granted(client: TestClient, bearer: Bearer, product: str, **terms: int) -> tuple[str, str]:
    asked = client.post("/api/v1/requests", json=WISH | {"product": product}, headers=bearer("applicant", "甲公司"))
    request = asked.json()["id"]
    assert act(client, request, "approve", bearer("decider"), **{"calls": 3, "days": 10} | terms).status_code == 200
    token = act(client, request, "token", bearer("applicant", "甲公司"))
    assert token.status_code == 201
    return request, token.json()["token"]


def fetch(client: TestClient, product: str, token: str) -> Any:
    return client.get(f"/data/{product}", headers={"Authorization": f"Bearer {token}"})


def test_the_whole_path_with_a_correction(client: TestClient, bearer: Bearer, product: str) -> None:
    applicant, decider = bearer("applicant", "甲公司"), bearer("decider")
    asked = client.post("/api/v1/requests", json=WISH | {"product": product}, headers=applicant).json()
    request = asked["id"]
    assert (asked["state"], asked["actions"]) == ("submitted", [])

    assert act(client, request, "return", decider, reason="写明用途").json()["state"] == "returned"
    assert act(client, request, "amend", applicant, **WISH | {"words": "硕士论文"}).json()["state"] == "submitted"
    assert act(client, request, "approve", decider, calls=2, days=10).json()["state"] == "granted"
    token = act(client, request, "token", applicant).json()["token"]

    data = fetch(client, product, token)
    assert (data.status_code, data.text) == (200, "企业,等级\n甲,A\n")
    seen = client.get(f"/api/v1/requests/{request}", headers=applicant).json()
    assert [step["act"] for step in seen["timeline"]] == ["asked", "returned", "amended", "granted", "tokentaken"]
    assert (seen["grant"]["used"], seen["grant"]["calls"]) == (1, 2)


def test_nobody_takes_a_step_that_is_not_his(client: TestClient, bearer: Bearer, product: str) -> None:
    applicant = bearer("applicant", "甲公司")
    request = client.post("/api/v1/requests", json=WISH | {"product": product}, headers=applicant).json()["id"]

    assert act(client, request, "approve", applicant, calls=1, days=1).status_code == 403
    assert act(client, request, "approve", bearer("decider", "别的局"), calls=1, days=1).status_code == 404
    assert client.get(f"/api/v1/requests/{request}", headers=bearer("applicant", "乙公司")).status_code == 404
    assert client.get(f"/api/v1/requests/{request}").status_code == 401
    assert act(client, request, "token", applicant).status_code == 403
    assert act(client, request, "revoke", bearer("decider"), reason="x").status_code == 403


def test_each_sees_his_own_list(client: TestClient, bearer: Bearer, product: str) -> None:
    client.post("/api/v1/requests", json=WISH | {"product": product}, headers=bearer("applicant", "甲公司"))

    def seen(*key: str) -> int:
        return len(client.get("/api/v1/requests", headers=bearer(*key)).json())

    assert seen("applicant", "甲公司") == seen("decider", "市气象局") == seen("admin", "平台") == 1
    assert seen("applicant", "乙公司") == seen("decider", "别的局") == 0


def test_used_up_calls_are_refused_with_clause_and_cure(client: TestClient, bearer: Bearer, product: str) -> None:
    _, token = granted(client, bearer, product, calls=2)

    assert [fetch(client, product, token).status_code for _ in range(3)] == [200, 200, 429]
    refusal = fetch(client, product, token).json()
    assert (refusal["title"], refusal["clause"], refusal["calls"]) == ("QuotaUsedUpError", "calls", 2)
    assert refusal["cure"]


def test_a_revoked_grant_ends_at_once(client: TestClient, bearer: Bearer, product: str) -> None:
    request, token = granted(client, bearer, product)
    assert fetch(client, product, token).status_code == 200

    assert act(client, request, "revoke", bearer("decider"), reason="违约").json()["state"] == "revoked"

    refusal = fetch(client, product, token)
    assert (refusal.status_code, refusal.json()["clause"]) == (403, "revocation")


def test_a_term_ends_on_time(client: TestClient, bearer: Bearer, product: str, portal: Portal) -> None:
    from dataclasses import replace  # noqa: PLC0415

    from catalog.app import create_app  # noqa: PLC0415

    _, token = granted(client, bearer, product)
    later = replace(portal, clock=lambda: datetime.now(UTC) + timedelta(days=10))

    refusal = fetch(TestClient(create_app(later)), product, token)

    assert (refusal.status_code, refusal.json()["clause"]) == (403, "term")


def test_a_new_token_ends_the_earlier_one(client: TestClient, bearer: Bearer, product: str) -> None:
    request, first = granted(client, bearer, product)
    second = act(client, request, "token", bearer("applicant", "甲公司")).json()["token"]

    assert fetch(client, product, first).status_code == 401
    assert fetch(client, product, second).status_code == 200


def test_a_token_is_for_its_product_only(client: TestClient, bearer: Bearer, product: str) -> None:
    other = register(client, bearer("publisher"), title="另一产品")
    _, token = granted(client, bearer, product)

    assert fetch(client, other, token).status_code == 403
    assert fetch(client, product, "shuyuan_token_wrong").status_code == 401
    assert client.get(f"/data/{product}").status_code == 401


def test_secrets_are_not_kept(client: TestClient, bearer: Bearer, product: str, portal: Portal) -> None:
    _, token = granted(client, bearer, product)

    with portal.database.reading() as tx:
        kept = str([list(tx.dump.rows(name)) for name in tx.dump.tables()])
    assert token not in kept


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"purpose": "business"}, "purpose"),
        ({"days": 31}, "days"),
        ({"calls": 6}, "calls"),
        ({"words": ""}, "words"),
        ({"product": "nope"}, None),
        ({"purpose": "fun"}, "purpose"),
    ],
)
def test_a_wish_outside_the_offer(
    client: TestClient, bearer: Bearer, product: str, change: dict[str, Any], field: str | None
) -> None:
    answer = client.post("/api/v1/requests", json=WISH | {"product": product} | change, headers=bearer("applicant"))

    assert answer.status_code in (404, 422)
    assert answer.json().get("field") == field


def test_characters_that_no_database_keeps_are_no_server_error(
    client: TestClient, bearer: Bearer, product: str
) -> None:
    key = bearer("applicant")

    statuses = {
        client.post("/api/v1/requests", json=WISH | {"product": product, "words": "a\0b"}, headers=key).status_code,
        client.post("/api/v1/requests", json=WISH | {"product": "a\0b"}, headers=key).status_code,
        client.get("/api/v1/datasets/%00").status_code,
        client.get("/api/v1/search?publisher=%00").status_code,
        client.get("/data/%00").status_code,
    }

    assert statuses <= {200, 201, 404, 422}


def test_an_offer_for_some_organizations_only(client: TestClient, bearer: Bearer) -> None:
    product = register(client, bearer("publisher"), offer=OFFER | {"audience": ["甲公司"]})

    def asks(organization: str) -> int:
        return client.post(
            "/api/v1/requests", json=WISH | {"product": product}, headers=bearer("applicant", organization)
        ).status_code

    assert (asks("甲公司"), asks("乙公司")) == (201, 403)


def test_a_product_is_found_at_once_also_by_facet(
    client: TestClient, product: str, drained: Callable[[], None]
) -> None:
    drained()

    found = client.get("/api/v1/search?kind=report&facets=kind&q=信用报告").json()

    assert [hit["id"] for hit in found["hits"]] == [product]
    assert found["facets"]["kind"] == [{"value": "report", "label": "数据报告", "count": 1}]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "dataset"}, "kind"),
        ({"offer": None}, "offer"),
        ({"title": {}}, "title"),
        ({"license": "x"}, "license"),
    ],
)
def test_a_product_needs_a_kind_an_offer_and_the_rest(
    client: TestClient, bearer: Bearer, change: dict[str, Any], field: str
) -> None:
    answer = client.post(
        "/api/v1/products",
        data={"record": json.dumps(PRODUCT | change)},
        files={"file": ("a.csv", b"x")},
        headers=bearer("publisher"),
    )

    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize(("name", "kept"), [("../../etc/passwd", "passwd"), ("a\\b.csv", "b.csv"), (".hidden", None)])
def test_a_files_name_cannot_leave_its_folder(
    client: TestClient, bearer: Bearer, portal: Portal, name: str, kept: str | None
) -> None:
    answer = client.post(
        "/api/v1/products",
        data={"record": json.dumps(PRODUCT)},
        files={"file": (name, b"x")},
        headers=bearer("publisher"),
    )

    if kept is None:
        assert answer.status_code == 422
    else:
        assert answer.json()["dataset"]["distributions"][0]["file"] == kept
        assert (portal.settings.files_folder / answer.json()["id"] / kept).read_bytes() == b"x"


def test_open_files_go_through_the_same_door_without_a_token_and_are_counted(
    client: TestClient, portal: Portal
) -> None:
    record = Dataset.model_validate(
        {
            "title": "开放",
            "publisher": {"name": "市气象局"},
            "opening": "unconditional",
            "distributions": [{"file": "a.csv", "format": "csv"}, {"file": "b.csv", "format": "csv"}],
        }
    )
    with portal.database.transaction() as tx:
        kept = frozenset({"a.csv", "b.csv"})
        identity = Identity(source="portal", source_key="open")
        key = datasets.publish(tx, OPERATOR, identity, record, at=portal.clock(), kept=kept).id
    folder = portal.settings.files_folder / key
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("1")
    (folder / "b.csv").symlink_to("/etc/hosts")

    assert client.get(f"/data/{key}?file=a.csv").text == "1"
    assert client.get(f"/data/{key}").json()["field"] == "file"
    assert client.get(f"/data/{key}?file=b.csv").status_code == 404
    assert client.get(f"/data/{key}?file=../../x").status_code == 404
    with portal.database.reading() as tx:
        assert tx.usage.served(key) == 1


@pytest.mark.parametrize("name", ["/etc/passwd", "../x/a.csv", "..", ".env", "a/b", "a\\b", "somebody-elses.csv"])
def test_a_record_cannot_name_a_file_that_was_not_put_there_for_it(
    client: TestClient, bearer: Bearer, product: str, name: str
) -> None:
    part = {"file": name, "media_type": "text/html"}
    record = {
        "source_key": "x",
        "title": "x",
        "publisher": {"name": "市气象局"},
        "opening": "unconditional",
        "distributions": [part],
    }
    key = bearer("publisher")

    assert client.post("/api/v1/datasets", json=record, headers=key).status_code == 422
    mine = client.get(f"/api/v1/datasets/{product}", headers=key).json()["dataset"]
    changed = client.put(
        f"/api/v1/datasets/{product}", json=mine | {"distributions": [part]}, headers=key | {"If-Match": '"1"'}
    )
    assert changed.status_code == 422
    assert client.put(f"/api/v1/datasets/{product}", json=mine, headers=key | {"If-Match": '"1"'}).status_code == 200


def test_a_grant_can_be_revoked_when_the_offer_is_gone(client: TestClient, bearer: Bearer, product: str) -> None:
    request, token = granted(client, bearer, product)
    key = bearer("publisher")
    mine = client.get(f"/api/v1/datasets/{product}", headers=key).json()["dataset"]
    client.put(f"/api/v1/datasets/{product}", json=mine | {"offer": None}, headers=key | {"If-Match": '"1"'})

    assert act(client, request, "revoke", bearer("decider"), reason="违约").json()["state"] == "revoked"
    assert fetch(client, product, token).status_code == 403


def test_only_an_administrator_starts_runs_and_only_from_the_web(client: TestClient, bearer: Bearer) -> None:
    run = {"kind": "ckan", "location": "https://data.example/", "source": "hk"}

    assert client.post("/api/v1/runs", json=run, headers=bearer("publisher")).status_code == 403
    assert client.post("/api/v1/runs", json=run | {"kind": "x"}, headers=bearer("admin")).json()["field"] == "kind"
    assert (
        client.post("/api/v1/runs", json=run | {"source": "a b"}, headers=bearer("admin")).json()["field"] == "source"
    )
    local = client.post("/api/v1/runs", json=run | {"location": "/etc/passwd"}, headers=bearer("admin"))
    assert (local.status_code, local.json()["field"]) == (422, "location")
    started = client.post("/api/v1/runs", json=run, headers=bearer("admin"))
    assert (started.status_code, started.json()["state"]) == (202, "queued")
    assert client.get("/api/v1/runs").json()[0]["id"] == started.json()["id"]
    assert client.get(f"/api/v1/runs/{started.json()['id']}/rejections").json() == []
