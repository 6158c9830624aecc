"""Subscribe to a search, confirm it, end it."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from catalog.domain.audit import Act
from catalog.domain.errors import GoneError, InvalidError, NotFoundError, TooManyWaitingError
from catalog.domain.networks import Use
from catalog.domain.subscriptions import (
    MOST_WAITING,
    Channel,
    Matter,
    NoticeFrequency,
    Subscription,
    mail_address,
    webhook_address,
)
from catalog.domain.tokens import digest, mint, wellformed
from catalog.formats.searches import subject
from catalog.services import throttle
from catalog.services.networks import is_any_allowed
from catalog.services.search import Ask, checked
from catalog.store.database import Transaction

LONGEST_WORDS = 500
#: From one client in one hour of the clock.
MOST_AN_HOUR = 20
CONFIRM_PREFIX = "shuyuan_confirm"
END_PREFIX = "shuyuan_end"
#: Standard Webhooks: 24 to 64 random bytes behind this prefix.
_SECRET_PREFIX = "whsec_"  # noqa: S105 the prefix alone opens nothing
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader wants to be told of, and where: by e-mail, or by a webhook."""

    words: str
    filters: Mapping[str, Sequence[str]]
    language: str
    email: str = ""
    webhook: str = ""
    frequency: NoticeFrequency = NoticeFrequency.DAILY


def subscribe(tx: Transaction, wish: Wish, *, client: str, at: datetime) -> Subscription:
    """A subscription that waits to be confirmed at its address; its secret, if it has one, is shown now only.

    ``client`` is who sends it, of whom too many are refused.
    """
    channel, address = _address(tx, wish)
    if len(wish.words) > LONGEST_WORDS:
        raise InvalidError("The words are too many.", field="q", cure="Use fewer words.")
    checked(Ask(wish.words, {name: tuple(values) for name, values in wish.filters.items()}))
    throttle.require(tx, "subscription", client, most=MOST_AN_HOUR, per=timedelta(hours=1), at=at)
    if tx.subscriptions.waiting(address) >= MOST_WAITING:
        raise TooManyWaitingError(cure="Confirm or end those that are waiting, or wait three days.")
    subscription = Subscription(
        id=uuid4().hex,
        channel=channel,
        address=address,
        words=wish.words,
        filters={name: list(values) for name, values in wish.filters.items()},
        language=wish.language,
        frequency=wish.frequency,
        secret=_secret() if channel is Channel.WEBHOOK else None,
        end_token=mint(END_PREFIX),
        created_at=at,
    )
    tx.subscriptions.add(subscription)
    tx.outbox.post(channel, subscription.id, {"matter": Matter.CONFIRMATION}, at=at)
    return subscription


def offered(tx: Transaction, token: str, *, at: datetime) -> Subscription:
    """The subscription that a link confirms; GoneError once the link no longer holds."""
    known = wellformed(token, CONFIRM_PREFIX)
    subscription = tx.subscriptions.by_confirmation(digest(token), now=at) if known else None
    if subscription is None:
        raise GoneError("This link no longer holds.", cure="Subscribe again on the page of results.")
    return subscription


def confirm(tx: Transaction, token: str, *, at: datetime) -> Subscription:
    """From now on the address is told of what is new; a second time changes nothing."""
    subscription = offered(tx, token, at=at)
    if subscription.confirmed_at is None:
        tx.subscriptions.confirm(subscription.id, seen=tx.news.newest(), at=at)
        tx.audit.add(at=at, actor="reader", act=Act.SUBSCRIPTION_CONFIRMED, target=subscription.id)
    return subscription


def ending(tx: Transaction, token: str) -> Subscription | None:
    """The subscription that a link ends; None where it has ended."""
    return tx.subscriptions.by_end_token(token) if wellformed(token, END_PREFIX) else None


def end(tx: Transaction, token: str, *, at: datetime) -> None:
    """Forget a subscription and its address; what has ended already stays so."""
    if subscription := ending(tx, token):
        remove(tx, subscription.id, actor="reader", at=at)


def remove(tx: Transaction, subscription_id: str, *, actor: str, at: datetime) -> None:
    """Forget a subscription, its address and what was still to be said to it."""
    if not tx.subscriptions.remove(subscription_id):
        raise NotFoundError("There is no such subscription.")
    tx.audit.add(at=at, actor=actor, act=Act.SUBSCRIPTION_ENDED, target=subscription_id)


def listed(tx: Transaction) -> list[dict[str, Any]]:
    """Who is told of what, for operators; without the secrets."""
    waiting = tx.outbox.waiting_by_target(Channel)
    return [
        {
            "id": one.id,
            "channel": one.channel,
            "address": one.address,
            "search": subject(one),
            "frequency": one.frequency,
            "state": "confirmed" if one.confirmed_at else "unconfirmed",
            "waiting": waiting.get(one.id, 0),
        }
        for one in tx.subscriptions.listed()
    ]


def sweep(tx: Transaction, *, at: datetime) -> None:
    """Forget those that nobody confirmed in time, and their addresses."""
    for subscription_id in tx.subscriptions.expired(now=at, size=1000):
        remove(tx, subscription_id, actor="nobody", at=at)


def _address(tx: Transaction, wish: Wish) -> tuple[Channel, str]:
    if bool(wish.email) == bool(wish.webhook):
        raise InvalidError("Give one address: an e-mail address or a webhook.", field="email", cure="Leave one empty.")
    if wish.email:
        return Channel.MAIL, mail_address(wish.email)
    # Without TLS only within a network that an administrator allows.
    plain = partial(is_any_allowed, tx, Use.WEBHOOK)
    return Channel.WEBHOOK, webhook_address(wish.webhook, plain)


def _secret() -> str:
    return _SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
