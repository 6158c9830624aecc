"""Calls that were made: counted against the grant, and noted one by one."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from catalog.store.tables import access_requests, grants, usage


class UsageStore:
    """The meter."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count_one(self, grant_id: str, *, now: datetime) -> bool:
        """Count one call, if the grant still allows one; one statement, so no two calls share the last."""
        c = grants.c
        counted = self._connection.execute(
            update(grants)
            .where(c.id == grant_id, c.used < c.calls, c.ends_at > now, c.revoked_at.is_(None))
            .values(used=c.used + 1)
        )
        return counted.rowcount == 1

    def note(self, *, at: datetime, dataset_id: str, file: str, grant_id: str | None, outcome: str) -> None:
        self._connection.execute(
            insert(usage),
            [{"at": at, "dataset_id": dataset_id, "file": file, "grant_id": grant_id, "outcome": outcome}],
        )

    def served(self, dataset_id: str) -> int:
        """How often a record's files were delivered."""
        c = usage.c
        return self._connection.execute(
            select(func.count()).select_from(usage).where(c.dataset_id == dataset_id, c.outcome == "served")
        ).scalar_one()

    def counts(self, *, since: datetime) -> dict[str, int]:
        """Deliveries of each record's files since a moment, and requests for access to it."""
        delivered = select(usage.c.dataset_id, func.count()).where(usage.c.at >= since, usage.c.outcome == "served")
        asked = select(access_requests.c.product_id, func.count()).where(access_requests.c.updated_at >= since)
        found: Counter[str] = Counter()
        for statement in (delivered.group_by(usage.c.dataset_id), asked.group_by(access_requests.c.product_id)):
            found.update({row[0]: row[1] for row in self._connection.execute(statement)})
        return dict(found)

    def forget(self, *, before: datetime, size: int) -> int:
        """Take out the oldest notes from before a moment; how many. What is counted against grants stays."""
        c = usage.c
        old = select(c.id).where(c.at < before).order_by(c.id).limit(size)
        return self._connection.execute(delete(usage).where(c.id.in_(old))).rowcount
