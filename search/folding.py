"""Near-identical records as one hit: which rows a folded page has."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

#: So many first hits are folded. Deeper ones are not: neither engine can fold and page without end.
FOLDED = 1000


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one page of a folded result."""

    #: places among the first hits
    folded: tuple[int, ...]
    #: where the rows behind the folded ones start in the unfolded result, and how many belong to the page
    offset: int
    size: int
    #: rows of the whole result
    length: int


def rows(series: Iterable[Hashable], total: int, offset: int, size: int) -> Rows:
    """The page, given the series of each of the first hits: each series stands where its best hit does."""
    first: dict[Hashable, int] = {}
    for place, key in enumerate(series):
        first.setdefault(key, place)
    shown = tuple(first.values())[offset : offset + size]
    beyond = max(offset - len(first), 0)
    behind = max(total - FOLDED, 0)
    return Rows(shown, FOLDED + beyond, min(size - len(shown), max(behind - beyond, 0)), len(first) + behind)
