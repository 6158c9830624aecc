"""Every page and endpoint, as everybody and with each key: headers, cookies, and forms that pages of ours send."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from catalog import web
from tests.people import PASSWORD, add_person
from tests.serving import application
from tests.web.conftest import Filled

#: Nobody, the holders of keys, and somebody with an account.
KEYS = ("admin", "steward", "access_officer", "applicant")
WHO = ("", *KEYS, "person")
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
#: Forms of people who are not signed in yet, so there is no session to ride on; where they come from is checked, and
#: what confirms, ends or resets something is the secret in its address.
WITHOUT_TOKEN = frozenset(
    {
        "/sign-in",
        "/sign-in/key",
        "/sign-in/code",
        "/sign-up",
        "/sign-up/confirm",
        "/reset",
        "/reset/choose",
        "/profile/address/confirm",
        "/subscriptions/new",
        "/subscriptions/confirm",
        "/subscriptions/end",
    }
)


class Forms(HTMLParser):
    """The forms of a page: method, address, and the names of their fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, set[str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.found.append((given.get("method") or "get", given.get("action") or "", set()))
        elif "name" in given and self.found:
            self.found[-1][2].add(given["name"] or "")


@pytest.fixture(scope="module")
def pages() -> dict[str, Any]:
    """Every page: path → its operations."""
    app = FastAPI()
    app.include_router(web.router)
    paths: dict[str, Any] = app.openapi()["paths"]
    return paths


def _filled_in(path: str, filled: Filled) -> str:
    known = {
        "dataset_id": filled.product_id,
        "request_id": filled.granted_id,
        "run_id": filled.run_id,
        "network_id": filled.network_id,
        "number": "0",
        "name": "theme",
        "form": "csv",
    }
    return re.sub(r"\{(\w+)\}", lambda place: known.get(place[1], "x"), path)


@pytest.fixture
def safe(filled: Filled) -> Iterator[TestClient]:
    """The portal over HTTPS."""
    with TestClient(application(filled.portal), base_url="https://testserver", follow_redirects=False) as client:
        yield client


def _enter(client: TestClient, filled: Filled, who: str) -> None:
    client.cookies.clear()
    if who == "person":
        with filled.portal.database.transaction() as tx:
            add_person(tx, "zhao@example.cn", at=filled.portal.clock())
        sent = {"email": "zhao@example.cn", "password": PASSWORD}
        assert client.post("/sign-in", data=sent).status_code == 303
    elif who:
        assert client.post("/sign-in/key", data={"key": filled.secrets[who]}).status_code == 303


@pytest.mark.parametrize("who", WHO)
def test_every_answer_is_protected(safe: TestClient, filled: Filled, pages: dict[str, Any], who: str) -> None:
    _enter(safe, filled, who)
    described = safe.get("/openapi.json").json()["paths"]
    addresses = [path for path, methods in {**pages, **described}.items() if "get" in methods]

    for path in [*addresses, "/nothing/here", "/openapi.json", "/api/v1/nothing"]:
        answer = safe.get(_filled_in(path, filled))
        _check_headers(answer.headers, path)
        kept = answer.headers.get("cache-control", "")
        assert answer.status_code < 500, path
        assert "no-store" in kept or not who or "public" in kept, (path, kept)
        assert "public" not in kept or path.startswith("/static/"), path


@pytest.mark.parametrize("who", KEYS)
def test_what_a_key_is_shown_is_kept_nowhere(client: TestClient, filled: Filled, who: str) -> None:
    key = {"Authorization": f"Bearer {filled.secrets[who]}"}
    paths = client.get("/openapi.json").json()["paths"]

    for path in (path for path, methods in paths.items() if "get" in methods):
        answer = client.get(_filled_in(path, filled), headers=key)
        assert answer.headers["cache-control"] == "no-store", path
        assert "strict-transport-security" not in answer.headers


def _check_headers(headers: Any, path: str) -> None:
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert {name: policy.get(name) for name in POLICY} == POLICY, path
    assert "unsafe" not in headers["content-security-policy"], path
    assert "*" not in headers["content-security-policy"], path
    assert headers["x-content-type-options"] == "nosniff", path
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin", path
    assert headers["cross-origin-opener-policy"] == "same-origin", path
    assert "camera=()" in headers["permissions-policy"], path
    assert headers["strict-transport-security"] == "max-age=31536000", path
    assert "access-control-allow-origin" not in headers, path


@pytest.mark.parametrize("who", WHO)
def test_every_form_carries_its_token(safe: TestClient, filled: Filled, pages: dict[str, Any], who: str) -> None:
    _enter(safe, filled, who)
    met = set()

    for path in (path for path, methods in pages.items() if "get" in methods):
        for method, action, fields in Forms(safe.get(_filled_in(path, filled)).text).found:
            if method.lower() == "post":
                met.add(action.partition("?")[0])
                assert "csrf" in fields or action.partition("?")[0] in WITHOUT_TOKEN, (path, action)

    assert met


def test_every_page_that_takes_a_form_refuses_one_without_its_token(
    safe: TestClient, filled: Filled, pages: dict[str, Any]
) -> None:
    _enter(safe, filled, "admin")
    takers = {path for path, methods in pages.items() if "post" in methods}

    assert takers >= WITHOUT_TOKEN
    for path in sorted(takers - WITHOUT_TOKEN):
        for sent in ({}, {"csrf": ""}, {"csrf": "0" * 64}):
            assert safe.post(_filled_in(path, filled), data=sent).status_code == 403, path


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Referer": "https://evil.example/x"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_no_form_is_taken_from_elsewhere(
    safe: TestClient, filled: Filled, pages: dict[str, Any], headers: dict[str, str]
) -> None:
    _enter(safe, filled, "admin")
    takers = {path for path, methods in pages.items() if "post" in methods}

    for path in sorted(takers - {"/subscriptions/confirm", "/subscriptions/end"}):
        assert safe.post(_filled_in(path, filled), data={}, headers=headers).status_code == 403, path


def test_every_cookie_is_out_of_reach_of_scripts_and_of_other_sites(safe: TestClient, filled: Filled) -> None:
    session = safe.post("/sign-in/key", data={"key": filled.secrets["admin"]}).headers["set-cookie"]
    language = safe.get("/?lang=en").headers["set-cookie"]

    for cookie in (session, language):
        flags = {part.strip().lower() for part in cookie.split(";")}
        assert {"httponly", "secure", "samesite=lax", "path=/"} <= flags, cookie


@pytest.mark.parametrize("path", ["/sign-in", "/subscriptions/new", "/runs", "/api/v1/subscriptions", "/api/v1/runs"])
def test_no_body_is_larger_than_is_allowed(safe: TestClient, filled: Filled, path: str) -> None:
    _enter(safe, filled, "admin")

    answer = safe.post(path, content=b"a" * (3 << 20), headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert answer.status_code in {401, 413}, path
    assert answer.status_code == 413 or "runs" in path
