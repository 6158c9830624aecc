"""What editors change of the search, and the versions of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

#: Characters of a query that is counted or has pins, and of a term.
LONGEST_QUERY = 60
LONGEST_TERM = 20

Term = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TERM)]
#: Solr's format: "a, b" mean the same; "a => b, c": who types a accepts b and c too.
Synonyms = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Words = Annotated[tuple[Term, ...], Field(max_length=500)]
Lines = Annotated[tuple[Synonyms, ...], Field(max_length=2000)]
Query = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUERY)]
RecordId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=16)]
Pinned = Annotated[tuple[RecordId, ...], Field(min_length=1, max_length=5)]


class Changes(BaseModel):
    """What differs from the words and weights that come with the product, and what is pinned."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    synonyms_added: Lines = ()
    synonyms_removed: Lines = ()
    stop_added: Words = ()
    stop_removed: Words = ()
    weak_added: Words = ()
    weak_removed: Words = ()
    weights: dict[str, float] = {}
    pins: Annotated[dict[Query, Pinned], Field(max_length=500)] = {}


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being edited; each change has a revision of its own."""

    revision: int
    changes: Changes


@dataclass(frozen=True, slots=True)
class Version:
    """What was in force once, or is. Nothing of it ever changes."""

    number: int
    author: str
    at: datetime
    note: str
    changes: Changes
    #: None: a draft that a restore put aside
    published_at: datetime | None
