"""Access requests: load the events, decide, append; and what follows at once, in the same transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from catalog.domain import access as domain
from catalog.domain.access import Amended, Asked, Command, Event, Granted, Revoked, State, TakeToken, TokenTaken
from catalog.domain.audit import Act
from catalog.domain.datasets import Offer
from catalog.domain.errors import ForbiddenError, InvalidError, NotFoundError
from catalog.domain.people import Actor, Role
from catalog.domain.policy import Action, may, roles_for
from catalog.domain.tokens import digest, mint
from catalog.services import datasets
from catalog.services.permission import at as of
from catalog.services.permission import require
from catalog.store.access import Grant, Happened, RequestRow
from catalog.store.database import Transaction
from catalog.store.datasets import Stored

TOKEN_PREFIX = "shuyuan_token"  # noqa: S105 the beginning of every token, not one


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A request as its parties see it."""

    id: str
    product_id: str
    product_title: dict[str, str]
    applicant: str
    publisher: str
    state: str
    version: int
    purpose: str
    words: str
    days: int
    calls: int
    timeline: list[dict[str, Any]]
    #: The commands that this reader may give now.
    actions: list[str]
    grant: Grant | None


def ask(
    tx: Transaction, actor: Actor, product_id: str, wish: domain.Wish, *, at: datetime, applicant: str = ""
) -> AccessRequest:
    """An applicant asks for a product; ``applicant`` is an organization of his, needed where he has several."""
    product = datasets.read(tx, product_id, actor)
    offer = _offer(product)
    applicant = applicant or _applicant(actor)
    require(actor, Action.ASK, of(tx, applicant))
    if offer.audience and applicant not in tx.organizations.called(offer.audience).values():
        raise ForbiddenError("The offer is for other organizations.", cure="Ask the publisher to name yours.")
    events = domain.decide(domain.Request(), offer, {Role.APPLICANT}, domain.Ask(wish), at)
    submitter = actor.person or actor.id
    row = RequestRow(uuid4().hex, product_id, applicant, product.owner, submitter, State.NEW, 0, at)
    tx.access.open(row)
    _append(tx, actor, row, domain.Request(), events, at=at)
    return read(tx, actor, row.id)


def _applicant(actor: Actor) -> str:
    """The one organization for which an actor may ask."""
    held = actor.organizations(Role.APPLICANT)
    if len(held) > 1:
        raise InvalidError(
            "You may ask for several organizations.", field="applicant", cure="Say for which: give its id."
        )
    return held[0].organization if held else ""


def act(tx: Transaction, actor: Actor, request_id: str, command: Command, *, at: datetime) -> AccessRequest:
    """A party takes a step."""
    row = _seen(tx, actor, request_id)
    request = domain.fold(h.event for h in tx.access.history(request_id))
    # A grant can be taken back, and a request ended, whatever has become of the offer.
    offer = _offer_of(tx, row) if isinstance(command, domain.Amend | domain.Approve) else Offer()
    events = domain.decide(request, offer, _parts(tx, actor, row), command, at)
    _append(tx, actor, row, request, events, at=at)
    return read(tx, actor, request_id)


def take_token(tx: Transaction, actor: Actor, request_id: str, *, at: datetime) -> str:
    """A new token of the grant, shown once; the earlier one ends."""
    act(tx, actor, request_id, TakeToken(), at=at)
    secret = mint(TOKEN_PREFIX)
    tx.access.drop_tokens(request_id)
    tx.access.add_token(uuid4().hex, request_id, prefix=secret[:20], digest=digest(secret), at=at)
    return secret


def listed(tx: Transaction, actor: Actor) -> list[AccessRequest]:
    """The requests that an actor has a part in, latest first."""
    if may(actor, Action.READ_REQUEST):
        rows = tx.access.listed()
    else:
        asking, asked = (
            [held.organization for held in actor.organizations(*roles_for(action))]
            for action in (Action.READ_OWN_REQUEST, Action.READ_REQUEST)
        )
        rows = tx.access.listed_for(applicants=asking, publishers=asked)
    return [_view(tx, actor, row) for row in rows]


def read(tx: Transaction, actor: Actor, request_id: str) -> AccessRequest:
    """One request with its timeline; it does not exist for those who have no part in it."""
    return _view(tx, actor, _seen(tx, actor, request_id))


def _seen(tx: Transaction, actor: Actor, request_id: str) -> RequestRow:
    row = tx.access.get(request_id)
    if row is None or not _party(tx, actor, row):
        raise NotFoundError
    return row


def _party(tx: Transaction, actor: Actor, row: RequestRow) -> bool:
    """Whether the request exists for an actor."""
    ours = may(actor, Action.READ_OWN_REQUEST, of(tx, row.applicant))
    return bool(ours or may(actor, Action.READ_REQUEST, of(tx, row.publisher)))


def _parts(tx: Transaction, actor: Actor, row: RequestRow) -> set[Role]:
    """The parts that an actor may take in a request; nobody decides on what he asked for himself."""
    parts = set()
    if may(actor, Action.ASK, of(tx, row.applicant)):
        parts.add(Role.APPLICANT)
    if may(actor, Action.DECIDE, of(tx, row.publisher, submitter=row.submitter)):
        parts.add(Role.ACCESS_OFFICER)
    return parts


def _offer(product: Stored) -> Offer:
    offer = product.dataset.offer
    if offer is None:
        raise InvalidError(
            "This record has no offer: there is nothing to ask for.",
            field="product",
            cure="Open data can be downloaded at once.",
        )
    return offer


def _offer_of(tx: Transaction, row: RequestRow) -> Offer:
    product = tx.datasets.get(row.product_id)
    if product is None:
        raise NotFoundError
    return _offer(product)


def _append(
    tx: Transaction, actor: Actor, row: RequestRow, request: domain.Request, events: tuple[Event, ...], *, at: datetime
) -> None:
    for event in events:
        request = domain.evolve(request, event)
    tx.access.append(row.id, row.version, events, at=at, actor=actor.name, state=request.state)
    for event in events:
        _react(tx, row, event, at=at)
        mine = row.applicant if isinstance(event, Asked | Amended | TokenTaken) else row.publisher
        act = Act(f"access {type(event).__name__}")
        tx.audit.add(at=at, actor=actor, act=act, target=row.id, organization=mine, product=row.product_id)


def _react(tx: Transaction, row: RequestRow, event: Event, *, at: datetime) -> None:
    match event:
        case Granted():
            ends = datetime.fromisoformat(event.ends_at)
            tx.access.grant(Grant(row.id, row.product_id, row.applicant, event.calls, 0, at, ends, None))
        case Revoked():
            tx.access.revoke(row.id, at=at)
        case _:
            pass


def _view(tx: Transaction, actor: Actor, row: RequestRow) -> AccessRequest:
    history = tx.access.history(row.id)
    request = domain.fold(h.event for h in history)
    wish = request.wish
    product = tx.datasets.get(row.product_id)
    parties = tx.organizations.many([row.applicant, row.publisher])
    return AccessRequest(
        id=row.id,
        product_id=row.product_id,
        product_title=product.body["title"] if product else {},
        applicant=parties[row.applicant].name,
        publisher=parties[row.publisher].name,
        state=request.state,
        version=len(history),
        purpose=wish.purpose if wish else "",
        words=wish.words if wish else "",
        days=wish.days if wish else 0,
        calls=wish.calls if wish else 0,
        timeline=[_step(h) for h in history],
        actions=sorted(kind.__name__.lower() for kind in domain.allowed(request, _parts(tx, actor, row))),
        grant=tx.access.granted(row.id),
    )


def _step(happened: Happened) -> dict[str, Any]:
    event = happened.event
    words = "" if isinstance(event, TokenTaken) else event.words
    return {"at": happened.at, "actor": happened.actor, "act": type(event).__name__.lower(), "words": words}
