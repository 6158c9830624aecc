"""API keys: digests, never the secrets."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, or_, select, update

from catalog.domain.keys import Key
from catalog.domain.people import Role, Scope
from catalog.store.tables import keys, organizations

_c = keys.c
_KEYS = select(keys, organizations.c.name.label("organization_name")).join(
    organizations, organizations.c.id == keys.c.organization, isouter=True
)


class KeyStore:
    """The keys that were given out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: Key, digest: str) -> None:
        self._connection.execute(
            insert(keys),
            [
                {
                    "id": key.id,
                    "prefix": key.prefix,
                    "digest": digest,
                    "label": key.label,
                    "role": key.role,
                    "organization": key.organization or None,
                    "person_id": key.person_id,
                    "scopes": None if key.scopes is None else sorted(key.scopes),
                    "strong": key.strong,
                    "created_at": key.created_at,
                    "created_by": key.created_by,
                    "expires_at": key.expires_at,
                }
            ],
        )

    def get(self, key_id: str) -> Key | None:
        return self._one(_KEYS.where(_c.id == key_id))

    def by_digest(self, digest: str) -> Key | None:
        return self._one(_KEYS.where(_c.digest == digest))

    def listed(self, size: int = 10_000) -> list[Key]:
        """Every key, latest first."""
        return self._many(_KEYS, size)

    def of_person(self, person_id: str, size: int = 200) -> list[Key]:
        return self._many(_KEYS.where(_c.person_id == person_id), size)

    def of_organizations(self, ids: Collection[str], size: int = 1000) -> list[Key]:
        return self._many(_KEYS.where(_c.organization.in_(list(ids))), size)

    def held(self, person_id: str, *, at: datetime) -> int:
        """How many keys of a person open something."""
        holding = (_c.revoked_at.is_(None), or_(_c.expires_at.is_(None), _c.expires_at > at))
        counted = select(func.count()).select_from(keys).where(_c.person_id == person_id, *holding)
        return self._connection.execute(counted).scalar_one()

    def revoke(self, key_id: str, *, at: datetime) -> bool:
        done = self._connection.execute(
            update(keys).where(_c.id == key_id, _c.revoked_at.is_(None)).values(revoked_at=at)
        )
        return done.rowcount == 1

    def revoke_of_person(self, person_id: str, *, at: datetime) -> None:
        """End all keys of a person."""
        self._connection.execute(
            update(keys).where(_c.person_id == person_id, _c.revoked_at.is_(None)).values(revoked_at=at)
        )

    def used(self, key_id: str, *, at: datetime) -> None:
        self._connection.execute(update(keys).where(_c.id == key_id).values(last_used_at=at))

    def _one(self, statement: Select[Any]) -> Key | None:
        row = self._connection.execute(statement).first()
        return _key(row) if row else None

    def _many(self, statement: Select[Any], size: int) -> list[Key]:
        rows = self._connection.execute(statement.order_by(_c.created_at.desc(), _c.id).limit(size))
        return [_key(row) for row in rows]


def _key(row: Any) -> Key:
    return Key(
        row.id,
        row.prefix,
        row.label,
        Role(row.role) if row.role else None,
        row.organization or "",
        row.organization_name or "",
        row.person_id,
        None if row.scopes is None else frozenset(map(Scope, row.scopes)),
        row.strong,
        row.created_at,
        row.created_by,
        row.expires_at,
        row.revoked_at,
        row.last_used_at,
    )
