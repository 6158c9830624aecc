"""Links that are sent by mail and good for once: digests, never the links."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, insert, select, update

from catalog.store.tables import links

_c = links.c


class LinkStore:
    """Links that wait to be sent, or to be opened."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, **row: Any) -> None:
        self._connection.execute(insert(links), [row])

    def get(self, link_id: str) -> Row[Any] | None:
        return self._connection.execute(select(links).where(_c.id == link_id)).first()

    def offer(self, link_id: str, digest: str, *, person_id: str | None, until: datetime) -> None:
        """From now on the link of this digest holds, and no other of the same row."""
        self._connection.execute(
            update(links).where(_c.id == link_id).values(digest=digest, person_id=person_id, ends_at=until)
        )

    def by_digest(self, digest: str, *, now: datetime) -> Row[Any] | None:
        return self._connection.execute(select(links).where(_c.digest == digest, _c.ends_at > now)).first()

    def spend(self, digest: str, *, now: datetime) -> Row[Any] | None:
        """The link, which is then no more; None for all but the first who come with it."""
        return self._connection.execute(
            delete(links).where(_c.digest == digest, _c.ends_at > now).returning(*links.c)
        ).first()

    def forget_of(self, person_id: str) -> None:
        """Links of a person no longer hold."""
        self._connection.execute(delete(links).where(_c.person_id == person_id))

    def has_expired(self, *, now: datetime) -> bool:
        return bool(self._connection.execute(select(exists().where(_c.ends_at <= now))).scalar_one())

    def forget(self, *, now: datetime) -> None:
        """Take out what no longer holds."""
        self._connection.execute(delete(links).where(_c.ends_at <= now))
