"""The access request: a table of who may do what in which state, and pure ``decide`` and ``evolve``.

The shape follows REMS (CSCfi/rems): a command is decided upon into events, and the state is a fold over them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from typing import Any

from catalog.domain.datasets import Offer
from catalog.domain.errors import InvalidError, NotAllowedError
from catalog.domain.people import Role
from catalog.domain.vocabulary import Purpose


class State(StrEnum):
    """Where a request stands."""

    NEW = "new"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    GRANTED = "granted"
    REJECTED = "rejected"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: a purpose from the list and in words, and a term."""

    purpose: Purpose
    words: str
    days: int
    calls: int


@dataclass(frozen=True, slots=True)
class Ask:
    """使用申请: the applicant asks for a product."""

    wish: Wish


@dataclass(frozen=True, slots=True)
class Amend:
    """The applicant corrects what was returned."""

    wish: Wish


@dataclass(frozen=True, slots=True)
class Return:
    """The decider asks for a correction."""

    reason: str


@dataclass(frozen=True, slots=True)
class Approve:
    """The decider grants, with terms."""

    calls: int
    days: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """The decider refuses, with reasons."""

    reason: str


@dataclass(frozen=True, slots=True)
class Revoke:
    """The decider takes a grant back."""

    reason: str


@dataclass(frozen=True, slots=True)
class TakeToken:
    """The applicant takes a token of the grant; earlier ones end."""


Command = Ask | Amend | Return | Approve | Reject | Revoke | TakeToken


@dataclass(frozen=True, slots=True)
class Asked:
    purpose: str
    words: str
    days: int
    calls: int


@dataclass(frozen=True, slots=True)
class Amended:
    purpose: str
    words: str
    days: int
    calls: int


@dataclass(frozen=True, slots=True)
class Returned:
    words: str


@dataclass(frozen=True, slots=True)
class Granted:
    calls: int
    days: int
    #: ISO 8601, UTC
    starts_at: str
    ends_at: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    words: str


@dataclass(frozen=True, slots=True)
class Revoked:
    words: str


@dataclass(frozen=True, slots=True)
class TokenTaken:
    pass


Event = Asked | Amended | Returned | Granted | Rejected | Revoked | TokenTaken
EVENTS: Mapping[str, type[Event]] = {
    kind.__name__: kind for kind in (Asked, Amended, Returned, Granted, Rejected, Revoked, TokenTaken)
}


@dataclass(frozen=True, slots=True)
class Request:
    """The state of a request, folded from its events."""

    state: State = State.NEW
    wish: Wish | None = None
    granted: Granted | None = None


#: Who may do what in which state. What is not here is forbidden.
MAY: Mapping[State, Mapping[Role, frozenset[type[Command]]]] = {
    State.NEW: {Role.APPLICANT: frozenset({Ask})},
    State.SUBMITTED: {Role.ACCESS_OFFICER: frozenset({Return, Approve, Reject})},
    State.RETURNED: {Role.APPLICANT: frozenset({Amend})},
    State.GRANTED: {Role.APPLICANT: frozenset({TakeToken}), Role.ACCESS_OFFICER: frozenset({Revoke})},
    State.REJECTED: {},
    State.REVOKED: {},
}


def allowed(request: Request, parts: Collection[Role]) -> frozenset[type[Command]]:
    """The commands that somebody may give now who has these parts in the request."""
    return frozenset().union(*(MAY[request.state].get(part, frozenset()) for part in parts))


def decide(
    request: Request, offer: Offer, parts: Collection[Role], command: Command, now: datetime
) -> tuple[Event, ...]:
    """What follows from a command; NotAllowedError or InvalidError when nothing may."""
    if type(command) not in allowed(request, parts):
        raise NotAllowedError
    match command:
        case Ask(wish):
            return (Asked(**_wished(offer, wish)),)
        case Amend(wish):
            return (Amended(**_wished(offer, wish)),)
        case Return(reason):
            return (Returned(_given(reason, "reason")),)
        case Approve():
            return (_grant(offer, command, now),)
        case Reject(reason):
            return (Rejected(_given(reason, "reason")),)
        case Revoke(reason):
            return (Revoked(_given(reason, "reason")),)
        case TakeToken():
            return (TokenTaken(),)


def evolve(request: Request, event: Event) -> Request:
    """The state after an event."""
    match event:
        case Asked() | Amended():
            wish = Wish(Purpose(event.purpose), event.words, event.days, event.calls)
            return replace(request, state=State.SUBMITTED, wish=wish)
        case Returned():
            return replace(request, state=State.RETURNED)
        case Granted():
            return replace(request, state=State.GRANTED, granted=event)
        case Rejected():
            return replace(request, state=State.REJECTED)
        case Revoked():
            return replace(request, state=State.REVOKED)
        case TokenTaken():
            return request


def fold(events: Iterable[Event]) -> Request:
    """The state that a history leads to."""
    return reduce(evolve, events, Request())


def _wished(offer: Offer, wish: Wish) -> dict[str, Any]:
    if wish.purpose not in offer.purposes:
        raise InvalidError(
            "The offer does not allow this purpose.",
            field="purpose",
            cure="One of: {choices}.",
            choices=", ".join(offer.purposes),
        )
    _within(wish.days, offer.days, "days")
    _within(wish.calls, offer.calls, "calls")
    _given(wish.words, "words")
    return {field.name: getattr(wish, field.name) for field in fields(wish)} | {"purpose": str(wish.purpose)}


def _grant(offer: Offer, command: Approve, now: datetime) -> Granted:
    _within(command.days, offer.days, "days")
    _within(command.calls, offer.calls, "calls")
    ends = now + timedelta(days=command.days)
    return Granted(command.calls, command.days, now.isoformat(), ends.isoformat(), command.note)


def _within(value: int, most: int, field: str) -> None:
    if not 1 <= value <= most:
        raise InvalidError(
            "The offer allows 1 to {most}.", field=field, cure="Give a number from 1 to {most}.", most=most
        )


def _given(words: str, field: str) -> str:
    if not words.strip():
        raise InvalidError("This is needed, and the other side will read it.", field=field, cure="Say it in words.")
    return words.strip()
