"""What steers the search and may change while it runs: words, weights."""

from dataclasses import dataclass, field
from functools import cache

from search.lexicon import Lexicon, usual
from search.weights import Weights, usual_weights


@dataclass(frozen=True, slots=True)
class Steering:
    """One version of what steers the search."""

    lexicon: Lexicon = field(default_factory=usual)
    weights: Weights = field(default_factory=usual_weights)


@cache
def usual_steering() -> Steering:
    """What comes with the product."""
    return Steering()
