"""Links by mail that prove an address. A link is made when its mail is sent; the store keeps its digest only."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from catalog.domain.accounts import HOLDS, LinkKind
from catalog.domain.errors import GoneError
from catalog.domain.subscriptions import Channel
from catalog.domain.tokens import digest, mint, wellformed
from catalog.store.database import Transaction

PREFIX = "shuyuan_link"
#: A mail that waits for its server longer than this is no longer sent.
_PATIENCE = timedelta(days=5)
#: Where each kind of link leads.
PAGES = {
    LinkKind.SIGN_UP: "/sign-up/confirm",
    LinkKind.RESET: "/reset/choose",
    LinkKind.ADDRESS: "/profile/address/confirm",
    LinkKind.WELCOME: "/reset/choose",
}


def ask(tx: Transaction, kind: LinkKind, email: str, language: str, *, at: datetime, person_id: str = "") -> str:
    """Have a link sent. What the mail says is decided when it is sent, so the asker learns nothing; its id."""
    link_id = uuid4().hex
    row = {"kind": kind, "email": email, "language": language, "person_id": person_id or None}
    tx.links.add(id=link_id, ends_at=at + _PATIENCE, **row)
    tx.outbox.post(Channel.MAIL, link_id, {"matter": kind}, at=at)
    return link_id


def made(tx: Transaction, link_id: str, kind: LinkKind, *, person_id: str | None, at: datetime) -> str:
    """The path that a mail leads to, good from now on."""
    token = mint(PREFIX)
    tx.links.offer(link_id, digest(token), person_id=person_id, until=at + HOLDS[kind])
    return f"{PAGES[kind]}?token={token}"


def shown(tx: Transaction, email: str, language: str, person_id: str, *, at: datetime) -> str:
    """The path of a welcome that is shown instead of sent."""
    link_id, token = uuid4().hex, mint(PREFIX)
    row = {"kind": LinkKind.WELCOME, "email": email, "language": language, "person_id": person_id}
    tx.links.add(id=link_id, digest=digest(token), ends_at=at + HOLDS[LinkKind.WELCOME], **row)
    return f"{PAGES[LinkKind.WELCOME]}?token={token}"


def opened(tx: Transaction, token: str, *kinds: LinkKind, at: datetime) -> Any:
    """What a link is for; GoneError once it no longer holds."""
    row = tx.links.by_digest(digest(token), now=at) if wellformed(token, PREFIX) else None
    if row is None or row.kind not in kinds:
        raise _gone()
    return row


def spent(tx: Transaction, token: str, *kinds: LinkKind, at: datetime) -> Any:
    """The same, and from now on it holds no more: of two who come at once one is told so."""
    opened(tx, token, *kinds, at=at)
    row = tx.links.spend(digest(token), now=at)
    if row is None:
        raise _gone()
    return row


def _gone() -> GoneError:
    return GoneError("This link no longer holds, or it was used already.", cure="Ask for a new one.")
