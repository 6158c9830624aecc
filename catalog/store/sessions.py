"""Sessions of the pages: digests, never the secrets."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from catalog.store.tables import sessions

_c = sessions.c


class SessionStore:
    """Sessions of keys and of people."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, **row: Any) -> None:
        self._connection.execute(insert(sessions), [row])

    def get(self, digest: str, *, now: datetime, idle: datetime) -> Row[Any] | None:
        """A session that has not ended, and was seen since ``idle``."""
        return self._connection.execute(
            select(sessions).where(_c.digest == digest, _c.ends_at > now, _c.seen_at > idle)
        ).first()

    def of(self, person_id: str, *, now: datetime, idle: datetime) -> list[dict[str, Any]]:
        """Sessions of a person, the last seen first."""
        rows = self._connection.execute(
            select(sessions)
            .where(_c.person_id == person_id, _c.ends_at > now, _c.seen_at > idle, ~_c.waits)
            .order_by(_c.seen_at.desc(), _c.digest)
            .limit(100)
        )
        return [dict(row._mapping) for row in rows]

    def seen(self, digest: str, *, at: datetime) -> None:
        self._connection.execute(update(sessions).where(_c.digest == digest).values(seen_at=at))

    def end(self, digest: str) -> bool:
        """Whether there was one."""
        return self._connection.execute(delete(sessions).where(_c.digest == digest)).rowcount == 1

    def end_of_person(self, person_id: str, *, but: str = "") -> None:
        """End all sessions of a person but one."""
        self._connection.execute(delete(sessions).where(_c.person_id == person_id, _c.digest != but))

    def forget(self, *, now: datetime) -> None:
        """Take out what is over."""
        self._connection.execute(delete(sessions).where(_c.ends_at <= now))
