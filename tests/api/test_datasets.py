"""Records over HTTP: written with a key, a revision and one transaction; read by everybody who may."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalog.portal import Portal

Bearer = Callable[..., dict[str, str]]
AIR = {"source_key": "air", "title": "空气质量", "publisher": {"name": "市气象局"}, "keywords": ["水", "医疗（卫生）"]}


def created(client: TestClient, bearer: Bearer, **more: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/datasets", json=AIR | more, headers=bearer("publisher"))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_record_is_created_read_replaced_and_withdrawn(client: TestClient, bearer: Bearer) -> None:
    key = bearer("publisher")
    record = client.post("/api/v1/datasets", json=AIR, headers=key)
    address = f"/api/v1/datasets/{record.json()['id']}"

    read = client.get(address)
    assert (read.headers["etag"], read.json()["dataset"]["title"]) == ('"1"', {"zh": "空气质量"})
    assert read.json()["dataset"]["keywords"] == ["水", "医疗（卫生）"]

    body = read.json()["dataset"] | {"title": {"zh": "空气", "en": "Air"}}
    replaced = client.put(address, json=body, headers=key | {"If-Match": '"1"'})
    assert (replaced.status_code, replaced.headers["etag"]) == (200, '"2"')

    assert client.delete(address, headers=key | {"If-Match": '"2"'}).status_code == 204
    gone = client.get(address)
    assert (gone.status_code, gone.json()["title"]) == (410, "GoneError")


def test_a_write_names_the_revision_it_starts_from(client: TestClient, bearer: Bearer) -> None:
    record = created(client, bearer)
    address, key, body = f"/api/v1/datasets/{record['id']}", bearer("publisher"), record["dataset"]

    assert client.put(address, json=body, headers=key).status_code == 428
    assert client.put(address, json=body, headers=key | {"If-Match": '"1"'}).status_code == 200
    assert client.put(address, json=body, headers=key | {"If-Match": '"1"'}).status_code == 412
    assert client.put(address, json=body, headers=key | {"If-Match": "x"}).status_code == 422
    assert client.delete(address, headers=key).status_code == 428


def test_a_withdrawn_record_names_its_successor(client: TestClient, bearer: Bearer) -> None:
    old, new = created(client, bearer), created(client, bearer, source_key="air2")
    address, key = f"/api/v1/datasets/{old['id']}", bearer("publisher") | {"If-Match": '"1"'}

    assert client.delete(f"{address}?successor={old['id']}", headers=key).status_code == 422
    assert client.delete(f"{address}?successor={new['id']}", headers=key).status_code == 204
    assert client.get(address).json()["successor"] == new["id"]
    assert client.get(f"/datasets/{old['id']}").status_code == 410


def test_only_a_publisher_key_of_the_organization_writes(client: TestClient, bearer: Bearer) -> None:
    for headers, status in [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        (bearer("applicant"), 403),
        (bearer("decider"), 403),
        (bearer("publisher", "另一局"), 403),
        (bearer("admin", "平台"), 201),
    ]:
        assert client.post("/api/v1/datasets", json=AIR, headers=headers).status_code == status, headers


def test_source_and_key_are_taken_once(client: TestClient, bearer: Bearer) -> None:
    created(client, bearer)

    again = client.post("/api/v1/datasets", json=AIR, headers=bearer("publisher"))

    assert (again.status_code, again.json()["field"]) == (409, "source_key")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": {}}, "title"),
        ({"title": {"not a tag": "x"}}, "title"),
        ({"publisher": {"name": "市气象局", "uscc": "91110000600037341A"}}, "publisher.uscc"),
        ({"opening": "sometimes"}, "opening"),
        ({"issued": "2023-02-31"}, "issued"),
        ({"landing_page": "javascript:alert(1)"}, "landing_page"),
        ({"license": "no-such"}, "license"),
        ({"made_from": ["aaaaaaaaaaaaaaaa"]}, "made_from"),
        ({"source_key": ""}, "source_key"),
        ({"source": "a b"}, "source"),
        ({"surprise": 1}, "surprise"),
        ({"title": "空\0气"}, "dataset"),
        ({"extra": {"a\0": ["b\0"]}}, "dataset"),
    ],
)
def test_what_does_not_hold_is_named_with_its_cure(
    client: TestClient, bearer: Bearer, change: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/v1/datasets", json=AIR | change, headers=bearer("publisher"))

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"].startswith(field), answer.json()
    assert answer.json()["cure"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"null"])
def test_bodies_that_are_no_json(client: TestClient, bearer: Bearer, body: bytes) -> None:
    answer = client.post(
        "/api/v1/datasets", content=body, headers=bearer("publisher") | {"Content-Type": "application/json"}
    )

    assert answer.status_code == 422
    assert answer.json()["type"] == "/errors#InvalidError"


def test_errors_speak_the_readers_language(client: TestClient) -> None:
    chinese = client.get("/api/v1/datasets/nope", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).json()["detail"]
    english = client.get("/api/v1/datasets/nope", headers={"Accept-Language": "en"}).json()["detail"]

    assert english == "There is nothing at this address."
    assert chinese != english
    assert any("\u4e00" <= c <= "\u9fff" for c in chinese)


def test_a_private_record_is_not_there_for_others(
    client: TestClient, bearer: Bearer, drained: Callable[[], None]
) -> None:
    record = created(client, bearer, visibility="private")
    address = f"/api/v1/datasets/{record['id']}"
    drained()

    for headers in ({}, bearer("publisher", "另一局"), bearer("applicant", "市气象局")):
        assert client.get(address, headers=headers).status_code == 404
        assert client.get(f"{address}/provenance", headers=headers).status_code == 404
    assert client.get(f"/datasets/{record['id']}").status_code == 404
    assert client.get(f"/data/{record['id']}").status_code == 404
    assert client.get(address, headers=bearer("publisher")).status_code == 200
    assert client.get("/api/v1/datasets").json()["datasets"] == []
    assert client.get("/api/v1/search").json()["total"] == 0


def test_the_list_pages_by_id(client: TestClient, bearer: Bearer) -> None:
    ids = sorted(created(client, bearer, source_key=str(n))["id"] for n in range(5))

    first = client.get("/api/v1/datasets?size=3").json()
    rest = client.get(f"/api/v1/datasets?size=3&after={first['after']}").json()

    assert [d["id"] for d in first["datasets"] + rest["datasets"]] == ids
    assert rest["after"] is None


def test_a_failed_commit_is_not_called_a_success(
    portal: Portal, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FastAPI would by default answer first and commit afterwards."""
    from sqlalchemy.engine import RootTransaction  # noqa: PLC0415

    from catalog.app import create_app  # noqa: PLC0415

    key, client = bearer("publisher"), TestClient(create_app(portal), raise_server_exceptions=False)

    def disk_full(_self: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(RootTransaction, "_do_commit", disk_full)
    answer = client.post("/api/v1/datasets", json=AIR, headers=key)

    assert answer.status_code == 500
    assert answer.json()["title"] == "CatalogError"
    assert "disk full" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_provenance_tells_who_did_what(client: TestClient, bearer: Bearer) -> None:
    record = created(client, bearer)

    [step] = client.get(f"/api/v1/datasets/{record['id']}/provenance").json()

    assert step.keys() == {"at", "act", "actor", "detail"}
    assert step["detail"] == {"revision": 1}
    assert (step["act"], step["actor"]) == ("published", "steward:市气象局")


def test_registers_of_organizations_and_licenses(client: TestClient, bearer: Bearer) -> None:
    created(client, bearer)

    [organization] = client.get("/api/v1/organizations").json()["organizations"]
    licenses = client.get("/api/v1/licenses?size=2").json()

    assert organization["name"] == "市气象局"
    told = client.get(f"/api/v1/organizations/{organization['id']}").json()
    assert told == told | organization
    assert client.get("/api/v1/organizations/nope").status_code == 404
    assert [e["id"] for e in licenses["licenses"]] == ["cc-by-4.0", "cc0-1.0"]
    assert client.get(f"/api/v1/licenses?after={licenses['after']}").json()["licenses"][0]["id"] == "cn-conditional"
    assert client.get("/api/v1/licenses/cc0-1.0").json()["open"] is True


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: TestClient, bearer: Bearer) -> None:
    body = AIR | {"description": "长" * 1_000_000}

    answer = client.post("/api/v1/datasets", json=body, headers=bearer("publisher"))

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_publisher_writes_neither_as_another_source_nor_about_records_it_cannot_see(
    client: TestClient, bearer: Bearer
) -> None:
    hidden = created(client, bearer, source_key="hidden", visibility="private")["id"]
    mine = AIR | {"source_key": "mine", "publisher": {"name": "另一局"}}
    other = bearer("publisher", "另一局")

    assert client.post("/api/v1/datasets", json=mine | {"source": "luzhou"}, headers=other).status_code == 403
    assert client.post("/api/v1/datasets", json=mine | {"made_from": [hidden]}, headers=other).status_code == 422
    assert client.post("/api/v1/datasets", json=mine, headers=other).status_code == 201
