"""Subscriptions: a stored search, and an address, checked here, that is told when something new matches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from catalog.domain.errors import InvalidError

#: How long a link that confirms holds, from its sending.
CONFIRMATION = timedelta(days=3)
#: Unconfirmed subscriptions that an address may have, so that nobody is flooded by somebody else.
MOST_WAITING = 5
_LONGEST_ADDRESS = 2000


class Channel(StrEnum):
    """The way to an address; also the topic of the outbox that its notices wait in."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class NoticeFrequency(StrEnum):
    """How often a subscription is looked at."""

    AT_ONCE = "at_once"
    DAILY = "daily"

    @property
    def pause(self) -> timedelta:
        """The least time between two notices: what is written in one go is told in one."""
        return timedelta(minutes=1) if self is NoticeFrequency.AT_ONCE else timedelta(days=1)


class Matter(StrEnum):
    """What a notice is about."""

    CONFIRMATION = "confirmation"
    NEWS = "news"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who is told of what."""

    id: str
    channel: Channel
    address: str
    words: str
    filters: Mapping[str, Sequence[str]]
    language: str
    frequency: NoticeFrequency
    #: What the events of a webhook are signed with; signing needs the key itself.
    secret: str | None
    #: Ends the subscription and can do nothing else; each notice carries it, so it is kept as it is.
    end_token: str
    created_at: datetime
    confirmed_at: datetime | None = None
    #: The last number of the news that was looked at.
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said to an address."""

    #: The same for each try, so that a receiver knows what came twice.
    id: str
    matter: Matter
    subscription: Subscription
    at: datetime
    #: The search as a page, and the pages that confirm and end the subscription.
    results: str
    confirm: str | None
    end: str
    #: New records in all, and the first of them: id, title, publisher, modified, url.
    total: int = 0
    records: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    @property
    def address(self) -> str:
        """Where it goes."""
        return self.subscription.address


class NotDeliveredError(Exception):
    """Nobody took the notice now; it is tried again."""


class AddressGoneError(Exception):
    """The address says for good that it takes nothing: the subscription ends."""


def mail_address(text: str) -> str:
    """An address that mail can be sent to, as every mail server takes it; InvalidError otherwise."""
    try:
        # Whether mail arrives is what the confirmation finds out, so no name server is asked.
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise InvalidError("This is not an e-mail address.", field="email", cure="Such as name@example.cn.") from error
    return found.ascii_email or found.normalized


def webhook_address(text: str, plain: Callable[[str], bool]) -> str:
    """An https address, or an http one of a host that may be called ``plain``; InvalidError otherwise."""
    try:
        url = urlsplit(text)
        fits = url.hostname and not url.username and _fits(url.scheme, url.hostname, plain)
    except ValueError:
        fits = False
    if not fits or len(text) > _LONGEST_ADDRESS or not text.isprintable() or " " in text:
        raise InvalidError(
            "This is not the address of a webhook.", field="webhook", cure="Such as https://example.cn/hook."
        )
    return text


def _fits(scheme: str, host: str, plain: Callable[[str], bool]) -> bool:
    return scheme == "https" or (scheme == "http" and plain(host))
