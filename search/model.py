"""What goes into an index and what comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from search.clauses import AnyOf, Clause
from search.signals import Lifts


class Sort(StrEnum):
    """Orders of a result; the best, or the latest, comes first."""

    #: By score; without words by the day of modification.
    RELEVANCE = "relevance"
    MODIFIED = "modified"
    ISSUED = "issued"


#: The seal of what everybody may find, and all that a reader holds of whom nothing is known.
OPEN_TO_ALL = ("public",)


@dataclass(frozen=True, slots=True)
class Document:
    """One searchable thing at one revision."""

    id: str
    #: Grows with each change; an older one never wins over a newer one.
    revision: int
    #: title, keywords, organization, description, identifier, spatial, series → text as people wrote it
    text: Mapping[str, str] = field(default_factory=dict)
    #: name of FACETS → values
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: "modified" and "issued", in seconds since 1970; 0: not known
    dates: Mapping[str, int] = field(default_factory=dict)
    #: what a row of results shows; given back as it came
    card: Mapping[str, Any] = field(default_factory=dict)
    #: "quality", "use": a step from 0 to 5
    signals: Mapping[str, int] = field(default_factory=dict)
    #: What the title means: 384 numbers of 16 bits, or nothing.
    vector: bytes = b""
    #: Whoever holds one of these may find it; for all others it does not exist.
    seals: Sequence[str] = OPEN_TO_ALL
    #: Ids of who answers for it and of all that those lie beneath.
    owners: Sequence[str] = ()
    #: A number below 2^56 of what the document was made of: equal digests, equal contents.
    digest: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. Values OR within a facet, AND between facets and words."""

    #: What the reader's words were understood to mean; None: every document.
    clause: Clause | None = None
    #: name of FILTERS → values; "" finds what has no value, dates have periods such as 2024-01-01/2024-12-31
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: Facets to count; each is counted without its own filter.
    facets: Sequence[str] = ()
    facet_size: int = 20
    sort: Sort = Sort.RELEVANCE
    offset: int = 0
    size: int = 20
    #: Whether the first 1,000 hits of one series are one hit.
    fold: bool = False
    #: What moves hits of the clause up in the order of relevance.
    lifts: Lifts | None = None
    #: Found too, and behind all that the clause finds: each is worth less than ``BEHIND``.
    behind: Sequence[Clause] = ()
    #: What the reader holds: documents without one of these are neither found nor counted.
    seals: Sequence[str] = OPEN_TO_ALL

    @property
    def found(self) -> Clause | None:
        """The clause, and what is found behind it."""
        return AnyOf((self.clause, *self.behind)) if self.clause and self.behind else self.clause


#: No words are worth so little: what is only near in meaning comes behind what they find.
BEHIND = 0.01


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found."""

    score: float
    card: Mapping[str, Any]
    #: What near-identical records share; of a record without such its id.
    series: str = ""
    #: How many others of the series the result has, where they are folded into this hit.
    others: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """How many of the documents found have a value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the result, and what is known of the whole of it."""

    #: All documents found, exactly.
    total: int
    hits: Sequence[Hit]
    #: facet → most frequent values first, ties in the order of the values; last "", what has no value
    facets: Mapping[str, Sequence[Count]]
    #: Hits that pages lead through: fewer than all where hits are folded.
    rows: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of a snapshot, and the place where the next one begins; None at the end."""

    hits: Sequence[Hit]
    place: Any


@dataclass(frozen=True, slots=True)
class GenerationInfo:
    """An index as a rebuild made it."""

    name: str
    documents: int
    #: Whether it serves; else it is kept.
    in_force: bool
    #: Whether it is of an older shape: it is searched until a rebuild has made a new one.
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """That the index holds a document, at which revision, and the document's digest."""

    id: str
    revision: int
    digest: int
