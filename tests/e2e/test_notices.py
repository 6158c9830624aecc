"""A kill while the mail server is down: what was queued is sent once, by the next server."""

import signal
import time
from pathlib import Path

import httpx

from tests.e2e.conftest import Installation
from tests.e2e.test_failures import until
from tests.receivers import MailServer

ADDRESS = "reader@example.org"


def token(mails: MailServer) -> str:
    text = mails.to(ADDRESS)[0].get_content()
    return str(text.partition("/subscriptions/confirm?token=")[2].split()[0])


def test_what_was_queued_before_a_kill_is_sent_once(installation: Installation, tmp_path: Path) -> None:
    mails = MailServer()
    installation.environment |= {"SHUYUAN_SMTP_URL": mails.url, "SHUYUAN_MAIL_FROM": "portal@example.org"}
    key = installation.key("admin", "平台")
    with mails:
        installation.start()
        assert installation.http.post("/api/v1/subscriptions", json={"email": ADDRESS}).status_code == 202
        until(lambda: mails.to(ADDRESS))
        confirm = f"{installation.url}/subscriptions/confirm?token={token(mails)}"
        assert httpx.post(confirm).status_code == 200

    record = {"source_key": "a", "title": "空气质量", "publisher": {"name": "市局"}}
    assert installation.http.post("/api/v1/datasets", json=record, headers=key).status_code == 201
    until(lambda: waiting(installation) == 1)
    installation.stop(signal.SIGKILL)
    with mails:
        installation.start()
        until(lambda: len(mails.to(ADDRESS)) == 2, seconds=90)
        until(lambda: waiting(installation) == 0)
        installation.stop(signal.SIGKILL)
        installation.start()
        time.sleep(5)

        assert [mail["Subject"] for mail in mails.to(ADDRESS)[1:]] == ["新增 1 条：全部目录"]


def waiting(installation: Installation) -> int:
    [subscription] = installation.command("subscriptions", "list", "--json")["subscriptions"]
    return int(subscription["waiting"])


def test_operators_see_and_remove_subscriptions(installation: Installation) -> None:
    installation.start()
    assert installation.http.post("/api/v1/subscriptions", json={"email": ADDRESS}).status_code == 202
    [subscription] = installation.command("subscriptions", "list", "--json")["subscriptions"]

    assert subscription["address"] == ADDRESS
    installation.command("subscriptions", "remove", subscription["id"])
    installation.command("subscriptions", "remove", subscription["id"], code=1)
    assert installation.command("subscriptions", "list", "--json") == {"subscriptions": []}
