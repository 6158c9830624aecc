"""API keys: digests, never the secrets."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from catalog.domain.people import Actor, Membership, Role
from catalog.store.tables import keys, organizations

_HOLDERS = (
    select(keys.c.id, keys.c.role, keys.c.organization, organizations.c.name)
    .join(organizations, organizations.c.id == keys.c.organization)
    .where(keys.c.revoked_at.is_(None))
)


def _actor(row: Any) -> Actor:
    role = Role(row.role)
    return Actor(row.id, f"{role}:{row.name}", (Membership(role, row.organization, name=row.name),))


class KeyStore:
    """The keys that were given out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key_id: str, *, prefix: str, digest: str, held: Membership, at: datetime) -> None:
        self._connection.execute(
            insert(keys),
            [
                {
                    "id": key_id,
                    "prefix": prefix,
                    "digest": digest,
                    "role": held.role,
                    "organization": held.organization,
                    "created_at": at,
                }
            ],
        )

    def holder(self, digest: str) -> Actor | None:
        """Who holds the key of this digest, if it still holds."""
        row = self._connection.execute(_HOLDERS.where(keys.c.digest == digest)).first()
        return _actor(row) if row else None

    def listed(self) -> list[dict[str, Any]]:
        """Every key without its digest, latest first."""
        c = keys.c
        rows = self._connection.execute(
            select(c.id, c.prefix, c.role, organizations.c.name.label("organization"), c.created_at, c.revoked_at)
            .join(organizations, organizations.c.id == c.organization)
            .order_by(c.created_at.desc(), c.id)
            .limit(10_000)
        )
        return [dict(row._mapping) for row in rows]

    def holder_by_id(self, key_id: str) -> Actor | None:
        """Who holds a key, if it still holds."""
        row = self._connection.execute(_HOLDERS.where(keys.c.id == key_id)).first()
        return _actor(row) if row else None

    def revoke(self, key_id: str, *, at: datetime) -> bool:
        done = self._connection.execute(
            update(keys).where(keys.c.id == key_id, keys.c.revoked_at.is_(None)).values(revoked_at=at)
        )
        return done.rowcount == 1
