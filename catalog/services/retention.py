"""Retention: what is older than its kind is kept is taken out, in batches, and that is an act too."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from catalog.domain.audit import Act
from catalog.domain.people import PORTAL_ITSELF
from catalog.store.database import Database, Transaction

_BATCH = 1000


def apply(database: Database, days: Mapping[str, int], *, at: datetime) -> dict[str, int]:
    """Kind of record → how many went; ``days`` says how long each kind is kept, 0 for ever. Open cases stay."""
    gone = {kind: _all(database, kind, at - timedelta(days=days[kind]), at) if days[kind] else 0 for kind in _KINDS}
    if any(gone.values()):
        with database.transaction() as tx:
            kept = {kind: days[kind] for kind in _KINDS}
            tx.audit.add(
                at=at, actor=PORTAL_ITSELF, act=Act.RETENTION_APPLIED, target="retention", gone=gone, days=kept
            )
    return gone


def _all(database: Database, kind: str, before: datetime, now: datetime) -> int:
    total = 0
    while True:
        with database.transaction() as tx:
            count = _KINDS[kind](tx, before, now)
        total += count
        if count < _BATCH:
            return total


_KINDS: Mapping[str, Callable[[Transaction, datetime, datetime], int]] = {
    "audit": lambda tx, before, now: tx.audit.forget(before=before, now=now, size=_BATCH),
    "usage": lambda tx, before, _now: tx.usage.forget(before=before, size=_BATCH),
    "requests": lambda tx, before, now: tx.access.forget(before=before, now=now, size=_BATCH),
    "jobs": lambda tx, before, _now: tx.jobs.forget(before=before, size=_BATCH),
}
