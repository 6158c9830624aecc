"""EmbeddedIndex: generations in a folder, one a rebuild, and a file ``current`` that names the one in force.

One process writes (tantivy locks the folder); others may read, and follow ``current``.
"""

import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import tantivy

from search.analyzing import analyzed
from search.embedded.generation import Generation, Made, Moment
from search.embedded.hits import EmbeddedSnapshot, found
from search.embedded.queries import asked, everything, facets, without_gone
from search.embedded.schema import SCHEMA, SHAPE, document, tombstone
from search.model import Document, Entry, GenerationInfo, Page, Query
from search.phases import Phase, begin
from search.port import Examine, NothingKeptError, RebuildRefusedError, SearchUnavailableError, Snapshot, trust

_BATCH = 1000
_FIRST_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


class EmbeddedIndex:
    """A SearchIndex in a folder, or in memory without one."""

    remote = False

    def __init__(self, folder: Path | None) -> None:
        self._parent = folder
        #: Each shape of the index has a folder of its own, so a new version never reads what it does not understand.
        self._folder = folder and folder / SHAPE
        self._pointer = self._folder and self._folder / "current"
        self._writing = threading.RLock()
        #: One generation at a time is made ready beside the one in force.
        self._preparing = threading.Lock()
        self._switching = threading.RLock()
        self._filling: Generation | None = None
        self._name, self._kept = "", ""
        self._mark = -1
        self._opened: Generation | None = None

    def put(self, documents: Iterable[Document]) -> None:
        self._write(_added(documents))

    def drop(self, ids: Mapping[str, int]) -> None:
        self._write(_dropped(ids))

    def search(self, query: Query) -> Page:
        moment = self._live.moment
        try:
            return search_in(moment, query)
        except ValueError as error:
            raise SearchUnavailableError from error

    def snapshot(self, query: Query, lasting: timedelta) -> Snapshot:  # noqa: ARG002 a searcher lasts as long as it is held
        try:
            return EmbeddedSnapshot(self._searcher(), query)
        except ValueError as error:
            raise SearchUnavailableError from error

    def rebuild(self, documents: Iterable[Document], examine: Examine = trust) -> int:
        with self._beside(new=True) as filling:
            begin(Phase.FILLING)
            count = self._fill(filling, documents)
            begin(Phase.COMMITTING, documents=count)
            with self._writing:
                filling.commit()
            begin(Phase.EXAMINING)
            # Hidden ones count too: what was given may have been dropped meanwhile.
            held = filling.moment.searcher.num_docs
            lost = [f"The new index holds {held} documents and was given {count}."] if held < count else ()
            _unless((*lost, *examine(_Beside(filling, self._writing))))
        begin(Phase.CLEARING)
        self._forget()
        return count

    def rollback(self, examine: Examine) -> None:
        with self._beside(new=False) as kept:
            _unless(examine(_Beside(kept, self._writing)))

    def sweep(self) -> None:
        with self._preparing, self._writing:
            self._live.writer  # noqa: B018 whoever sweeps must be the one who writes
            self._remove_others()

    def generations(self) -> Sequence[GenerationInfo]:
        self._follow()
        told = [GenerationInfo(self._name, self.count(), in_force=True)]
        if self._folder and self._is_kept():
            kept = Generation(self._folder / self._kept)
            told.append(GenerationInfo(self._kept, _count(kept.moment.searcher), in_force=False))
        return told

    def moment(self) -> int:
        return self._live.moment.number

    def entries(self) -> Iterator[Entry]:
        return _entries(self._searcher())

    def count(self) -> int:
        return _count(self._searcher())

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

    def _write(self, entries: Iterable[Made]) -> None:
        """What is made is written at once and forgotten, unless another generation wants it too."""
        with self._writing:
            if self._filling is None:
                self._live.write(entries)
                return
            made = list(entries)
            self._live.write(made)
            self._filling.write_while_filling(made)

    def _fill(self, filling: Generation, documents: Iterable[Document]) -> int:
        iterator, count = analyzed(documents), 0
        while batch := list(islice(iterator, _BATCH)):
            with self._writing:
                count += filling.fill(batch)
        return count

    @contextmanager
    def _beside(self, *, new: bool) -> Iterator[Generation]:
        """A generation that every write reaches too; it serves from the end on, unless there is an exception."""
        with self._preparing:
            begin(Phase.PREPARING)
            with self._writing:
                self._live.writer  # noqa: B018 whoever rebuilds must be the one who writes
                self._remove_others()
                name = self._next(new=new)
                made = self._filling = Generation(self._folder and self._folder / name)
            try:
                yield made
                with self._writing:
                    self._switch(name, made)
            finally:
                with self._writing:
                    self._filling = None
                    if self._live is not made:
                        made.release()
                        self._remove_others()

    def _next(self, *, new: bool) -> str:
        if new:
            return f"{max(int(self._name), int(self._kept or 0)) + 1:06d}"
        if not self._is_kept():
            raise NothingKeptError
        return self._kept

    def _is_kept(self) -> bool:
        return bool(self._folder and self._kept and (self._folder / self._kept).is_dir())

    def _switch(self, name: str, made: Generation) -> None:
        """Let another generation serve, and keep the one that did. Readers see one or the other, never none."""
        begin(Phase.SWITCHING, generation=name)
        with self._switching:
            old, kept = self._live, self._name
            if self._folder is not None:
                part = self._folder / "current.part"
                part.write_text(f"{name}\n{kept}\n")
                part.replace(self._folder / "current")
                self._mark = self._changed()
            self._opened, self._name, self._kept = made, name, kept
        begin(Phase.SERVING, generation=name)
        old.release()

    def _searcher(self) -> Any:
        return self._live.moment.searcher

    def _follow(self) -> None:
        """Take up the generation in force, which another process may have switched."""
        if self._changed() != self._mark:
            with self._switching:  # this process may be in the middle of it
                self._take_up()
        elif self._opened is not None:
            self._opened.follow()

    def _take_up(self) -> None:
        changed = self._changed()
        if changed != self._mark:
            self._name, self._kept = self._current()
            self._opened = Generation(self._folder and self._folder / self._name)
            self._mark = changed

    def _changed(self) -> int:
        try:
            return self._pointer.stat().st_mtime_ns if self._pointer else 0
        except FileNotFoundError:
            return 0

    def _current(self) -> tuple[str, str]:
        """The generation in force, and the one that is kept."""
        try:
            said = (self._folder / "current").read_text().split() if self._folder else []
        except FileNotFoundError:
            said = []
        return (said[0] if said else "000000", said[1] if len(said) > 1 else "")

    def _remove_others(self) -> None:
        """Remove all generations but the one in force and the one that is kept."""
        if self._folder is not None:
            _remove(self._folder, but={self._name, self._kept})

    def _forget(self) -> None:
        """Remove what is older than the generation that is kept, and what other shapes left."""
        with self._writing:
            self._remove_others()
            if self._parent is not None:
                _remove(self._parent, but={SHAPE})


class _Beside:
    """The contents of a generation that is made ready beside the one in force."""

    def __init__(self, generation: Generation, writing: threading.RLock) -> None:
        self._generation, self._writing = generation, writing

    def put(self, documents: Iterable[Document]) -> None:
        self._write(_added(documents))

    def drop(self, ids: Mapping[str, int]) -> None:
        self._write(_dropped(ids))

    def search(self, query: Query) -> Page:
        return search_in(self._generation.moment, query)

    def entries(self) -> Iterator[Entry]:
        return _entries(self._generation.moment.searcher)

    def count(self) -> int:
        return _count(self._generation.moment.searcher)

    def _write(self, entries: Iterable[Made]) -> None:
        with self._writing:
            self._generation.write(entries)


def _unless(reasons: Sequence[str]) -> None:
    if reasons:
        raise RebuildRefusedError(reasons)


def _remove(folder: Path, *, but: set[str]) -> None:
    for path in folder.iterdir():
        if path.is_dir() and path.name not in but:
            shutil.rmtree(path)


def _added(documents: Iterable[Document]) -> Iterator[Made]:
    return ((entry.id, entry.revision, document(entry, fields)) for entry, fields in analyzed(documents))


def _dropped(ids: Mapping[str, int]) -> Iterator[Made]:
    return ((key, revision, tombstone(key, revision)) for key, revision in ids.items())


def _entries(searcher: Any) -> Iterator[Entry]:
    for pattern in (*(f"{first}.*" for first in _FIRST_CHARACTERS), f"[^{_FIRST_CHARACTERS}].*"):
        query = without_gone(searcher, tantivy.Query.regex_query(SCHEMA, "id", pattern))
        addresses = [address for _, address in searcher.search(query, searcher.num_docs + 1, count=False).hits]
        if addresses:
            columns = (searcher.fast_field_values(name, addresses) for name in ("revision", "digest"))
            ids = (searcher.doc(address).get_first("id") for address in addresses)
            yield from (Entry(*row) for row in sorted(zip(ids, *columns, strict=True)))


def _count(searcher: Any) -> int:
    return int(searcher.search(everything(searcher), limit=1).count)


def search_in(moment: Moment, query: Query) -> Page:
    searcher = moment.searcher
    words = asked(query.found) if query.found else None
    total, hits, rows = found(searcher, words, query)
    if words is None and not query.filters:
        return Page(total, hits, moment.whole(query), rows)
    counted = asked(query.found, scored=False) if query.found else None
    return Page(total, hits, facets(searcher, counted, query), rows)
