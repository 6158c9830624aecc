"""The register of licenses."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from catalog.domain.registers import License
from catalog.store.tables import licenses


def add_missing(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert the rows that are not there yet."""
    if rows:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)


class LicenseStore:
    """The license register."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, license_id: str) -> License | None:
        row = self._connection.execute(select(licenses).where(licenses.c.id == license_id)).first()
        return License(row.id, row.title, row.url, row.open) if row else None

    def page(self, *, after: str, size: int) -> list[License]:
        rows = self._connection.execute(
            select(licenses).where(licenses.c.id > after).order_by(licenses.c.id).limit(size)
        )
        return [License(row.id, row.title, row.url, row.open) for row in rows]

    def add_missing(self, entries: Iterable[License]) -> None:
        add_missing(
            self._connection,
            licenses,
            [{"id": e.id, "title": dict(e.title), "url": e.url, "open": e.open} for e in entries],
        )
