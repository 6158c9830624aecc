"""A record that a reader may not see is answered like one that never existed, at every address that takes an id."""

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from tests import permissions
from tests.leaks import TRIED

Bearer = Callable[..., dict[str, str]]
NEVER = "zzzzzzzzzzzzzzzz"
#: What differs between any two answers.
_OWN = {"date", "x-request-id", "content-length"}
BODY = {"title": "空气", "publisher": {"name": "市教育局"}}
HIDDEN = [
    {"visibility": "draft"},
    {"visibility": "private"},
    {"visibility": "embargoed", "public_from": "2099-01-01"},
    {"grade": "core"},
]


@pytest.fixture(params=HIDDEN, ids=["draft", "private", "embargoed", "classified"])
def hidden(request: pytest.FixtureRequest, client: TestClient, bearer: Bearer, drained: Callable[[], None]) -> str:
    """A record of the department of weather that others may not see."""
    record = {"source_key": "secret", "title": "保密的降雨", "publisher": {"name": "市气象局"}, **request.param}
    made = client.post("/api/v1/datasets", json=record, headers=bearer("steward", "市气象局")).json()
    drained()
    assert made["standing"] != "public"
    assert made["not_public"]
    return str(made["id"])


@pytest.fixture(params=["guest", "steward", "applicant", "registrar", "auditor"])
def reader(request: pytest.FixtureRequest, bearer: Bearer) -> dict[str, str]:
    """Somebody who may not see it."""
    return {} if request.param == "guest" else bearer(request.param, "市教育局")


def told(answer: Response, dataset_id: str) -> tuple[object, ...]:
    """An answer without what is said of the id itself, and of the moment."""
    headers = {name: value for name, value in answer.headers.items() if name not in _OWN and "rate" not in name}
    return answer.status_code, headers, re.sub(dataset_id, "ID", answer.text)


def _takers(client: TestClient) -> Iterator[tuple[str, str]]:
    assert isinstance(client.app, FastAPI)
    for path, method, _ in permissions.addresses(client.app):
        if "{dataset_id}" in path:
            yield path, method


def test_every_address_answers_as_if_it_never_existed(client: TestClient, hidden: str, reader: dict[str, str]) -> None:
    tried = 0
    for path, method in _takers(client):
        for more in ({}, {"If-Match": '"1"'}):
            answers = [
                client.request(
                    method,
                    re.sub(r"\{\w+\}", dataset_id, path),
                    headers=reader | more,
                    follow_redirects=False,
                    json=BODY if method in ("POST", "PUT") else None,
                )
                for dataset_id in (hidden, NEVER)
            ]
            assert told(answers[0], hidden) == told(answers[1], NEVER), (method, path)
            assert "etag" not in answers[0].headers
            assert "降雨" not in answers[0].text
            tried += 1
    assert tried > 10
    TRIED["addresses asked for a hidden record and for none"] += tried


@pytest.mark.parametrize("field", ["made_from", "successor"])
def test_what_names_a_hidden_record_is_refused_like_what_names_none(
    client: TestClient, bearer: Bearer, hidden: str, field: str
) -> None:
    headers = bearer("steward", "市教育局")
    own = client.post("/api/v1/datasets", json={"source_key": "own", **BODY}, headers=headers).json()

    def asked(dataset_id: str) -> Response:
        if field == "successor":
            address = f"/api/v1/datasets/{own['id']}?successor={dataset_id}"
            return client.delete(address, headers=headers | {"If-Match": '"1"'})
        body = {"source_key": f"from {dataset_id}", "made_from": [dataset_id], **BODY}
        return client.post("/api/v1/datasets", json=body, headers=headers)

    assert told(asked(hidden), hidden) == told(asked(NEVER), NEVER)
    assert asked(hidden).status_code == 422
    TRIED["references to hidden records"] += 2


def test_a_key_that_a_hidden_record_has_is_free_for_others(client: TestClient, bearer: Bearer, hidden: str) -> None:
    headers = bearer("steward", "市教育局")

    made = client.post("/api/v1/datasets", json={"source_key": "secret", **BODY}, headers=headers)
    again = client.post("/api/v1/datasets", json={"source_key": "secret", **BODY}, headers=headers)

    assert made.status_code == 201
    assert made.json()["source_key"] == "secret"
    assert made.json()["id"] != hidden
    assert again.status_code == 409
    TRIED["keys of hidden records"] += 1


def test_the_search_and_its_files_know_nothing_of_it(client: TestClient, hidden: str, reader: dict[str, str]) -> None:
    for address in (
        "/api/v1/search?q=保密的降雨",
        "/api/v1/search?q=baomidejiangyu",
        "/api/v1/search?cursor=*",
        "/api/v1/search/facets/publisher",
        "/api/v1/suggest?q=保密",
        "/api/v1/datasets",
        "/search/export.csv?q=保密的降雨",
        "/search/export.jsonl",
        "/search/feed.atom?q=降雨",
        "/search?q=保密的降雨",
        "/suggest?q=保密",
        "/health/ready",
        "/",
    ):
        answer = client.get(address, headers=reader)
        said = answer.text.replace("保密的降雨</", "").replace('value="保密的降雨"', "")
        assert hidden not in answer.text, address
        assert "市气象局" not in said, address
        TRIED["searches, feeds and files over HTTP"] += 1
