"""Steering of the search over HTTP."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from catalog.app import create_app
from catalog.operate import ingest
from catalog.portal import Portal
from catalog.wiring import open_portal

Bearer = Callable[..., dict[str, str]]
RECORDS = {"card": "社会保障卡发行情况", "air": "空气质量日报", "noise": "噪声监测"}


@pytest.fixture
def key(bearer: Bearer) -> dict[str, str]:
    return bearer("admin", "平台")


@pytest.fixture
def ids(client: TestClient, key: dict[str, str], drained: Callable[[], None]) -> dict[str, str]:
    made = {}
    for name, title in RECORDS.items():
        record = {"source_key": name, "title": title, "publisher": {"name": "市局"}}
        made[name] = client.post("/api/v1/datasets", json=record, headers=key).json()["id"]
    drained()
    return made


def edit(client: TestClient, key: dict[str, str], **changes: Any) -> str:
    """Keep a draft; its ETag."""
    tag = client.get("/api/v1/steering/draft", headers=key).headers["etag"]
    answer = client.put("/api/v1/steering/draft", json=changes, headers=key | {"If-Match": tag})
    assert answer.status_code == 200, answer.text
    return str(answer.headers["etag"])


def publish(client: TestClient, key: dict[str, str], **changes: Any) -> int:
    tag = edit(client, key, **changes)
    answer = client.post("/api/v1/steering/publish", json={"note": "test"}, headers=key | {"If-Match": tag})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["number"])


def found(client: TestClient, words: str, more: str = "") -> list[str]:
    return [hit["id"] for hit in client.get(f"/api/v1/search?q={words}{more}").json()["hits"]]


def soon(holds: Callable[[], bool], seconds: float = 2.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not holds():
        time.sleep(0.05)
    return holds()


def test_a_published_synonym_is_in_force_within_two_seconds(
    client: TestClient, key: dict[str, str], ids: dict[str, str]
) -> None:
    before = found(client, "蓝卡通")
    edit(client, key, synonyms_added=["蓝卡通, 社会保障卡"])
    drafted = found(client, "蓝卡通")
    publish(client, key, synonyms_added=["蓝卡通, 社会保障卡"])

    assert before == drafted == []
    assert soon(lambda: found(client, "蓝卡通") == [ids["card"]])


def test_another_process_takes_up_what_was_published(
    client: TestClient, portal: Portal, key: dict[str, str], ids: dict[str, str]
) -> None:
    other = open_portal(portal.settings)
    publish(client, key, synonyms_added=["蓝卡通, 社会保障卡"])
    other.steering.refresh()

    assert other.steering.now.lexicon.knows("蓝卡通")
    assert ids
    other.close()


def test_pinned_hits_come_first_and_are_marked(client: TestClient, key: dict[str, str], ids: dict[str, str]) -> None:
    publish(client, key, pins={"空气质量": [ids["noise"]]})

    assert soon(lambda: found(client, "空气质量") == [ids["noise"], ids["air"]])
    hits = client.get("/api/v1/search?q=空气质量").json()["hits"]
    assert [hit["pinned"] for hit in hits] == [True, False]
    assert found(client, "空气质量", "&format=csv") == []


def test_a_withdrawn_record_is_pinned_no_longer(
    client: TestClient, key: dict[str, str], ids: dict[str, str], drained: Callable[[], None]
) -> None:
    publish(client, key, pins={"空气质量": [ids["noise"]]})
    assert soon(lambda: found(client, "空气质量")[0] == ids["noise"])
    client.delete(f"/api/v1/datasets/{ids['noise']}", headers=key | {"If-Match": '"1"'})
    drained()

    assert found(client, "空气质量") == [ids["air"]]


def test_a_restore_is_a_new_version(client: TestClient, key: dict[str, str], ids: dict[str, str]) -> None:
    first = publish(client, key, synonyms_added=["蓝卡通, 社会保障卡"])
    publish(client, key)
    answer = client.post(f"/api/v1/steering/versions/{first}/restore", headers=key)

    assert answer.status_code == 201
    assert answer.json()["number"] == first + 2
    assert soon(lambda: found(client, "蓝卡通") == [ids["card"]])
    assert [v["number"] for v in client.get("/api/v1/steering/versions", headers=key).json()] == [3, 2, 1]


def test_a_change_must_name_the_revision_it_starts_from(client: TestClient, key: dict[str, str]) -> None:
    put, body = "/api/v1/steering/draft", {"weights": {"title": 4}}

    assert client.put(put, json=body, headers=key).status_code == 428
    assert client.put(put, json=body, headers=key | {"If-Match": '"7"'}).status_code == 412
    assert client.post("/api/v1/steering/publish", json={}, headers=key).status_code == 428


def test_mistakes_are_named_with_their_field_and_cure(client: TestClient, key: dict[str, str]) -> None:
    tag = client.get("/api/v1/steering/draft", headers=key).headers["etag"]
    headers = key | {"If-Match": tag, "Accept-Language": "zh"}
    answer = client.put("/api/v1/steering/draft", json={"synonyms_added": ["社保卡"]}, headers=headers)
    unknown = client.put("/api/v1/steering/draft", json={"colors": []}, headers=headers)

    assert (answer.status_code, answer.json()["field"]) == (422, "synonyms_added")
    assert "社保卡" in answer.json()["detail"]
    assert unknown.status_code == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "draft"),
        ("PUT", "draft"),
        ("POST", "draft/preview"),
        ("POST", "publish"),
        ("GET", "versions"),
        ("POST", "versions/1/restore"),
        ("GET", "reports/no-hits"),
    ],
)
def test_only_administrators_see_and_change_it(client: TestClient, bearer: Bearer, method: str, path: str) -> None:
    tag = {"If-Match": '"1"'}
    body: dict[str, Any] | None = {} if method in ("PUT", "POST") else None

    assert client.request(method, f"/api/v1/steering/{path}", json=body, headers=tag).status_code == 401
    answer = client.request(method, f"/api/v1/steering/{path}", json=body, headers=bearer("publisher") | tag)
    assert answer.status_code == 403


def searched(client: TestClient, words: str, times: int) -> None:
    for _ in range(times):
        assert client.get(f"/search?q={words}").status_code == 200


def test_the_preview_shows_what_frequent_queries_would_find(
    client: TestClient, portal: Portal, key: dict[str, str], ids: dict[str, str]
) -> None:
    searched(client, "空气质量", 3)
    portal.asked.flush(portal.clock().date())
    edit(client, key, pins={"噪声": [ids["card"]]}, synonyms_added=["空气质量, 噪声"])
    told = client.post("/api/v1/steering/draft/preview", headers=key).json()

    assert told["judged"] is None
    pinned, frequent = told["frequent"]
    assert (pinned["query"], pinned["after"][0]["id"], pinned["after"][0]["pinned"]) == ("噪声", ids["card"], True)
    assert (frequent["query"], frequent["overlap"], frequent["same"]) == ("空气质量", 1, False)
    assert [hit["id"] for hit in frequent["before"]] == [ids["air"]]
    assert {hit["id"] for hit in frequent["after"]} >= {ids["air"], ids["noise"]}


def test_the_preview_measures_judged_queries(
    client: TestClient, portal: Portal, key: dict[str, str], ids: dict[str, str], tmp_path: Path
) -> None:
    settings = portal.settings.model_copy(update={"judged_queries": _list_of_cards(portal, tmp_path)})
    edit(client, key, synonyms_added=["蓝卡通, 社会保障卡"])
    with TestClient(create_app(replace(portal, settings=settings))) as measuring:
        told = measuring.post("/api/v1/steering/draft/preview", headers=key).json()["judged"]

    assert told["kinds"]["synonym"] == {"queries": 1, "before": 0.0, "after": 1.0}
    [better] = told["better"]
    assert (better["query"], better["before"]["hits"]) == ("蓝卡通", [])
    assert better["after"]["hits"][0]["title"] == "社会保障卡名单"
    assert told["worse"] == []
    assert ids


def _list_of_cards(portal: Portal, folder: Path) -> Path:
    """A source that was read, and a judgement of it."""
    rows, queries = folder / "cards.json", folder / "queries.jsonl"
    rows.write_text(
        '[{"标题": "社会保障卡名单", "提供单位": "市人社局", "详情页网址": "https://x.example/1"}]', "utf-8"
    )
    queries.write_text('{"id": "1", "query": "蓝卡通", "kind": "synonym", "relevant": {"cards:0": 3}}\n', "utf-8")
    ingest(portal, "list", str(rows), "cards", "auto", lambda *_: None)
    return queries


def test_the_reports_come_from_pages_and_know_nobody(
    client: TestClient, portal: Portal, key: dict[str, str], ids: dict[str, str]
) -> None:
    searched(client, "潜艇", 3)
    searched(client, "空气质量", 3)
    searched(client, "噪声", 3)
    client.get(f"/datasets/{ids['air']}", headers={"Referer": f"http://testserver/search?q={quote('空气质量')}"})
    client.get(f"/datasets/{ids['noise']}", headers={"Referer": f"http://elsewhere/search?q={quote('噪声')}"})
    portal.asked.flush(portal.clock().date())

    def queries(kind: str) -> list[str]:
        return [row["query"] for row in client.get(f"/api/v1/steering/reports/{kind}", headers=key).json()]

    assert queries("no-hits") == ["潜艇"]
    assert queries("unopened") == ["噪声"]
    assert client.get("/api/v1/steering/reports/nothing", headers=key).status_code == 404


def test_counts_are_written_when_the_server_ends(portal: Portal, bearer: Bearer) -> None:
    key = bearer("admin", "平台")
    with TestClient(create_app(portal)) as first:
        searched(first, "潜艇", 3)
    with TestClient(create_app(portal)) as second:
        assert len(second.get("/api/v1/steering/reports/no-hits", headers=key).json()) == 1
