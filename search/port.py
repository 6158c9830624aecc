"""SearchIndex: all that the catalog asks of a search engine."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from search.model import Document, Entry, GenerationInfo, Page, Query, Turn


class SearchUnavailableError(Exception):
    """The search engine does not answer."""


class IndexLockedError(SearchUnavailableError):
    """Another process writes this index."""


class RebuildRefusedError(Exception):
    """The other index is not as good as the one that serves, so this one stays."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(self.reasons))


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


class NothingKeptError(Exception):
    """No former index is kept that one could go back to."""


class Contents(Protocol):
    """What can be asked of and written to an index: the one that serves, or one that is made ready beside it."""

    def put(self, documents: Iterable[Document]) -> None:
        """Add or replace; durable and findable on return. An older revision than the known one changes nothing.

        The same revision takes the place of the known one: what is known of a record beside its text, such as how much
        it is used, changes without a revision.
        """

    def drop(self, ids: Mapping[str, int]) -> None:
        """Take out the documents of ``id → revision``; an older put that comes later does not bring them back."""

    def search(self, query: Query) -> Page:
        """One page of what a query finds, with exact counts."""

    def entries(self) -> Iterator[Entry]:
        """Every document, in the order of ids."""

    def count(self) -> int:
        """The number of documents."""


#: Says what speaks against letting a generation serve; empty: nothing.
Examine = Callable[[Contents], Sequence[str]]


def trust(_contents: Contents) -> Sequence[str]:
    """Nothing speaks against it."""
    return ()


class SearchIndex(Contents, Protocol):
    """A searchable copy of the catalog. It may be rebuilt at any time.

    Every method raises SearchUnavailableError when the engine is down.
    """

    #: Whether a search waits for another process, and so belongs on a thread of its own.
    remote: bool

    def snapshot(self, query: Query, lasting: timedelta) -> Snapshot:
        """Hold what a query finds now, unfolded and without counts, until so long after its last turn.

        Up to two million hits. Writes, merges and the switch of a rebuild do not touch it.
        """

    def moment(self) -> int:
        """A number of what readers see now: another one, never seen before, after each write and each switch.

        0 where the engine cannot tell at once; then nothing that was found may be remembered.
        """

    def rebuild(self, documents: Iterable[Document], examine: Examine = trust) -> int:
        """Fill a new index beside this one, examine it, then switch; an exception on the way changes nothing.

        Writes that arrive meanwhile reach both. The index that was in force is kept. Returns the number of documents
        that were given. Raises RebuildRefusedError.
        """

    def rollback(self, examine: Examine) -> None:
        """Go back to the index that is kept, and keep this one; an exception on the way changes nothing.

        ``examine`` may write to it, for it has missed what came since. Writes that arrive meanwhile reach both. Raises
        NothingKeptError and RebuildRefusedError.
        """

    def sweep(self) -> None:
        """Remove what an interrupted rebuild left. Only for who alone may rebuild, before it does."""

    def generations(self) -> Sequence[GenerationInfo]:
        """The index in force, and the one that is kept."""

    def size(self) -> int:
        """Bytes on the disk."""

    def release(self) -> None:
        """Let another process write; this one may go on and take it up again."""

    def close(self) -> None:
        """Let go of files and connections."""
