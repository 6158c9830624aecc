"""One folder of an index, from one rebuild to the next."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any

import tantivy

from search.analyzing import Fields
from search.embedded.queries import counted, narrowed
from search.embedded.schema import SCHEMA, document
from search.model import Count, Document, Query
from search.port import IndexLockedError

_HEAP = 96_000_000
#: Counts of a facet that are remembered.
_REMEMBERED = 100
#: Revisions are looked up so many at a time, and so many documents are held.
_LOOKED_UP = 200
_moments = count(1)

#: id, revision and the tantivy document
Made = tuple[str, int, Any]


class Moment:
    """What readers see from one commit to the next, and what is remembered of it.

    Both go together: what was found in one moment is never remembered for another, whoever writes meanwhile.
    """

    def __init__(self, searcher: Any) -> None:
        self.searcher = searcher
        #: No other moment of this process has it.
        self.number = next(_moments)
        #: Counts of facets over all that a reader may find: the most asked and the dearest.
        self._whole: OrderedDict[tuple[tuple[str, ...], str, int], list[Count]] = OrderedDict()
        self._counting = threading.Lock()

    def whole(self, query: Query) -> dict[str, list[Count]]:
        """The counts of facets over all that the reader of a query may find; for the last readers remembered."""
        seals, size = tuple(query.seals), query.facet_size
        with self._counting:
            known = {
                name: self._whole[seals, name, size] for name in query.facets if (seals, name, size) in self._whole
            }
        missing = [name for name in query.facets if name not in known]
        new = counted(self.searcher, narrowed(None, query), missing, size)
        with self._counting:
            for name in query.facets:
                self._whole[seals, name, size] = (known | new)[name]
                self._whole.move_to_end((seals, name, size))
            while len(self._whole) > _REMEMBERED:
                self._whole.popitem(last=False)
        return {name: (known | new)[name] for name in query.facets}


class Generation:
    """One index folder; knows revisions, not which generation is in force."""

    def __init__(self, folder: Path | None) -> None:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        self.index = tantivy.Index(SCHEMA, str(folder) if folder else None)
        self.index.config_reader("manual")
        self._meta = folder and folder / "meta.json"
        self._seeing = threading.Lock()
        self._seen = self._written()
        self.moment = Moment(self.index.searcher())
        self._writer: Any = None
        #: Revisions written while the generation is being filled.
        self._newer: dict[str, int] = {}
        self._uncommitted = False

    @property
    def writer(self) -> Any:
        if self._writer is None:
            try:
                self._writer = self.index.writer(_HEAP, 1)
            except ValueError as error:
                raise IndexLockedError from error
        return self._writer

    def write(self, entries: Iterable[Made]) -> None:
        """Write what is made where nothing newer is there: all of it, or what raised leaves nothing."""
        if self._uncommitted:
            self.commit()
        iterator, written = iter(entries), dict[str, int]()
        try:
            while some := list(islice(iterator, _LOOKED_UP)):
                self._add(some, written)
        except BaseException:
            self.writer.rollback()
            raise
        if written:
            self.commit()

    def _add(self, entries: Sequence[Made], written: dict[str, int]) -> None:
        known = self._revisions([document_id for document_id, _, _ in entries]) | written
        for document_id, revision, entry in entries:
            if revision >= known.get(document_id, -1):
                self.writer.delete_documents_by_term("id", document_id)
                self.writer.add_document(entry)
                known[document_id] = written[document_id] = revision

    def fill(self, documents: Iterable[tuple[Document, Fields]]) -> int:
        """Add documents with their terms to an empty generation, except where something newer was written meanwhile."""
        count, self._uncommitted = 0, True
        for entry, fields in documents:
            count += 1
            if entry.id in self._newer:
                if entry.revision <= self._newer[entry.id]:
                    continue
                self.writer.delete_documents_by_term("id", entry.id)
            self.writer.add_document(document(entry, fields))
        return count

    def write_while_filling(self, entries: Sequence[Made]) -> None:
        self.write(entries)
        self._newer.update({document_id: revision for document_id, revision, _ in entries})

    def commit(self) -> None:
        self.writer.commit()
        self._uncommitted = False
        self._see(self._written())

    def follow(self) -> None:
        """See what was committed in another process."""
        written = self._written()
        if written != self._seen:
            self._see(written)

    def _see(self, written: tuple[int, int]) -> None:
        with self._seeing:
            self.index.reload()
            self.moment = Moment(self.index.searcher())
            self._seen = written

    def _written(self) -> tuple[int, int]:
        """Each commit puts another file there; the clock alone does not tell apart two within a tick of it."""
        if self._meta is None:
            return 0, 0
        stat = self._meta.stat()
        return stat.st_mtime_ns, stat.st_ino

    def release(self) -> None:
        """Let another process write; what was not committed is given up."""
        if self._writer is not None:
            self._writer.rollback()
            self._writer.wait_merging_threads()
            self._writer = None

    def _revisions(self, ids: list[str]) -> dict[str, int]:
        searcher = self.moment.searcher
        query = tantivy.Query.term_set_query(SCHEMA, "id", ids)
        addresses = [address for _, address in searcher.search(query, limit=len(ids) + 1, count=False).hits]
        revisions = searcher.fast_field_values("revision", addresses) if addresses else []
        return {
            str(searcher.doc(address).get_first("id")): int(revision or 0)
            for address, revision in zip(addresses, revisions, strict=True)
        }
