"""How often what was asked for a day: counts of queries, and nothing of who asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from catalog.store.tables import query_counts

_c = query_counts.c
_asked, _found, _opened = func.sum(_c.asked), func.sum(_c.found), func.sum(_c.opened)

_SUMS = select(
    _c.query, _asked.label("asked"), _found.label("found"), _opened.label("opened"), func.max(_c.day).label("last")
).group_by(_c.query)


@dataclass(frozen=True, slots=True)
class Counted:
    """How often a query was asked, had hits, and led to a record; and the last day of it."""

    query: str
    asked: int
    found: int
    opened: int
    last: date


class QueryStore:
    """Counts for each day and query."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self, counts: Mapping[tuple[date, str], Sequence[int]]) -> None:
        """Add to what was counted: ``(day, query) → asked, found, opened``."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        adding = dialect.insert(query_counts)
        names = ("asked", "found", "opened")
        more = {name: _c[name] + adding.excluded[name] for name in names}
        # In one order, so that two processes never wait for each other.
        rows: list[dict[str, Any]] = [
            {"day": day, "query": query, **dict(zip(names, counts[day, query], strict=True))}
            for day, query in sorted(counts)
        ]
        self._connection.execute(adding.on_conflict_do_update(index_elements=["day", "query"], set_=more), rows)

    def forget(self, *, before: date) -> None:
        """Take out the counts of older days."""
        self._connection.execute(delete(query_counts).where(_c.day < before))

    def without_hits(self, *, least: int, size: int) -> list[Counted]:
        """What was asked most and found nothing."""
        missed = _asked - _found
        return self._found(_SUMS.having(missed >= least).order_by(missed.desc()), size)

    def unopened(self, *, least: int, size: int) -> list[Counted]:
        """What was asked most, and nobody opened what it found."""
        ignored = _SUMS.having(_asked >= least, _found > 0, _opened == 0)
        return self._found(ignored.order_by(_asked.desc()), size)

    def popular(self, prefix: str, *, least: int, size: int) -> list[Counted]:
        """What was asked most, begins so, and found something."""
        known = _SUMS.where(_c.query.startswith(prefix, autoescape=True)).having(_asked >= least, _found > 0)
        return self._found(known.order_by(_asked.desc()), size)

    def _found(self, statement: Select[Any], size: int) -> list[Counted]:
        rows = self._connection.execute(statement.order_by(_c.query).limit(size))
        return [Counted(row.query, int(row.asked), int(row.found), int(row.opened), row.last) for row in rows]
