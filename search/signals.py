"""What moves a record up whatever was typed: how good, how much used and how fresh it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from search.clauses import Clause, Term, Worth
from search.weights import Weights

#: Steps of quality and use, from 0.
STEPS = 5
#: So many first hits are lifted where an engine cannot weigh every hit by its signals without slowing down.
LIFTED = 300
#: Years after which a record is no fresher than any other.
_YEARS = 5
#: In a number of the last change, use and quality: 202635.
_YEAR, _USE = 100, 10


def number(steps: Mapping[str, int], dates: Mapping[str, int]) -> int:
    """The signals of a document as one number: the year of the last change, a digit for use, one for quality."""
    return _year(dates) * _YEAR + steps.get("use", 0) * _USE + steps.get("quality", 0)


def signals(steps: Mapping[str, int], dates: Mapping[str, int]) -> Iterator[str]:
    """The same as terms."""
    yield from (f"{name}{step}" for name, step in steps.items() if step)
    if year := _year(dates):
        yield f"year{year}"


def _year(dates: Mapping[str, int]) -> int:
    return _year_of(dates.get("modified") or dates.get("issued") or 0)


@lru_cache(maxsize=8192)
def _year_of(moment: int) -> int:
    return datetime.fromtimestamp(moment, UTC).year if moment else 0


@dataclass(frozen=True, slots=True)
class Lifts:
    """What each signal is worth to this reader, today."""

    weights: Weights
    #: None: it does not count how fresh a record is.
    today: date | None

    def worth(self, number: int) -> float:
        """What the signals of a number are worth together."""
        year, steps = divmod(number, _YEAR)
        use, quality = divmod(steps, _USE)
        return (self.weights.use * use + self.weights.quality * quality) / STEPS + self._fresh(year)

    def clauses(self) -> Iterator[Clause]:
        """The same as clauses, each for a term."""
        for name, weight in (("quality", self.weights.quality), ("use", self.weights.use)):
            if weight:
                terms = ((Term("signal", f"{name}{step}"), weight * step / STEPS) for step in range(1, STEPS + 1))
                yield from (Worth(term, worth) for term, worth in terms)
        for year in range(self.today.year - _YEARS + 1, self.today.year + 1) if self.today else ():
            yield Worth(Term("signal", f"year{year}"), self._fresh(year))

    def _fresh(self, year: int) -> float:
        age = self.today.year - year if self.today else _YEARS
        return self.weights.fresh * (1 - age / _YEARS) if 0 <= age < _YEARS else 0.0
