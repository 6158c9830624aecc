"""SearchIndex: all that the catalog asks of a search engine."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Protocol

from search.model import Document, Entry, Page, Query, Turn


class SearchUnavailableError(Exception):
    """The search engine does not answer."""


class IndexLockedError(SearchUnavailableError):
    """Another process writes this index."""


class RebuildRefusedError(Exception):
    """The new index does not hold what it was given, so the old one stays."""


class SnapshotLostError(Exception):
    """The engine no longer holds this snapshot."""


class Snapshot(Protocol):
    """All that a query found at one moment, in one order, whatever is written later."""

    #: All documents found, exactly.
    total: int

    def turn(self, place: Any, size: int) -> Turn:
        """The stretch from a place on, None for the start; the same each time it is asked for.

        A place is what an earlier turn gave: plain JSON. Raises SnapshotLostError.
        """

    def close(self) -> None:
        """Let go of it."""


class SearchIndex(Protocol):
    """A searchable copy of the catalog. It may be rebuilt at any time.

    Every method raises SearchUnavailableError when the engine is down.
    """

    #: Whether a search waits for another process, and so belongs on a thread of its own.
    remote: bool

    def put(self, documents: Iterable[Document]) -> None:
        """Add or replace; durable and findable on return. An older revision than the known one changes nothing.

        The same revision takes the place of the known one: what is known of a record beside its text, such as how much
        it is used, changes without a revision.
        """

    def drop(self, ids: Mapping[str, int]) -> None:
        """Take out the documents of ``id → revision``; an older put that comes later does not bring them back."""

    def search(self, query: Query) -> Page:
        """One page of what a query finds, with exact counts."""

    def snapshot(self, query: Query, lasting: timedelta) -> Snapshot:
        """Hold what a query finds now, unfolded and without counts, until so long after its last turn.

        Up to two million hits. Writes, merges and the switch of a rebuild do not touch it.
        """

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Fill a new index beside this one, then switch; an exception on the way changes nothing.

        Writes that arrive meanwhile reach both. Returns the number of documents of the new index.
        """

    def entries(self) -> Iterator[Entry]:
        """Every document, in the order of ids."""

    def count(self) -> int:
        """The number of documents."""

    def size(self) -> int:
        """Bytes on the disk."""

    def release(self) -> None:
        """Let another process write; this one may go on and take it up again."""

    def close(self) -> None:
        """Let go of files and connections."""
