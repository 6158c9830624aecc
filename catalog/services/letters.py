"""Letters of the outbox are sent: each until somebody took it, and then never again."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from catalog.domain.accounts import AccountMatter, AccountNotice
from catalog.domain.datasets import in_language
from catalog.domain.subscriptions import (
    CONFIRMATION,
    AddressGoneError,
    Channel,
    Matter,
    NotDeliveredError,
    Notice,
    Subscription,
)
from catalog.domain.tokens import digest, mint
from catalog.services import account_letters, subscriptions
from catalog.services.search import given
from catalog.services.subscriptions import CONFIRM_PREFIX
from catalog.store.database import Database, Transaction
from catalog.store.outbox import Letter

_log = logging.getLogger("shuyuan.letters")
#: Letters that are sent between two looks into the outbox, and how many of them at the same time; few, for the end of
#: the process waits for them.
_BATCH, _AT_A_TIME = 8, 4
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
#: A webhook that nobody answers is given up; mail waits for its server as long as it takes.
_PATIENCE = timedelta(days=5)

#: A channel takes the notices that are sent by it.
Carry = Callable[[Any], None]


def send(database: Database, channel: Channel, carry: Carry, portal: str, clock: Callable[[], datetime]) -> int:
    """Send what is due by a channel; how many letters were tried. ``portal`` is the address that links begin with."""
    with database.reading() as tx:
        due = tx.outbox.letters(channel, now=clock(), size=_BATCH)
    with ThreadPoolExecutor(_AT_A_TIME) as threads:
        list(threads.map(lambda letter: _send(database, letter, carry, portal, clock), due))
    return len(due)


def _send(database: Database, letter: Letter, carry: Carry, portal: str, clock: Callable[[], datetime]) -> None:
    try:
        notice = _notice(database, letter, portal, at=clock())
        if notice is not None:
            carry(notice)
    except AddressGoneError:
        with database.transaction() as tx:
            _give_up(tx, letter, at=clock())
    except NotDeliveredError as error:
        _log.warning("not delivered", extra={"letter": letter.id, "tries": letter.tries + 1, "why": str(error)})
        _later(database, letter, at=clock())
    else:
        with database.transaction() as tx:
            tx.outbox.done([letter.id])


def _give_up(tx: Transaction, letter: Letter, *, at: datetime) -> None:
    """A subscription ends whose address is gone; a person keeps the account."""
    if letter.body["matter"] in list(AccountMatter):
        tx.outbox.done([letter.id])
    else:
        subscriptions.remove(tx, letter.target, actor="receiver", at=at)


def _later(database: Database, letter: Letter, *, at: datetime) -> None:
    pause = min(_FIRST_PAUSE * 2 ** min(letter.tries, 10), _LONGEST_PAUSE)
    with database.transaction() as tx:
        if letter.topic == Channel.WEBHOOK and at - letter.created_at > _PATIENCE:
            tx.outbox.done([letter.id])
        else:
            tx.outbox.put_off(letter, until=at + pause)


def _notice(database: Database, letter: Letter, portal: str, *, at: datetime) -> Notice | AccountNotice | None:
    """What a letter says as of now; None where there is nothing to say any more."""
    if letter.body["matter"] in list(AccountMatter):
        with database.transaction() as tx:
            return account_letters.written(tx, letter, portal, at=at)
    if letter.body["matter"] == Matter.CONFIRMATION:
        with database.transaction() as tx:
            return _confirmation(tx, letter, portal, at=at)
    with database.reading() as tx:
        return _news(tx, letter, portal, at=at)


def _confirmation(tx: Transaction, letter: Letter, portal: str, *, at: datetime) -> Notice | None:
    """With a new link each time it is tried: the store keeps its digest only, and it holds from the sending on."""
    subscription = tx.subscriptions.get(letter.target)
    if subscription is None or subscription.confirmed_at is not None:
        return None
    token = mint(CONFIRM_PREFIX)
    tx.subscriptions.offer(subscription.id, digest(token), until=at + CONFIRMATION)
    confirm = f"{portal}/subscriptions/confirm?token={token}"
    return Notice(matter=Matter.CONFIRMATION, confirm=confirm, **_common(subscription, letter, portal, at))


def _news(tx: Transaction, letter: Letter, portal: str, *, at: datetime) -> Notice | None:
    """Records that can no longer be found are not named; without any there is nothing to say."""
    subscription, known = tx.subscriptions.get(letter.target), tx.datasets.many(letter.body["ids"])
    shown = [known[i] for i in letter.body["ids"] if i in known and known[i].public]
    if subscription is None or not shown:
        return None
    total = letter.body["total"] - len(letter.body["ids"]) + len(shown)
    records = tuple(_told(record.id, record.body, subscription.language, portal) for record in shown)
    common = _common(subscription, letter, portal, at)
    return Notice(matter=Matter.NEWS, confirm=None, total=total, records=records, **common)


def _common(subscription: Subscription, letter: Letter, portal: str, at: datetime) -> dict[str, Any]:
    asked = [("q", subscription.words)] if subscription.words else []
    asked += given(subscription.filters)
    return {
        "id": f"notice_{letter.id}",
        "subscription": subscription,
        "at": at,
        "results": f"{portal}/search?{urlencode([*asked, ('sort', 'modified'), ('lang', subscription.language)])}",
        "end": f"{portal}/subscriptions/end?token={subscription.end_token}",
    }


def _told(dataset_id: str, body: Mapping[str, Any], language: str, portal: str) -> dict[str, Any]:
    return {
        "id": dataset_id,
        "title": in_language(body["title"], language),
        "publisher": body["publisher"]["name"],
        "modified": body.get("modified"),
        "url": f"{portal}/datasets/{dataset_id}",
    }
