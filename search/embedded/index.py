"""EmbeddedIndex: generations in a folder, one a rebuild, and a file ``current`` that names the one in force.

One process writes (tantivy locks the folder); others may read, and follow ``current``.
"""

import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import tantivy

from search.embedded.generation import Generation
from search.embedded.hits import EmbeddedSnapshot, found
from search.embedded.queries import asked, everything, facets, without_gone
from search.embedded.schema import SCHEMA, SHAPE, document, tombstone
from search.model import Document, Entry, Page, Query
from search.port import RebuildRefusedError, SearchUnavailableError, Snapshot

_BATCH = 1000
_FIRST_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


class EmbeddedIndex:
    """A SearchIndex in a folder, or in memory without one."""

    remote = False

    def __init__(self, folder: Path | None) -> None:
        self._parent = folder
        #: Each shape of the index has a folder of its own, so a new version never reads what it does not understand.
        self._folder = folder and folder / SHAPE
        self._writing = threading.RLock()
        self._filling: Generation | None = None
        self._name = ""
        self._mark = -1
        self._opened: Generation | None = None

    def put(self, documents: Iterable[Document]) -> None:
        newest: dict[str, tuple[int, Any]] = {}
        for entry in documents:
            if entry.revision > newest.get(entry.id, (-1, None))[0]:
                newest[entry.id] = (entry.revision, entry)
        self._write({key: (revision, document(entry)) for key, (revision, entry) in newest.items()})

    def drop(self, ids: Mapping[str, int]) -> None:
        self._write({key: (revision, tombstone(key, revision)) for key, revision in ids.items()})

    def search(self, query: Query) -> Page:
        live = self._live
        try:
            return search_in(live, query)
        except ValueError as error:
            raise SearchUnavailableError from error

    def snapshot(self, query: Query, lasting: timedelta) -> Snapshot:  # noqa: ARG002 a searcher lasts as long as it is held
        try:
            return EmbeddedSnapshot(self._searcher(), query)
        except ValueError as error:
            raise SearchUnavailableError from error

    def rebuild(self, documents: Iterable[Document]) -> int:
        with self._writing:
            self._live.writer  # noqa: B018 whoever rebuilds must be the one who writes
            name = f"{int(self._name) + 1:06d}"
            self._sweep()
            filling = self._filling = Generation(self._folder and self._folder / name)
        try:
            count = self._fill(filling, documents)
            with self._writing:
                filling.commit()
                self._validate(filling, count)
                self._switch(name, filling)
        finally:
            with self._writing:
                self._filling = None
                if self._live is not filling:
                    filling.release()
                    self._remove(name)
        return count

    def entries(self) -> Iterator[Entry]:
        searcher = self._searcher()
        for pattern in (*(f"{first}.*" for first in _FIRST_CHARACTERS), f"[^{_FIRST_CHARACTERS}].*"):
            query = without_gone(searcher, tantivy.Query.regex_query(SCHEMA, "id", pattern))
            addresses = [address for _, address in searcher.search(query, searcher.num_docs + 1, count=False).hits]
            if addresses:
                revisions = searcher.fast_field_values("revision", addresses)
                ids = (searcher.doc(address).get_first("id") for address in addresses)
                yield from (Entry(i, int(r)) for i, r in sorted(zip(ids, revisions, strict=True)))

    def count(self) -> int:
        searcher = self._searcher()
        return int(searcher.search(everything(searcher), limit=1).count)

    def size(self) -> int:
        self._follow()
        if self._folder is None:
            return 0
        return sum(path.stat().st_size for path in (self._folder / self._name).iterdir())

    def release(self) -> None:
        with self._writing:
            if self._opened is not None:
                self._opened.release()

    def close(self) -> None:
        self.release()

    @property
    def _live(self) -> Generation:
        """The generation in force; opened by the first use, for commands may not touch what a server holds."""
        self._follow()
        if self._opened is None:
            raise AssertionError  # _follow has opened it
        return self._opened

    def _write(self, entries: Mapping[str, tuple[int, Any]]) -> None:
        if not entries:
            return
        with self._writing:
            self._live.write(entries)
            if self._filling is not None:
                self._filling.write_while_filling(entries)

    def _fill(self, filling: Generation, documents: Iterable[Document]) -> int:
        iterator, count = iter(documents), 0
        while batch := list(islice(iterator, _BATCH)):
            with self._writing:
                count += filling.fill(batch)
        return count

    def _validate(self, filling: Generation, count: int) -> None:
        # Hidden ones count too: what was given may have been dropped meanwhile.
        if filling.index.searcher().num_docs < count:
            raise RebuildRefusedError

    def _switch(self, name: str, filling: Generation) -> None:
        old, self._opened, self._name = self._live, filling, name
        if self._folder is not None:
            part = self._folder / "current.part"
            part.write_text(name)
            part.replace(self._folder / "current")
            self._mark = self._changed()
        old.release()

    def _searcher(self) -> Any:
        return self._live.index.searcher()

    def _follow(self) -> None:
        """Take up the generation in force, which another process may have switched."""
        changed = self._changed()
        if changed != self._mark:
            self._mark, self._name = changed, self._current()
            self._opened = Generation(self._folder and self._folder / self._name)
        elif self._opened is not None:
            self._opened.follow()

    def _changed(self) -> int:
        try:
            return (self._folder / "current").stat().st_mtime_ns if self._folder else 0
        except FileNotFoundError:
            return 0

    def _current(self) -> str:
        try:
            return (self._folder / "current").read_text() if self._folder else "000000"
        except FileNotFoundError:
            return "000000"

    def _sweep(self) -> None:
        """Remove what an interrupted rebuild left, and all generations but this one."""
        if self._folder is not None and self._parent is not None:
            others = [*self._parent.iterdir(), *self._folder.iterdir()]
            for path in others:
                if path.is_dir() and path not in (self._folder, self._folder / self._name):
                    shutil.rmtree(path)

    def _remove(self, name: str) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder / name, ignore_errors=True)


def search_in(live: Generation, query: Query) -> Page:
    searcher: Any = live.index.searcher()
    words = asked(query.clause) if query.clause else None
    total, hits, rows = found(searcher, words, query)
    if words is None and not query.filters:
        return Page(total, hits, live.whole(searcher, query.facets, query.facet_size), rows)
    counted = asked(query.clause, scored=False) if query.clause else None
    return Page(total, hits, facets(searcher, counted, query), rows)
