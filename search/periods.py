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
    return between(
        name, None if first == OPEN else _seconds(first), None if last == OPEN else _seconds(last) + _DAY - 1
    )


def between(name: str, low: int | None, high: int | None) -> Between:
    """From one second to another, both included; None is open. What has no date is not in it."""
    return Between(name, max(low or _KNOWN, _KNOWN), None if high is None else max(high, 0))


def _seconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
