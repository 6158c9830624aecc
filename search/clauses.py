"""What is looked for, as a tree that every engine can ask.

Words become such a tree in ``search.understanding``; an engine turns it into its own query, one class by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A value in a field; scored by BM25."""

    field: str
    value: str
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Phrase:
    """Values in a field, one right after the other; the field keeps positions."""

    field: str
    values: tuple[str, ...]
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Prefix:
    """Values of a field that begin so; not scored."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Between:
    """Numbers of a field from one to another, both included; None is open; not scored."""

    field: str
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Among:
    """One of many values in a field that holds a single one, such as ids; not scored."""

    field: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least so many of the parts; their scores add up. Without parts nothing is found."""

    parts: Sequence["Clause"]
    least: int = 1


@dataclass(frozen=True, slots=True)
class Best:
    """One of the parts; the best score counts, and of the others a share."""

    parts: Sequence["Clause"]
    tie: float = 0.0


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of the parts, better with the wished ones, and none of the unwanted."""

    parts: Sequence["Clause"]
    wished: Sequence["Clause"] = ()
    without: Sequence["Clause"] = ()


@dataclass(frozen=True, slots=True)
class Worth:
    """What is found counts so much, however often and wherever."""

    part: "Clause"
    score: float


Clause = Term | Phrase | Prefix | Between | Among | AnyOf | Best | AllOf | Worth

NOTHING = AnyOf(())
