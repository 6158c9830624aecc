"""What steers the search and may change while it runs: words, weights, and what comes first for a query."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from search.analysis import fold
from search.lexicon import Lexicon, usual
from search.understanding import Understood, understand
from search.weights import Weights, usual_weights


@dataclass(frozen=True, slots=True, eq=False)
class Steering:
    """One version of what steers the search; each is itself alone, so that what follows from it can be remembered."""

    lexicon: Lexicon = field(default_factory=usual)
    weights: Weights = field(default_factory=usual_weights)
    #: query as ``plain`` has it → ids of the documents that come first, in this order
    pins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def pinned(self, typed: str) -> tuple[str, ...]:
        """What comes first when this is typed."""
        return self.pins.get(plain(typed), ()) if self.pins else ()

    def understood(self, typed: str) -> Understood:
        """What was typed, by these words and weights."""
        return _understood(self, typed)


@lru_cache(maxsize=256)
def _understood(steering: Steering, typed: str) -> Understood:
    return understand(typed, steering.lexicon, steering.weights)


def plain(typed: str) -> str:
    """A query by which it is the same as another: folded, and with single spaces."""
    return " ".join(fold(typed).split())


@cache
def usual_steering() -> Steering:
    """What comes with the product."""
    return Steering()
