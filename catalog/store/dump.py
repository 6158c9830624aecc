"""Every table as JSON lines and back, the same for SQLite and PostgreSQL."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from catalog.store.tables import Utc, links, metadata, sessions, throttle, vectors

_BATCH = 1000
#: Made from other tables, or soon over.
_LEFT_OUT = (links, sessions, throttle, vectors)


class DumpStore:
    """Whole tables, streamed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def tables(self) -> list[str]:
        """Names of the tables, those that others refer to first."""
        return [str(table.name) for table in metadata.sorted_tables if table not in _LEFT_OUT]

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """Every row of a table."""
        table = metadata.tables[name]
        names = [str(column.name) for column in table.columns]
        for row in self._connection.execution_options(yield_per=_BATCH).execute(select(table)):
            yield dict(zip(names, row, strict=True))

    def load(self, name: str, rows: Iterable[dict[str, Any]]) -> int:
        """Insert rows into an empty table; their number."""
        table, count, batch = metadata.tables[name], 0, []
        for row in rows:
            batch.append(_read(table, row))
            count += 1
            if len(batch) == _BATCH:
                self._connection.execute(insert(table), batch)
                batch = []
        if batch:
            self._connection.execute(insert(table), batch)
        self._continue_counting(table)
        return count

    def is_empty(self) -> bool:
        """Whether nothing was ever recorded here."""
        return not any(
            self._connection.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one()
            for name in ("datasets", "runs", "keys", "audit")
        )

    def clear(self) -> None:
        """Take out what a new installation brings by itself."""
        for table in reversed(metadata.sorted_tables):
            self._connection.execute(table.delete())

    def _continue_counting(self, table: Table) -> None:
        """PostgreSQL numbers on from the rows that were brought in; SQLite does so by itself."""
        if table.autoincrement_column is not None and self._connection.dialect.name == "postgresql":
            column = table.autoincrement_column.name
            sequence = f"pg_get_serial_sequence('{table.name}', '{column}')"
            newest = f'(SELECT max({column}) FROM "{table.name}")'  # noqa: S608 names of ours
            self._connection.execute(text(f"SELECT setval({sequence}, coalesce({newest}, 1))"))


def _read(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if value is not None and isinstance(table.c[name].type, Utc) else value
        for name, value in row.items()
    }
