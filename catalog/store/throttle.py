"""How often somebody did a thing within a span of time: rows that live as long as their span."""

from datetime import datetime

from sqlalchemy import Connection, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from catalog.store.tables import throttle

_c = throttle.c


class ThrottleStore:
    """Counts for each kind, subject and span."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count_one(self, kind: str, subject: str, *, until: datetime) -> int:
        """Count once more within the span that ends at ``until``; the sum. One statement, so no two get the same."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        counted = (
            dialect.insert(throttle)
            .values(kind=kind, subject=subject, until=until, count=1)
            .on_conflict_do_update(index_elements=["kind", "subject", "until"], set_={"count": _c.count + 1})
            .returning(_c.count)
        )
        return int(self._connection.execute(counted).scalar_one())

    def has_expired(self, *, now: datetime) -> bool:
        """Whether there is anything to forget."""
        return bool(self._connection.execute(select(exists().where(_c.until <= now))).scalar_one())

    def forget(self, *, now: datetime) -> None:
        """Take out the counts of spans that are over."""
        self._connection.execute(delete(throttle).where(_c.until <= now))
