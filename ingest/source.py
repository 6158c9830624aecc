"""Source: where records come from, and what a row of it is."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from catalog.domain.datasets import Dataset
from catalog.domain.registers import License


@dataclass(frozen=True, slots=True)
class Record:
    """A row that can be kept."""

    #: The row's place in the source, from 0.
    position: int
    #: What the source knows it by.
    key: str
    dataset: Dataset
    #: The license that the dataset names, for the register.
    license: License | None = None
    #: Files that lie beside the list and come with the record.
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be kept, and why."""

    position: int
    key: str
    reason: str


class Source(Protocol):
    """Somebody's catalog, read from beginning to end or from a row on. Raises SourceBrokenError."""

    def records(self, start: int) -> Iterator[Record | Rejected]:
        """Every row from the one at ``start`` on, in an order that is the same each time."""

    @property
    def unplaced(self) -> Collection[str]:
        """Columns that were met and have no place in our record."""

    @property
    def fingerprint(self) -> str:
        """The same as long as rows have the same places; "" where that cannot be told."""

    @property
    def total(self) -> int | None:
        """How many rows there will be, as far as that can be told by now."""
