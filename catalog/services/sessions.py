"""Sessions of the pages: of people, and of keys. They end when they are idle, after half a day, or when told to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from catalog.domain.accounts import Origin, Way
from catalog.domain.audit import Act
from catalog.domain.errors import NotFoundError
from catalog.domain.people import Actor
from catalog.domain.tokens import digest, mint, wellformed
from catalog.services import people
from catalog.store.database import Transaction

PREFIX = "shuyuan_session"
#: The longest life of a session, and the longest pause in it.
LONGEST, IDLE = timedelta(hours=12), timedelta(hours=1)
#: For the second factor.
_WAITING = timedelta(minutes=10)
#: A session that is in use is marked as seen no more often than this, so that pages need not write.
_MARK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who came with a session, and how it was opened."""

    actor: Actor
    way: Way
    #: Whether the second factor was given.
    strong: bool
    #: Whether it is time to mark the session as seen.
    unmarked: bool


def open_for_key(tx: Transaction, actor: Actor, origin: Origin, *, at: datetime) -> str:
    """A session of a key; the secret goes into a cookie."""
    return _open(tx, origin, at=at, key_id=actor.id, way=Way.KEY, waits=False, strong=False)


def open_for_person(  # each of them is written into the row
    tx: Transaction, person_id: str, origin: Origin, *, way: Way, strong: bool, waits: bool, at: datetime
) -> str:
    """A session of a person: ``waits`` for the second factor, or ``strong`` when it was given."""
    return _open(tx, origin, at=at, person_id=person_id, way=way, waits=waits, strong=strong)


def holder(tx: Transaction, secret: str, *, at: datetime) -> Holder | None:
    """Whose session it is; nobody's once it is over, or while it waits for the second factor."""
    row = _row(tx, secret, at=at)
    if row is None or row.waits:
        return None
    if row.key_id:
        key = tx.keys.get(row.key_id)
        actor = people.actor_of_key(tx, key, at=at) if key else None
    else:
        actor = people.actor_of(tx, row.person_id, at=at, strong=row.strong)
    return Holder(actor, Way(row.way), row.strong, at - row.seen_at >= _MARK) if actor else None


def seen(tx: Transaction, secret: str, *, at: datetime) -> None:
    """The session is in use."""
    tx.sessions.seen(digest(secret), at=at)


def waiting(tx: Transaction, secret: str, *, at: datetime) -> tuple[str, Way] | None:
    """Whose session waits for the second factor, and how it was opened."""
    row = _row(tx, secret, at=at)
    return (row.person_id, Way(row.way)) if row is not None and row.waits else None


def end(tx: Transaction, secret: str) -> None:
    """End a session."""
    tx.sessions.end(digest(secret))


def end_one(tx: Transaction, person_id: str, session_id: str, *, at: datetime) -> None:
    """End one of the person's own."""
    if not any(session["digest"] == session_id for session in listed(tx, person_id, at=at)):
        raise NotFoundError("There is no such session, or it has ended.")
    tx.sessions.end(session_id)
    tx.audit.add(at=at, actor=people.author(tx, person_id), act=Act.SESSION_ENDED, target=person_id)


def end_others(tx: Transaction, person_id: str, secret: str, *, at: datetime) -> None:
    """End all of the person's own but this one."""
    tx.sessions.end_of_person(person_id, but=digest(secret))
    tx.audit.add(at=at, actor=people.author(tx, person_id), act=Act.SESSION_ENDED, target=person_id)


def listed(tx: Transaction, person_id: str, *, at: datetime) -> list[dict[str, Any]]:
    """The sessions of a person, the last seen first."""
    return tx.sessions.of(person_id, now=at, idle=at - IDLE)


def _row(tx: Transaction, secret: str, *, at: datetime) -> Any:
    return tx.sessions.get(digest(secret), now=at, idle=at - IDLE) if wellformed(secret, PREFIX) else None


def _open(tx: Transaction, origin: Origin, *, at: datetime, waits: bool, **row: Any) -> str:
    secret = mint(PREFIX)
    tx.sessions.forget(now=at)
    until = at + (_WAITING if waits else LONGEST)
    where = {"address": origin.address[:64], "agent": origin.agent[:60]}
    tx.sessions.add(digest=digest(secret), created_at=at, seen_at=at, ends_at=until, waits=waits, **where, **row)
    return secret
