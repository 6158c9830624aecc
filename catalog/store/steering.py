"""The draft of the steering of the search, and its versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from catalog.domain.steering import Changes, Draft, Version
from catalog.store.tables import steering_draft, steering_versions

_numbers, _published = steering_versions.c.number, steering_versions.c.published_at


class SteeringStore:
    """One draft, and an append-only list of versions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def draft(self) -> Draft:
        row = self._connection.execute(select(steering_draft)).one()
        return Draft(row.revision, Changes.model_validate(row.body))

    def change(self, changes: Changes, *, revision: int) -> bool:
        """Keep a draft if its revision is the one in force; one statement, so of two writers one is told."""
        c = steering_draft.c
        kept = self._connection.execute(
            update(steering_draft)
            .where(c.revision == revision)
            .values(revision=revision + 1, body=changes.model_dump(mode="json", exclude_defaults=True))
        )
        return kept.rowcount == 1

    def add(self, *, author: str, at: datetime, note: str, changes: Changes, published: bool) -> int:
        """Append a version; its number."""
        number = 1 + (self._connection.execute(select(func.max(_numbers))).scalar() or 0)
        body = changes.model_dump(mode="json", exclude_defaults=True)
        said = {"author": author, "at": at, "note": note, "body": body, "published_at": at if published else None}
        self._connection.execute(insert(steering_versions), [{"number": number, **said}])
        return int(number)

    def number_in_force(self) -> int:
        """The number of the version in force; 0: what comes with the product."""
        found = self._connection.execute(select(func.max(_numbers)).where(_published.is_not(None))).scalar()
        return int(found or 0)

    def get(self, number: int) -> Version | None:
        row = self._connection.execute(select(steering_versions).where(_numbers == number)).first()
        return _version(row) if row else None

    def versions(self, *, size: int) -> list[Version]:
        """The latest versions, newest first."""
        rows = self._connection.execute(select(steering_versions).order_by(_numbers.desc()).limit(size))
        return [_version(row) for row in rows]


def _version(row: Row[Any]) -> Version:
    return Version(row.number, row.author, row.at, row.note, Changes.model_validate(row.body), row.published_at)
