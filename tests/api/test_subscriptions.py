"""Subscriptions over HTTP and on the pages: from the results to the confirmation and out again."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalog.app import create_app
from catalog.domain.networks import Use
from catalog.domain.subscriptions import Channel
from catalog.portal import Portal
from catalog.services import letters, news
from catalog.services.networks import Gate
from ingest.carriers import carriers

ADDRESS = "reader@example.org"


@pytest.fixture
def mails(portal: Portal) -> Callable[[], list[EmailMessage]]:
    """Everything that was sent, after the notifier has done what there was to do; oldest first."""

    def sent() -> list[EmailMessage]:
        news.look(portal.database, portal.index, at=portal.clock())
        carry = carriers(portal.settings, Gate(portal.database, portal.clock, Use.WEBHOOK))[Channel.MAIL]
        letters.send(portal.database, Channel.MAIL, carry, "http://testserver", portal.clock)
        paths = sorted(portal.settings.mail_folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]

    return sent


def link(mail: EmailMessage, page: str) -> str:
    found = re.search(rf"http://testserver(/subscriptions/{page}\?token=\w+)", mail.get_content())
    assert found
    return found[1]


def publish(client: TestClient, key: dict[str, str], title: str) -> None:
    body = {"source_key": title, "title": title, "publisher": {"name": "市局"}}
    assert client.post("/api/v1/datasets", json=body, headers=key).status_code == 201


def test_from_the_page_of_results_to_a_mail_and_out_again(
    client: TestClient, mails: Any, bearer: Any, drained: Any, portal: Portal
) -> None:
    key = bearer("admin", "平台")
    publish(client, key, "空气质量")
    drained()
    page = client.get("/search?q=空气&publisher=市局").text
    form = re.search(r'href="(/subscriptions/new\?[^"]+)"', page)
    assert form
    opened = client.get(form[1].replace("&amp;", "&")).text
    assert '<input type="hidden" name="publisher" value="市局">' in opened
    sent = {"q": "空气", "publisher": "市局", "channel": "email", "address": ADDRESS, "how_often": "daily"}
    assert ADDRESS in client.post("/subscriptions/new", data=sent).text

    [asking] = mails()
    confirm = link(asking, "confirm")
    assert client.get(confirm).status_code == 200
    publish(client, key, "空气站点")
    drained()
    assert len(mails()) == 1  # a link that a mail program only opens confirms nothing
    assert client.post(confirm).status_code == 200
    publish(client, key, "空气预报")
    drained()

    news_of = mails()[-1]
    assert "空气预报" in news_of.get_content()
    assert "空气站点" not in news_of.get_content()
    end = link(news_of, "end")
    assert news_of["List-Unsubscribe"] == f"<http://testserver{end}>"
    assert "退订" in client.get(end).text
    one_click = client.post(end, data={"List-Unsubscribe": "One-Click"}, headers={"user-agent": "a mail program"})
    assert one_click.status_code == 200
    assert client.post(end).status_code == 200  # once more changes nothing
    assert "已退订" in client.get(end).text
    with portal.database.reading() as tx:
        assert tx.subscriptions.listed() == []


def test_a_program_subscribes_with_a_webhook_and_sees_the_secret_once(client: TestClient) -> None:
    body = {"q": "空气", "filters": {"theme": ["城市"]}, "webhook": "https://example.org/hook", "frequency": "at_once"}

    answer = client.post("/api/v1/subscriptions", json=body)

    assert answer.status_code == 202
    assert answer.json()["channel"] == "webhook"
    assert answer.json()["secret"].startswith("whsec_")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "email"),
        ({"email": "nobody"}, "email"),
        ({"webhook": "http://example.org/"}, "webhook"),
        ({"email": ADDRESS, "filters": {"colour": ["red"]}}, "colour"),
        ({"email": ADDRESS, "q": "x" * 501}, "q"),
        ({"email": ADDRESS, "frequency": "hourly"}, "frequency"),
    ],
)
def test_what_is_wrong_is_said(client: TestClient, body: dict[str, Any], field: str) -> None:
    answer = client.post("/api/v1/subscriptions", json=body)

    assert answer.status_code == 422
    assert answer.json()["field"] == field


def test_too_many_that_wait_are_refused(client: TestClient) -> None:
    codes = [client.post("/api/v1/subscriptions", json={"email": ADDRESS, "q": str(n)}).status_code for n in range(6)]

    assert codes == [202] * 5 + [429]


def test_from_one_client_no_more_than_twenty_are_taken_an_hour(client: TestClient, portal: Portal) -> None:
    def sent(number: int) -> Any:
        body = {"email": f"reader{number}@example.org"}
        return client.post("/api/v1/subscriptions", json=body, headers={"accept-language": "en"})

    answers = [sent(number) for number in range(20)]
    refused = sent(20)
    form = client.post("/subscriptions/new", data={"channel": "email", "address": ADDRESS, "how_often": "daily"})

    assert {answer.status_code for answer in answers} == {202}
    assert (refused.status_code, refused.json()["title"]) == (429, "ThrottledError")
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert form.status_code == 429
    assert "同一来源的操作过于频繁" in form.text
    assert f'value="{ADDRESS}"' in form.text
    with portal.database.reading() as tx:
        assert len(tx.subscriptions.listed()) == 20


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [("192.0.2.1", "192.0.2.2", False), ("2001:db8::1", "2001:db8::2", True), ("2001:db8::1", "2001:db8:1::", False)],
)
def test_a_client_is_an_address_or_the_network_of_a_customer(
    portal: Portal, first: str, second: str, *, same: bool
) -> None:
    def codes(address: str, span: range) -> set[int]:
        client = TestClient(create_app(portal), client=(address, 1))
        bodies = ({"email": f"reader{number}@example.org"} for number in span)
        return {client.post("/api/v1/subscriptions", json=body).status_code for body in bodies}

    assert codes(first, range(20)) == {202}
    assert codes(second, range(20, 21)) == {429 if same else 202}


def test_a_form_with_a_mistake_keeps_what_was_typed(client: TestClient) -> None:
    sent = {"q": "空气", "theme": ["城市", "交通"], "channel": "email", "address": "nobody@", "how_often": "at_once"}

    answer = client.post("/subscriptions/new", data=sent)

    assert answer.status_code == 422
    assert 'value="nobody@"' in answer.text
    assert answer.text.count('name="theme"') == 2
    assert "这不是有效的电子邮件地址" in answer.text
    assert re.search(r'name="how_often" value="at_once" checked', answer.text)


def test_a_form_from_another_site_is_refused(client: TestClient) -> None:
    sent = {"channel": "email", "address": ADDRESS}

    assert client.post("/subscriptions/new", data=sent, headers={"origin": "https://evil.example"}).status_code == 403


def test_a_link_that_no_longer_holds_is_a_page(client: TestClient) -> None:
    assert client.get("/subscriptions/confirm?token=x").status_code == 410
    assert client.post("/subscriptions/confirm?token=x").status_code == 410
    assert client.get("/subscriptions/end?token=x").status_code == 200


def test_what_was_looked_for_instead_is_what_is_subscribed_to(client: TestClient, bearer: Any, drained: Any) -> None:
    publish(client, bearer("admin", "平台"), "空气质量监测")
    drained()

    page = client.get("/search?q=kongqizhiliang").text

    assert "/subscriptions/new?q=%E7%A9%BA%E6%B0%94" in page


def test_a_search_is_told_in_words_and_not_in_codes(client: TestClient, mails: Any) -> None:
    filters = {"place": ["510502"], "format": ["csv"], "modified": ["2026-01-01/.."]}
    client.post("/api/v1/subscriptions", json={"email": ADDRESS, "q": "空气", "filters": filters})

    [asking] = mails()

    assert "空气; 泸州市江阳区; CSV; 2026-01-01 – …" in asking["Subject"]
