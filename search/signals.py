"""What moves a record up whatever was typed: how good, how much used and how fresh it is."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from search.clauses import Clause, Term, Worth
from search.model import Document
from search.weights import Weights

#: Steps of quality and use, from 0.
STEPS = 5
#: Years after which a record is no fresher than any other.
_YEARS = 5


def signals(document: Document) -> Iterator[str]:
    """Terms of the field ``signal``: a step of each kind, and the year of the last change."""
    yield from (f"{name}{step}" for name, step in document.signals.items() if step)
    if modified := document.dates.get("modified") or document.dates.get("issued"):
        yield f"year{datetime.fromtimestamp(modified, UTC).year}"


def preferred(weights: Weights, today: date | None) -> Iterator[Clause]:
    """The worth of each signal; of freshness only where the day is known."""
    for name, weight in (("quality", weights.quality), ("use", weights.use)):
        if weight:
            yield from (Worth(Term("signal", f"{name}{step}"), weight * step / STEPS) for step in range(1, STEPS + 1))
    if today is not None and weights.fresh:
        for age in range(_YEARS):
            yield Worth(Term("signal", f"year{today.year - age}"), weights.fresh * (1 - age / _YEARS))
