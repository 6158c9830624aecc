"""From what is new to who is told of it: on both databases, with a real mail server and a real receiver of webhooks."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.domain.datasets import Dataset, Identity
from catalog.domain.errors import GoneError, InvalidError, NotFoundError, TooManyWaitingError
from catalog.domain.networks import Use
from catalog.domain.people import OPERATOR
from catalog.domain.subscriptions import Channel, NoticeFrequency, Subscription
from catalog.formats.webhooks import signed
from catalog.services import datasets, indexing, letters, networks, news, subscriptions
from catalog.services.networks import Gate
from catalog.services.subscriptions import Wish
from catalog.settings import Settings
from catalog.store.database import Database
from ingest.carriers import carriers
from search.embedded import EmbeddedIndex
from tests.receivers import HookServer, MailServer, allow

START = datetime(2026, 1, 1, tzinfo=UTC)
ADDRESS = "reader@example.org"
PORTAL = "https://data.example.gov.cn"


@dataclass
class Desk:
    """A portal with its subscribers; time goes on when it is told to."""

    database: Database
    settings: Settings
    now: datetime = START
    #: The id of the network that receivers are in.
    network: str = ""
    index: EmbeddedIndex = field(default_factory=lambda: EmbeddedIndex(None))

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def publish(self, key: str, title: str, **more: object) -> str:
        body = {"title": title, "publisher": {"name": "市局"}} | more
        with self.database.transaction() as tx:
            identity = Identity(source="portal", source_key=key)
            stored = datasets.publish(tx, OPERATOR, identity, Dataset.model_validate(body), at=self.now)
        self.drain()
        return stored.id

    def replace(self, dataset_id: str, revision: int, title: str, **more: object) -> None:
        body = Dataset.model_validate({"title": title, "publisher": {"name": "市局"}} | more)
        with self.database.transaction() as tx:
            datasets.replace(tx, OPERATOR, dataset_id, body, revision=revision, at=self.now)
        self.drain()

    def drain(self) -> None:
        while indexing.drain(self.database, self.index):
            pass

    def wish(self, words: str = "空气", **more: Any) -> Subscription:
        given = {"email": ADDRESS} if "webhook" not in more else {}
        wish = Wish(words, **{"filters": {}, "language": "zh", **given, **more})
        with self.database.transaction() as tx:
            return subscriptions.subscribe(tx, wish, client="", at=self.now)

    def confirm(self, token: str) -> None:
        with self.database.transaction() as tx:
            subscriptions.confirm(tx, token, at=self.now)

    def work(self) -> None:
        """What the notifier does, until there is nothing left to do now."""
        while news.look(self.database, self.index, at=self.now):
            pass
        for channel, carry in carriers(self.settings, Gate(self.database, lambda: self.now, Use.WEBHOOK)).items():
            while letters.send(self.database, channel, carry, PORTAL, lambda: self.now):
                pass

    def waiting(self) -> int:
        with self.database.reading() as tx:
            return sum(tx.outbox.waiting(channel) for channel in Channel)

    def subscribers(self) -> list[Subscription]:
        with self.database.reading() as tx:
            return tx.subscriptions.listed()


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def desk(database: Database, tmp_path: Path, mail_server: MailServer) -> Desk:
    settings = Settings(
        data=tmp_path,
        smtp_url=mail_server.url,
        mail_from="portal@example.gov.cn",
        _env_file=None,
    )
    desk = Desk(database, settings)
    desk.network = allow(database, Use.WEBHOOK).id
    return desk


def token(text: str, page: str) -> str:
    found = re.search(rf"{PORTAL}/subscriptions/{page}\?token=(\w+)", text)
    assert found
    return found[1]


def subscribed(desk: Desk, server: MailServer, words: str = "空气", **more: Any) -> Subscription:
    subscription = desk.wish(words, **more)
    desk.work()
    desk.confirm(token(server.mails[-1].get_content(), "confirm"))
    server.mails.clear()
    return subscription


def test_a_reader_confirms_is_told_of_what_is_new_and_leaves_nothing_behind(
    desk: Desk, mail_server: MailServer
) -> None:
    desk.publish("old", "空气质量旧数据")
    subscribed(desk, mail_server)
    desk.publish("new", "空气质量新数据")
    desk.publish("other", "公积金缴存")

    desk.work()

    [mail] = mail_server.mails
    assert mail["To"] == ADDRESS
    assert mail["Subject"] == "新增 1 条：空气"
    assert "空气质量新数据" in mail.get_content()
    assert "旧数据" not in mail.get_content()
    assert "公积金" not in mail.get_content()
    with desk.database.transaction() as tx:
        subscriptions.end(tx, token(mail.get_content(), "end"), at=desk.now)
    desk.publish("newer", "空气质量更新的数据")
    desk.later(days=2)
    desk.work()
    assert len(mail_server.mails) == 1
    assert ADDRESS not in everything_kept(desk)


def everything_kept(desk: Desk) -> str:
    with desk.database.reading() as tx:
        return "".join(str(row) for name in tx.dump.tables() for row in tx.dump.rows(name))


def test_a_mail_can_be_ended_with_one_click_and_says_so_on_one_line(desk: Desk, mail_server: MailServer) -> None:
    subscribed(desk, mail_server, filters={"publisher": ["市局"]})
    desk.publish("new", "空气质量")
    desk.work()

    [mail] = mail_server.mails
    line = next(line for line in mail_server.raw[-1].split(b"\r\n") if line.startswith(b"List-Unsubscribe:"))
    assert re.fullmatch(rb"List-Unsubscribe: <https://data\.example\.gov\.cn/subscriptions/end\?token=\w+>", line)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.gov.cn>")
    assert all(len(line) <= 998 for line in mail_server.raw[-1].split(b"\r\n"))


def test_nobody_is_told_before_the_address_is_confirmed(desk: Desk, mail_server: MailServer) -> None:
    desk.wish()
    desk.publish("new", "空气质量")
    desk.work()
    desk.later(days=2)
    desk.work()

    assert len(mail_server.mails) == 1
    assert mail_server.mails[0]["Subject"].startswith("请确认")


def test_a_link_that_confirms_is_kept_as_a_digest_only_and_expires(desk: Desk, mail_server: MailServer) -> None:
    desk.wish()
    desk.work()
    secret = token(mail_server.mails[0].get_content(), "confirm")
    assert secret not in everything_kept(desk)

    desk.later(days=3, seconds=1)
    with pytest.raises(GoneError):
        desk.confirm(secret)
    with desk.database.transaction() as tx:
        subscriptions.sweep(tx, at=desk.now)
    assert ADDRESS not in everything_kept(desk)


def test_confirming_twice_changes_nothing(desk: Desk, mail_server: MailServer) -> None:
    desk.wish()
    desk.work()
    secret = token(mail_server.mails[0].get_content(), "confirm")
    desk.confirm(secret)
    desk.publish("new", "空气质量")
    desk.confirm(secret)
    desk.work()

    assert len(mail_server.mails) == 2
    with pytest.raises(GoneError):
        desk.confirm("shuyuan_confirm_nonsense")


@pytest.mark.parametrize(
    ("frequency", "pause"), [(NoticeFrequency.DAILY, {"days": 1}), (NoticeFrequency.AT_ONCE, {"minutes": 1})]
)
def test_what_is_new_within_the_pause_is_told_together_after_it(
    desk: Desk, mail_server: MailServer, frequency: NoticeFrequency, pause: dict[str, float]
) -> None:
    subscribed(desk, mail_server, frequency=frequency)
    desk.publish("a", "空气质量一")
    desk.work()
    for key in "bcd":
        desk.publish(key, f"空气质量{key}")
        desk.work()
    assert len(mail_server.mails) == 1

    desk.later(**pause)
    desk.work()

    assert [mail["Subject"] for mail in mail_server.mails] == ["新增 1 条：空气", "新增 3 条：空气"]


def test_a_record_is_news_when_it_becomes_findable_and_not_when_it_changes(desk: Desk, mail_server: MailServer) -> None:
    hidden = desk.publish("hidden", "空气质量内部数据", visibility="private")
    known = desk.publish("known", "空气质量")
    subscribed(desk, mail_server, frequency=NoticeFrequency.AT_ONCE)

    desk.replace(known, 1, "空气质量第二版")
    desk.work()
    assert mail_server.mails == []

    desk.later(minutes=2)
    desk.replace(hidden, 1, "空气质量内部数据")
    desk.work()
    [mail] = mail_server.mails
    assert hidden in mail.get_content()


def test_what_is_hidden_again_before_the_mail_leaves_is_not_named(desk: Desk, mail_server: MailServer) -> None:
    subscribed(desk, mail_server)
    stays, goes = desk.publish("a", "空气质量一"), desk.publish("b", "空气质量二")
    assert news.look(desk.database, desk.index, at=desk.now) == 1
    desk.replace(goes, 1, "空气质量二", visibility="private")
    desk.work()

    [mail] = mail_server.mails
    assert mail["Subject"] == "新增 1 条：空气"
    assert stays in mail.get_content()
    assert goes not in mail.get_content()


def test_a_search_means_what_it_means_on_the_page(desk: Desk, mail_server: MailServer) -> None:
    subscribed(desk, mail_server, "空氣質量", filters={"theme": ["生态环境", "城市"]}, language="en")
    desk.publish("a", "空气质量", themes=["城市"])
    desk.publish("b", "空气质量", themes=["交通"])
    desk.work()

    [mail] = mail_server.mails
    assert mail["Subject"] == "1 new: 空氣質量; 生态环境; 城市"
    assert mail["Content-Language"] == "en"


def test_many_records_are_counted_and_the_first_are_named(
    desk: Desk, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "PORTION", 7)
    subscribed(desk, mail_server, "")
    for number in range(30):
        desk.publish(f"k{number}", f"数据{number}")
    desk.work()

    [mail] = mail_server.mails
    assert mail["Subject"] == "新增 30 条：全部目录"
    assert mail.get_content().count(f"{PORTAL}/datasets/") == news.NAMED


def test_nothing_is_looked_for_in_an_index_that_is_being_built(desk: Desk, mail_server: MailServer) -> None:
    subscribed(desk, mail_server)
    desk.publish("a", "空气质量")
    full, desk.index = desk.index, EmbeddedIndex(None)
    desk.work()
    assert mail_server.mails == []

    desk.index = full
    desk.work()
    assert len(mail_server.mails) == 1


def test_a_dead_mail_server_loses_nothing_and_nothing_is_sent_twice(desk: Desk, mail_server: MailServer) -> None:
    subscribed(desk, mail_server)
    mail_server.__exit__()
    desk.publish("a", "空气质量")
    desk.work()
    desk.later(hours=1)
    desk.work()
    assert desk.waiting() == 1

    mail_server.__enter__()
    desk.work()
    assert mail_server.mails == []  # it waits its turn
    for _ in range(3):
        desk.later(days=30)
        desk.work()

    assert len(mail_server.mails) == 1
    assert desk.waiting() == 0


def test_a_mail_box_that_is_full_is_tried_again_and_one_that_is_gone_ends_the_subscription(
    desk: Desk, mail_server: MailServer
) -> None:
    subscribed(desk, mail_server)
    desk.publish("a", "空气质量")
    mail_server.answer = "452 full"
    desk.work()
    assert (len(desk.subscribers()), desk.waiting()) == (1, 1)

    mail_server.answer = "550 no such user"
    desk.later(hours=1)
    desk.work()
    assert (desk.subscribers(), desk.waiting(), mail_server.mails) == ([], 0, [])


def test_without_a_mail_server_mails_are_files(desk: Desk, mail_server: MailServer) -> None:
    desk.settings = desk.settings.model_copy(update={"smtp_url": ""})
    desk.wish()
    desk.work()
    desk.work()

    [path] = desk.settings.mail_folder.iterdir()
    assert path.suffix == ".eml"
    assert b"List-Unsubscribe: <" in path.read_bytes()
    assert mail_server.mails == []


def test_a_password_is_not_sent_in_the_clear(desk: Desk, mail_server: MailServer) -> None:
    url = f"smtp://user:secret@127.0.0.1:{mail_server.port}"
    desk.settings = desk.settings.model_copy(update={"smtp_url": url})
    desk.wish()
    desk.work()

    assert mail_server.mails == []
    assert desk.waiting() == 1


def told(hook: HookServer) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in hook.received]


def test_a_webhook_confirms_itself_is_told_and_can_check_who_speaks(desk: Desk) -> None:
    with HookServer() as hook:
        subscription = desk.wish(webhook=hook.url)
        desk.work()
        [asked] = told(hook)
        assert asked["type"] == "subscription.confirmation"
        desk.confirm(token(asked["data"]["confirm"], "confirm"))
        new = desk.publish("a", "空气质量")
        desk.work()

        headers, body = hook.received[-1]
        event = json.loads(body)

    assert event["type"] == "subscription.news"
    assert event["data"]["total"] == 1
    assert event["data"]["records"] == [
        {
            "id": new,
            "title": "空气质量",
            "publisher": "市局",
            "modified": None,
            "url": f"{PORTAL}/datasets/{new}",
        }
    ]
    assert event["data"]["unsubscribe"].startswith(f"{PORTAL}/subscriptions/end?token=")
    assert subscription.secret
    key = base64.b64decode(subscription.secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The vector that the specification's own libraries are tested with."""
    headers = signed(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_webhook_is_tried_until_it_takes_the_event_and_then_no_more(desk: Desk, status: int) -> None:
    with HookServer(status, status, 204) as hook:
        desk.wish(webhook=hook.url)
        for _ in range(6):
            desk.work()
            desk.later(hours=1)

        assert len(hook.received) == 3
        assert len({headers["webhook-id"] for headers, _ in hook.received}) == 1
        assert desk.waiting() == 0


def test_a_webhook_that_is_gone_ends_the_subscription_and_one_that_never_answers_loses_the_event(desk: Desk) -> None:
    with HookServer(410) as hook:
        desk.wish(webhook=hook.url)
        desk.work()
    assert desk.subscribers() == []

    desk.wish(webhook="http://127.0.0.1:9/")
    for _ in range(12):
        desk.work()
        desk.later(hours=12)
    assert desk.waiting() == 0


def test_a_webhook_in_a_private_network_is_not_called(desk: Desk) -> None:
    with HookServer() as hook:
        desk.wish(webhook=hook.url)
        with desk.database.transaction() as tx:
            networks.end(tx, OPERATOR, desk.network, at=desk.now)
        desk.work()

        assert hook.received == []


@pytest.mark.parametrize(
    "given",
    [
        {"email": "nobody"},
        {"email": "a@b"},
        {"email": "a@example.org\r\nBcc: b@example.org"},
        {"webhook": "ftp://example.org/"},
        {"webhook": "https://user@example.org/"},
        {"webhook": "https://"},
        {"webhook": "https://[::1/"},
        {"webhook": "https://example.org/a b"},
        {"webhook": "https://example.org/", "email": ADDRESS},
        {"email": ""},
        {"filters": {"colour": ["red"]}},
    ],
)
def test_what_cannot_be_an_address_or_a_search_is_refused(desk: Desk, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidError):
        desk.wish(**given)

    assert desk.subscribers() == []


def test_a_webhook_needs_tls_where_no_network_is_named(desk: Desk) -> None:
    wish = Wish("", {}, "zh", webhook="http://example.org/")
    with desk.database.transaction() as tx:
        networks.end(tx, OPERATOR, desk.network, at=desk.now)

    with pytest.raises(InvalidError), desk.database.transaction() as tx:
        subscriptions.subscribe(tx, wish, client="", at=desk.now)


def test_an_address_is_not_flooded_by_somebody_else(desk: Desk, mail_server: MailServer) -> None:
    for number in range(5):
        desk.wish(f"词{number}")

    with pytest.raises(TooManyWaitingError):
        desk.wish("又一个")


def test_an_operator_can_remove_a_subscription(desk: Desk, mail_server: MailServer) -> None:
    subscription = subscribed(desk, mail_server)
    desk.publish("a", "空气质量")
    assert news.look(desk.database, desk.index, at=desk.now) == 1

    with desk.database.transaction() as tx:
        subscriptions.remove(tx, subscription.id, actor="operator", at=desk.now)
    desk.work()

    assert mail_server.mails == []
    assert desk.waiting() == 0
    with pytest.raises(NotFoundError), desk.database.transaction() as tx:
        subscriptions.remove(tx, subscription.id, actor="operator", at=desk.now)
