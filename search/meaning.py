"""What is asked of a model of meanings: texts that mean the same are near each other, whatever their words."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from search.model import Query


class Nearest(Protocol):
    """Knows the documents whose titles mean what a text says."""

    def near(self, text: str, query: Query, /) -> Sequence[str]:
        """Ids, nearest first; none where nothing is near enough.

        The query's filters may or may not have been minded: whoever asks looks the ids up by an ordinary query.
        """


class Meanings(Nearest, Protocol):
    """A model, and the vectors that it gave."""

    #: Vectors of another model cannot be compared.
    model: str
    #: Whether the index keeps the vectors, so that documents are put again when they have one.
    indexed: bool

    def vectors(self, titles: Sequence[str]) -> list[bytes]:
        """A vector for each title: float16."""

    def publish(self, vectors: Iterable[tuple[str, bytes]], count: int) -> None:
        """Put the vectors of ``count`` ids in the place of all that were given to who serves."""

    def published(self) -> bool:
        """Whether any were."""
