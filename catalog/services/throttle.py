"""Throttle: how often one subject may do a thing. The counts are in the database, so every process has the same."""

import hashlib
from datetime import UTC, datetime, timedelta
from math import ceil

from catalog.domain.errors import ThrottledError
from catalog.store.database import Transaction

#: How often somebody may try to prove who he is, in spans that grow: who goes on has to wait longer and longer.
_GROWING = (
    (5, timedelta(minutes=1)),
    (10, timedelta(minutes=15)),
    (20, timedelta(hours=1)),
    (100, timedelta(days=1)),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def require(tx: Transaction, kind: str, subject: str, *, most: int, per: timedelta, at: datetime) -> None:
    """Count once more; ThrottledError where that is more than ``most`` in this span, such as this hour of the clock.

    What is rolled back was not counted. To count failures too, call it in a transaction of its own before the try.
    """
    until = _end(per, at)
    if tx.throttle.count_one(kind, _digest(kind, subject, until), until=until) > most:
        wait = ceil((until - at).total_seconds())
        raise ThrottledError(cure="Minutes to wait: {minutes}.", minutes=ceil(wait / 60), retry_after=wait)


def growing(tx: Transaction, kind: str, subject: str, *, at: datetime, times: int = 1) -> None:
    """Count an attempt; ThrottledError where there were too many. The wait grows, and nobody is locked out for good."""
    for most, per in _GROWING:
        minutes = int(per.total_seconds()) // 60
        require(tx, f"{kind} {minutes}", subject, most=most * times, per=per, at=at)


def sweep(tx: Transaction, *, at: datetime) -> None:
    """Forget the counts of spans that are over."""
    tx.throttle.forget(now=at)


def _end(per: timedelta, at: datetime) -> datetime:
    return _EPOCH + ((at - _EPOCH) // per + 1) * per


def _digest(kind: str, subject: str, until: datetime) -> str:
    """Who it was is not kept; and since the span is part of it, one span cannot be linked to the next."""
    return hashlib.sha256(f"{kind} {until.isoformat()} {subject}".encode()).hexdigest()
