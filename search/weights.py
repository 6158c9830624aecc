"""What counts how much in the ranking: one readable file, ``lexicon/weights.toml``."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "lexicon" / "weights.toml"


@dataclass(frozen=True, slots=True)
class Weights:
    """The meaning of each is in the file."""

    exact: float
    concept: float
    part_there: float
    weak: float
    title: float
    title_part: float
    body: float
    tie: float
    phrase: float
    title_pair: float
    place: float
    place_around: float
    place_named: float
    quality: float
    use: float
    fresh: float
    word: float
    synonym: float
    wider: float
    english: float
    pinyin: float
    initials: float
    spelling: float

    def share(self, rule: str) -> float:
        """How much of a word's weight counts when it is there by a rule."""
        return float(getattr(self, rule, 1.0))


#: Those that are a share of a word's weight, or that are only on or off.
_SHARES = frozenset({"part_there", "tie", "word", "synonym", "wider", "english", "pinyin", "initials", "spelling"})


def most(name: str) -> float:
    """The most that a weight may be; the least of each is 0."""
    return 1.0 if name in _SHARES else 10_000.0 if name == "exact" else 1_000.0


@cache
def usual_weights() -> Weights:
    """The weights that come with the product."""
    return Weights(**{k: float(v) for k, v in tomllib.loads(_FILE.read_text("utf-8")).items()})
