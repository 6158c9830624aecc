"""The embedded engine: tantivy, in this process, in a folder.

The folder holds generations, one a rebuild, and a file ``current`` that names the one in force. One process writes
(tantivy locks the folder); others may read, and follow ``current``.
"""

import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import tantivy
from tantivy import Occur

from search.analysis import needed, query_terms, terms
from search.facets import DATES, FACETS, MANY, TEXT_FIELDS, shape
from search.model import Count, Document, Entry, Hit, Page, Query, Sort
from search.port import IndexLockedError, RebuildRefusedError, SearchUnavailableError

_HEAP = 96_000_000
_BATCH = 1000
#: Wide enough that the counts of several segments add up exactly.
_EVERY_VALUE = 65_000
#: Stands for "no value" in the facets that hold one value.
_NOTHING = ""
_FIRST_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("revision", fast=True)
    #: Set on what stands for a dropped document, so that a late write does not bring it back.
    builder.add_text_field("gone", tokenizer_name="raw", index_option="basic")
    for name in TEXT_FIELDS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in FACETS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in DATES:
        builder.add_unsigned_field(name, fast=True)
    builder.add_bytes_field("card", stored=True)
    return builder.build()


_SCHEMA = _schema()
_SHAPE = shape("1")


def _document(document: Document) -> Any:
    out = tantivy.Document()
    out.add_text("id", document.id)
    out.add_unsigned("revision", document.revision)
    for name in TEXT_FIELDS:
        if text := document.text.get(name):
            out.add_text(name, " ".join(terms(text)))
    for name in FACETS:
        # A column in which every record has a value is counted several times faster than one with gaps.
        for value in document.facets.get(name, ()) or (() if name in MANY else (_NOTHING,)):
            out.add_text(name, value)
    for name in DATES:
        out.add_unsigned(name, max(document.dates.get(name, 0), 0))
    out.add_bytes("card", orjson.dumps(document.card))
    return out


def _tombstone(document_id: str, revision: int) -> Any:
    out = tantivy.Document()
    out.add_text("id", document_id)
    out.add_unsigned("revision", revision)
    out.add_text("gone", "1")
    return out


class _Generation:
    """One index folder; knows revisions, not which generation is in force."""

    def __init__(self, folder: Path | None) -> None:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        self.index = tantivy.Index(_SCHEMA, str(folder) if folder else None)
        self.index.config_reader("manual")
        self._meta = folder and folder / "meta.json"
        self._seen = self._written()
        self._writer: Any = None
        #: Counts of facets over every document, until the next commit: the most asked and the dearest.
        self._whole: dict[tuple[str, int], list[Count]] = {}
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

    def write(self, entries: Mapping[str, tuple[int, Any]]) -> None:
        """Write ``id → (revision, tantivy document)`` where it is newer than what is there."""
        writer = self.writer
        if self._uncommitted:
            self.commit()
        known = self._revisions(list(entries))
        for document_id, (revision, document) in entries.items():
            if revision > known.get(document_id, -1):
                writer.delete_documents_by_term("id", document_id)
                writer.add_document(document)
        self.commit()

    def fill(self, documents: Iterable[Document]) -> int:
        """Add documents to an empty generation, except where something newer was written meanwhile."""
        count, self._uncommitted = 0, True
        for document in documents:
            count += 1
            if document.id in self._newer:
                if document.revision <= self._newer[document.id]:
                    continue
                self.writer.delete_documents_by_term("id", document.id)
            self.writer.add_document(_document(document))
        return count

    def write_while_filling(self, entries: Mapping[str, tuple[int, Any]]) -> None:
        self.write(entries)
        self._newer.update({document_id: revision for document_id, (revision, _) in entries.items()})

    def commit(self) -> None:
        self.writer.commit()
        self._uncommitted = False
        self.follow()

    def follow(self) -> None:
        """See what was committed here or in another process."""
        written = self._written()
        if written != self._seen or self._meta is None:
            self._seen = written
            self.index.reload()
            self._whole = {}

    def whole(self, searcher: Any, names: Sequence[str], size: int) -> dict[str, list[Count]]:
        """The counts of facets over every document."""
        missing = [name for name in names if (name, size) not in self._whole]
        for name, counts in _counted(searcher, _everything(searcher), missing, size).items():
            self._whole[name, size] = counts
        return {name: self._whole[name, size] for name in names}

    def _written(self) -> int:
        return self._meta.stat().st_mtime_ns if self._meta else 0

    def release(self) -> None:
        """Let another process write; what was not committed is given up."""
        if self._writer is not None:
            self._writer.rollback()
            self._writer.wait_merging_threads()
            self._writer = None

    def _revisions(self, ids: list[str]) -> dict[str, int]:
        searcher = self.index.searcher()
        query = tantivy.Query.term_set_query(_SCHEMA, "id", ids)
        addresses = [address for _, address in searcher.search(query, limit=len(ids) + 1, count=False).hits]
        revisions = searcher.fast_field_values("revision", addresses) if addresses else []
        return {
            str(searcher.doc(address).get_first("id")): int(revision or 0)
            for address, revision in zip(addresses, revisions, strict=True)
        }


class EmbeddedIndex:
    """A SearchIndex in a folder, or in memory without one."""

    remote = False

    def __init__(self, folder: Path | None) -> None:
        self._parent = folder
        #: Each shape of the index has a folder of its own, so a new version never reads what it does not understand.
        self._folder = folder and folder / _SHAPE
        self._writing = threading.RLock()
        self._filling: _Generation | None = None
        self._name = ""
        self._mark = -1
        self._opened: _Generation | None = None

    def put(self, documents: Iterable[Document]) -> None:
        newest: dict[str, tuple[int, Any]] = {}
        for document in documents:
            if document.revision > newest.get(document.id, (-1, None))[0]:
                newest[document.id] = (document.revision, document)
        self._write({key: (revision, _document(document)) for key, (revision, document) in newest.items()})

    def drop(self, ids: Mapping[str, int]) -> None:
        self._write({key: (revision, _tombstone(key, revision)) for key, revision in ids.items()})

    def search(self, query: Query) -> Page:
        live = self._live
        try:
            return _search(live, query)
        except ValueError as error:
            raise SearchUnavailableError from error

    def rebuild(self, documents: Iterable[Document]) -> int:
        with self._writing:
            self._live.writer  # noqa: B018 whoever rebuilds must be the one who writes
            name = f"{int(self._name) + 1:06d}"
            self._sweep()
            filling = self._filling = _Generation(self._folder and self._folder / name)
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
            query = _without_gone(searcher, tantivy.Query.regex_query(_SCHEMA, "id", pattern))
            addresses = [address for _, address in searcher.search(query, searcher.num_docs + 1, count=False).hits]
            if addresses:
                revisions = searcher.fast_field_values("revision", addresses)
                ids = (searcher.doc(address).get_first("id") for address in addresses)
                yield from (Entry(i, int(r)) for i, r in sorted(zip(ids, revisions, strict=True)))

    def count(self) -> int:
        searcher = self._searcher()
        return int(searcher.search(_everything(searcher), limit=1).count)

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
    def _live(self) -> _Generation:
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

    def _fill(self, filling: _Generation, documents: Iterable[Document]) -> int:
        iterator, count = iter(documents), 0
        while batch := list(islice(iterator, _BATCH)):
            with self._writing:
                count += filling.fill(batch)
        return count

    def _validate(self, filling: _Generation, count: int) -> None:
        # Hidden ones count too: what was given may have been dropped meanwhile.
        if filling.index.searcher().num_docs < count:
            raise RebuildRefusedError

    def _switch(self, name: str, filling: _Generation) -> None:
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
            self._opened = _Generation(self._folder and self._folder / self._name)
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


def _search(live: _Generation, query: Query) -> Page:
    searcher: Any = live.index.searcher()
    words, order = _words(query), _order(query)
    found = searcher.search(
        _narrowed(searcher, words, query.filters), limit=max(query.size, 1), offset=query.offset, order_by_field=order
    )
    hits = [
        Hit(0.0 if order else key, orjson.loads(searcher.doc(address).get_first("card")))
        for key, address in (found.hits if query.size else ())
    ]
    if words is None and not query.filters:
        return Page(found.count, hits, live.whole(searcher, query.facets, query.facet_size))
    return Page(found.count, hits, _facets(searcher, words, query))


def _words(query: Query) -> Any:
    """A query for the words, or None where there are none."""
    if not query.words.strip():
        return None
    found = query_terms(query.words)
    if not found:
        return tantivy.Query.empty_query()
    clauses = [(Occur.Should, _anywhere(term)) for term in found]
    return tantivy.Query.boolean_query(clauses, minimum_number_should_match=needed(len(clauses)))


def _anywhere(term: str) -> Any:
    return tantivy.Query.boolean_query(
        [
            (Occur.Should, tantivy.Query.boost_query(tantivy.Query.term_query(_SCHEMA, name, term, "freq"), boost))
            for name, boost in TEXT_FIELDS.items()
        ]
    )


def _order(query: Query) -> str | None:
    if query.sort is Sort.RELEVANCE:
        return None if query.words.strip() else "modified"
    return str(query.sort)


def _narrowed(searcher: Any, words: Any, filters: Mapping[str, Any], without: str = "") -> Any:
    clauses = [] if words is None else [(Occur.Must, words)]
    for name, values in filters.items():
        if name != without:
            chosen = tantivy.Query.term_set_query(_SCHEMA, name, [value for value in values if value])
            clauses.append((Occur.Must, tantivy.Query.const_score_query(chosen, 0.0)))
    return tantivy.Query.boolean_query(clauses) if clauses else _everything(searcher)


def _everything(searcher: Any) -> Any:
    return _without_gone(searcher, tantivy.Query.all_query())


def _without_gone(searcher: Any, query: Any) -> Any:
    if not searcher.doc_freq("gone", "1"):
        return query
    gone = tantivy.Query.term_query(_SCHEMA, "gone", "1")
    return tantivy.Query.boolean_query([(Occur.Must, query), (Occur.MustNot, gone)])


def _facets(searcher: Any, words: Any, query: Query) -> dict[str, list[Count]]:
    plain = [name for name in query.facets if name not in query.filters]
    counted = _counted(searcher, _narrowed(searcher, words, query.filters), plain, query.facet_size)
    for name in query.facets:
        if name in query.filters:
            others = _narrowed(searcher, words, query.filters, without=name)
            counted |= _counted(searcher, others, [name], query.facet_size)
    return {name: counted[name] for name in query.facets}


def _counted(searcher: Any, query: Any, names: list[str], size: int) -> dict[str, list[Count]]:
    if not names:
        return {}
    wide = {} if searcher.num_segments == 1 else {"segment_size": _EVERY_VALUE}
    asked = {name: {"terms": {"field": name, "size": size + 1, **wide}} for name in names}
    answer = searcher.aggregate(query, asked)
    return {name: _counts(answer[name]["buckets"])[:size] for name in names}


def _counts(buckets: list[dict[str, Any]]) -> list[Count]:
    counts = [Count(bucket["key"], bucket["doc_count"]) for bucket in buckets if bucket["key"] != _NOTHING]
    return sorted(counts, key=lambda count: (-count.count, count.value))
