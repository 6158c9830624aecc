"""A restore, rehearsed as operators would: people, second factors, keys, grants and audit live on; keys lie apart."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import pyotp
import pytest

from tests import engines
from tests.e2e.conftest import ROOT, Installation, _end
from tests.people import PASSWORD
from tests.web.conftest import csrf_of

EMAIL = "wang.fang@example.cn"
TRAFFIC = ROOT / "samples" / "products" / "traffic-index"
WISH = {"purpose": "research", "words": "城市交通研究", "days": 30, "calls": 700}


@pytest.fixture
def elsewhere(installation: Installation, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """Another installation on the same stack, with nothing in it."""
    other = {"SHUYUAN_DATA": str(tmp_path / "elsewhere" / "var")}
    with ExitStack() as stack:
        if "SHUYUAN_DATABASE_URL" in installation.environment:
            server = request.getfixturevalue("postgres_server")
            other["SHUYUAN_DATABASE_URL"] = stack.enter_context(engines.database(server))
            other["SHUYUAN_ELASTICSEARCH_INDEX"] = f"test-{uuid4().hex}"
        made = Installation(installation.environment | other)
        yield made
        _end(made)


def sign_in(http: httpx.Client) -> None:
    answer = http.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
    assert answer.is_redirect, answer.text


def an_administrator(installation: Installation) -> tuple[pyotp.TOTP, list[str], httpx.Cookies]:
    """Made by command, signed in with a password, with a second factor: the app, the recovery codes, the session."""
    made = installation.command("people", "create-admin", "--email", EMAIL, "--role", "security_admin", "--json")
    with httpx.Client(base_url=installation.url, timeout=30) as http:
        assert http.post(made["link"].partition("8000")[2], data={"password": PASSWORD}).is_redirect
        sign_in(http)

        def send(path: str, **fields: str) -> str:
            csrf = csrf_of(http.get("/profile").text)
            return http.post(f"/profile/second-factor/{path}", data={"csrf": csrf, **fields}).text

        secret = re.findall(r'<pre id="secret"[^>]*><code>(\w+)', send("begin", password=PASSWORD))[0]
        app = pyotp.TOTP(secret)
        codes = re.findall(r"\w{4}-\w{4}-\w{4}-\w{4}", send("confirm", code=app.now()))
        return app, codes, http.cookies


def a_grant(installation: Installation) -> tuple[str, str, dict[str, str]]:
    """A product that one bank may fetch, with one call used: its id, the token, the key of the applicant."""
    made = installation.command(
        "products", "register", f"{TRAFFIC}.json", "--file", f"{TRAFFIC}.csv", "--json"
    )  # fmt: skip
    applicant, officer = (
        installation.key("applicant", "甲银行"),
        installation.key("access_officer", "省大数据发展管理局"),
    )
    with httpx.Client(base_url=installation.url, timeout=30) as http:
        asked = http.post("/api/v1/requests", json=WISH | {"product": made["id"]}, headers=applicant).json()
        step = f"/api/v1/requests/{asked['id']}"
        http.post(f"{step}/approve", json={"calls": 2, "days": 30}, headers=officer).raise_for_status()
        token = http.post(f"{step}/token", headers=applicant).json()["token"]
        http.get(f"/data/{made['id']}", headers={"Authorization": f"Bearer {token}"}).raise_for_status()
    return made["id"], token, applicant


def a_change(installation: Installation) -> None:
    """Of whom to ask about a record, which is personal: the audit has a digest of it, and the text apart."""
    steward = installation.key("steward", "市局")
    record = {"source_key": "a", "title": "空气质量", "publisher": {"name": "市局"}, "contact": "王工 0830-1"}
    with httpx.Client(base_url=installation.url, headers=steward, timeout=30) as http:
        made = http.post("/api/v1/datasets", json=record)
        changed = record | {"contact": "李工 0830-2"}
        del changed["source_key"]
        http.put(
            f"/api/v1/datasets/{made.json()['id']}", json=changed, headers={"If-Match": made.headers["ETag"]}
        ).raise_for_status()


def test_people_keys_and_grants_live_on_where_a_backup_is_restored(
    installation: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    installation.start()
    app, codes, session = an_administrator(installation)
    product, token, applicant = a_grant(installation)
    a_change(installation)
    history = installation.command("audit", "check", "--json")
    installation.command("backup", str(tmp_path / "backup.tar"))
    assert installation.stop() == 0

    elsewhere.command("restore", str(tmp_path / "backup.tar"), "--json")
    elsewhere.start()
    with httpx.Client(base_url=elsewhere.url, cookies=session, timeout=30) as http:
        # The session was somewhere else; the key that second factors are sealed with lies apart.
        assert http.get("/profile").status_code == 401
        sign_in(http)
        assert http.post("/sign-in/code", data={"code": app.now()}).status_code == 503
        assert http.post("/sign-in/code", data={"code": codes[0]}).is_redirect
        # What was used up stays so, and what was left is there.
        assert http.get("/api/v1/requests", headers=applicant).json()[0]["state"] == "granted"
        statuses = [
            http.get(f"/data/{product}", headers={"Authorization": f"Bearer {token}"}).status_code for _ in "12"
        ]
        assert statuses == [200, 429]

    assert elsewhere.stop() == 0
    shutil.copy(f"{installation.environment['SHUYUAN_DATA']}/secrets.key", elsewhere.environment["SHUYUAN_DATA"])
    elsewhere.start()
    with httpx.Client(base_url=elsewhere.url, timeout=30) as http:
        sign_in(http)
        assert http.post("/sign-in/code", data={"code": codes[0]}).status_code == 422
        # The code that switched it on is used up; the next one is taken early, as of an app whose clock goes ahead.
        assert http.post("/sign-in/code", data={"code": app.at(int(time.time()) + 30)}).is_redirect
        assert http.get("/profile").status_code == 200
    assert elsewhere.command("index", "check", "--json")["missing"] == 0
    checked = elsewhere.command("audit", "check", "--json")
    assert checked["changed"] == history["changed"] == 0
    assert checked["intact"] >= history["intact"] > 0
