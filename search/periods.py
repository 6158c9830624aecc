"""Days from one to another as a condition; a period is written as in ISO 8601: 2024-01-01/2024-12-31, .. is open."""

from collections.abc import Iterable
from datetime import UTC, datetime

from search.clauses import AnyOf, Between, Clause

OPEN = ".."
_DAY = 86_400
#: A record without a date has 0, and is in no period.
_KNOWN = 1


def dated(name: str, periods: Iterable[str]) -> Clause:
    """What has a date in one of the periods, the last day included. Raises ValueError for what is no period."""
    return AnyOf([_within(name, period) for period in periods])


def _within(name: str, period: str) -> Clause:
    first, _, last = period.partition("/")
    low = _KNOWN if first == OPEN else max(_seconds(first), _KNOWN)
    return Between(name, low, None if last == OPEN else max(_seconds(last) + _DAY - 1, 0))


def _seconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
