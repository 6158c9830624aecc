"""Elasticsearch, behind an alias that a rebuild swaps.

Documents carry the catalog's revision as an external version, so writes may arrive in any order. A dropped document
stays as a hidden one, since Elasticsearch forgets the versions of deleted documents after a minute.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from struct import unpack
from threading import Lock
from time import time_ns
from typing import Any

from elastic_transport import OrjsonSerializer
from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError
from elasticsearch.helpers import streaming_bulk

from search.clauses import AllOf, Among, AnyOf, Best, Between, Clause, Phrase, Prefix, Term, Worth
from search.facets import DATES, FACETS, NOTHING, shape
from search.folding import FOLDED, Rows, rows
from search.indexed import POSITIONS, TEXT_FIELDS, indexed
from search.model import Count, Document, Entry, GenerationInfo, Hit, Page, Query, Sort, Turn
from search.periods import dated
from search.port import (
    Examine,
    NothingKeptError,
    RebuildRefusedError,
    SearchUnavailableError,
    Snapshot,
    SnapshotLostError,
    trust,
)

_BATCH = 1000
_SHAPE = "8"
#: How many of the vectors that are looked at are kept for one that is wanted.
_CANDIDATES = 2
_DEEPEST = 2_100_000
_VERSION_CONFLICT = 409
#: Lucene leaves out a constant of BM25 that tantivy keeps; fixed worths are brought to the same scale.
_K1_PLUS_ONE = 2.2
_GONE = {"exists": {"field": "gone"}}

_PROPERTIES: dict[str, Any] = {
    "id": {"type": "keyword"},
    "revision": {"type": "long", "index": False},
    "gone": {"type": "boolean"},
    "card": {"type": "object", "enabled": False},
    **{
        name: {
            "type": "text",
            "analyzer": "whitespace",
            "index_options": "positions" if name in POSITIONS else "freqs",
        }
        for name in TEXT_FIELDS
    },
    "series": {"type": "keyword"},
    **{name: {"type": "keyword", "eager_global_ordinals": True} for name in FACETS},
    **{name: {"type": "long"} for name in DATES},
}
_MAPPING = {"dynamic": False, "_source": {"includes": ["card", "revision", "series"]}}
#: Exact, for what is near enough is told by a threshold; cosine, for numbers of 16 bits are not quite of length one.
_VECTOR = {
    "type": "dense_vector",
    "dims": 384,
    "similarity": "cosine",
    "index": True,
    "index_options": {"type": "hnsw"},
}
_SETTINGS = {"number_of_shards": 1, "number_of_replicas": 0, "max_result_window": _DEEPEST}


def connect(url: str) -> Elasticsearch:
    """A client that gives up at once when nobody answers: the outbox tries again, and readers are told."""
    orjson = OrjsonSerializer()
    return Elasticsearch(
        url,
        request_timeout=30,
        max_retries=0,
        serializers={"application/json": orjson, "application/vnd.elasticsearch+json": orjson},
    )


class _AliasGoneError(SearchUnavailableError):
    """The alias that was written to leads nowhere any more."""


class ElasticIndex:
    """A SearchIndex on a server; with ``vectors`` it keeps those of documents, in an index of another shape."""

    remote = True

    def __init__(self, client: Elasticsearch, name: str, *, vectors: bool = False) -> None:
        self._client = client
        #: The alias that readers ask, the one that a rebuild is being written under, and that of the former index.
        self._alias, self._filling, self._former = name, f"{name}-filling", f"{name}-kept"
        #: One index at a time is made ready beside the one in force.
        self._preparing = Lock()
        self._known = False
        self._fields = {"vector": _VECTOR} if vectors else {}
        self._shape = shape(f"{_SHAPE} with vectors" if vectors else _SHAPE)

    def put(self, documents: Iterable[Document]) -> None:
        with self._answering():
            self._write([self._action(document) for document in documents])

    def drop(self, ids: Mapping[str, int]) -> None:
        with self._answering():
            self._write([_tombstone(document_id, revision) for document_id, revision in ids.items()])

    def search(self, query: Query) -> Page:
        with self._answering():
            self._ensure()
            if query.fold and query.size:
                return self._folded(query)
            return _page(self._client.search(index=self._alias, **_request(query)).body, query)

    def snapshot(self, query: Query, lasting: timedelta) -> Snapshot:
        with self._answering():
            self._ensure()
            return ElasticSnapshot(self._client, self._alias, query, f"{int(lasting.total_seconds())}s")

    def rebuild(self, documents: Iterable[Document], examine: Examine = trust) -> int:
        with self._preparing, self._answering():
            self._ensure()
            self._remove_others()
            name = self._create()
            with self._beside(name) as beside:
                count = self._bulk(map(self._first, documents), name, refresh=False)
                self._client.indices.refresh(index=name)
                # Hidden ones count too: what was given may have been dropped meanwhile.
                held = int(self._client.count(index=name)["count"])
                lost = [f"The new index holds {held} documents and was given {count}."] if held < count else ()
                _unless((*lost, *examine(beside)))
            self._remove_others()
        return count

    def rollback(self, examine: Examine) -> None:
        with self._preparing, self._answering():
            self._ensure()
            self._remove_others()
            if not (kept := self._kept()):
                raise NothingKeptError
            with self._beside(kept[0]) as beside:
                _unless(examine(beside))

    def sweep(self) -> None:
        with self._preparing, self._answering():
            self._ensure()
            self._remove_others()

    def generations(self) -> Sequence[GenerationInfo]:
        with self._answering():
            self._ensure()
            named = [(name, True) for name in self._behind(self._alias)] + [(name, False) for name in self._kept()]
            counted = [int(self._client.count(index=name, query=_live([]))["count"]) for name, _ in named]
        return [GenerationInfo(name, count, serves) for (name, serves), count in zip(named, counted, strict=True)]

    def nearest(self, vector: Sequence[float], query: Query, most: int, least: float) -> list[str]:
        """Ids of at most so many documents of at least such a cosine, nearest first, within the query's filters."""
        knn = {
            "field": "vector",
            "query_vector": list(vector),
            "k": most,
            "num_candidates": most * _CANDIDATES,
            "similarity": least,
            "filter": _live([_chosen(query, name) for name in query.filters]),
        }
        with self._answering():
            self._ensure()
            answer = self._client.search(index=self._alias, knn=knn, size=most, source=False)
        return [hit["_id"] for hit in answer["hits"]["hits"]]

    def entries(self) -> Iterator[Entry]:
        with self._answering():
            self._ensure()
            pit = self._client.open_point_in_time(index=self._alias, keep_alive="2m")["id"]
            try:
                yield from self._entries(pit)
            finally:
                self._client.close_point_in_time(id=pit)

    def count(self) -> int:
        with self._answering():
            self._ensure()
            return int(self._client.count(index=self._alias, query=_live([]))["count"])

    def size(self) -> int:
        with self._answering():
            self._ensure()
            stats = self._client.indices.stats(index=self._alias, metric="store")
            return int(stats["_all"]["primaries"]["store"]["size_in_bytes"])

    def release(self) -> None:
        """Anybody may write at any time."""

    def close(self) -> None:
        self._client.close()

    def _write(self, actions: list[dict[str, Any]]) -> None:
        if not actions:
            return
        self._ensure()
        # The one that is being made first: after a switch in between the other alias leads to it, and nothing is lost.
        if self._client.indices.exists_alias(name=self._filling):
            # Gone in this moment: it was given up, or serves by now and is written to next.
            with suppress(_AliasGoneError):
                self._bulk(actions, self._filling, refresh=True)
        self._bulk(actions, self._alias, refresh=True)

    def _bulk(self, actions: Iterable[dict[str, Any]], index: str, *, refresh: bool) -> int:
        """Send actions; a version conflict means that something newer is there, and counts as done."""
        done = 0
        answers = streaming_bulk(
            self._client,
            actions,
            index=index,
            chunk_size=_BATCH,
            raise_on_error=False,
            refresh=refresh,
            require_alias=index in (self._alias, self._filling),
        )
        for fine, answer in answers:
            status = answer["index"]["status"]
            if not fine and status != _VERSION_CONFLICT:
                error = answer["index"].get("error") or {}
                gone = error.get("type") == "index_not_found_exception"
                raise (_AliasGoneError if gone else SearchUnavailableError)(str(error))
            done += 1
        return done

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (ApiError, TransportError, SearchUnavailableError) as error:
            # Whatever it was, the index may have gone: look again before the next use.
            self._known = False
            raise SearchUnavailableError(str(error)) from error

    def _ensure(self) -> None:
        """See that the alias leads to an index of the shape that this version writes."""
        if not self._known:
            there = self._client.indices.exists_alias(name=self._alias)
            names = list(self._client.indices.get_alias(name=self._alias)) if there else []
            if not any(name.startswith(f"{self._alias}-{self._shape}-") for name in names):
                self._point(self._alias, self._create())
                self._client.indices.delete(index=names or "-", ignore_unavailable=True)
            self._known = True

    def _create(self) -> str:
        name = f"{self._alias}-{self._shape}-{time_ns()}"
        mapping = {**_MAPPING, "properties": {**_PROPERTIES, **self._fields}}
        self._client.indices.create(index=name, mappings=mapping, settings=_SETTINGS)
        return name

    def _action(self, document: Document) -> dict[str, Any]:
        action = _index(document)
        if self._fields and document.vector:
            action["_source"]["vector"] = unpack(f"<{len(document.vector) // 2}e", document.vector)
        return action

    def _first(self, document: Document) -> dict[str, Any]:
        """For an index that is being filled: what was written there meanwhile at the same revision is newer."""
        return {**self._action(document), "version_type": "external"}

    def _point(self, alias: str, name: str) -> None:
        remove = [{"remove": {"index": f"{self._alias}-*", "alias": alias, "must_exist": False}}]
        self._client.indices.update_aliases(actions=[*remove, {"add": {"index": name, "alias": alias}}])

    @contextmanager
    def _beside(self, name: str) -> Iterator["_Beside"]:
        """An index that every write reaches too, and that serves from the end on; after an exception it does not."""
        self._point(self._filling, name)
        try:
            yield _Beside(self._client, self._filling, vectors=bool(self._fields))
            self._switch(name)
        except BaseException:
            self._client.options(ignore_status=404).indices.delete_alias(index=name, name=self._filling)
            self._remove_others()
            raise

    def _switch(self, name: str) -> None:
        """Readers and writers go over in one step; the index that was in force is kept."""
        former = [index for index in self._behind(self._alias) if index != name]
        self._client.indices.update_aliases(
            actions=[
                {"remove": {"index": f"{self._alias}-*", "alias": self._former, "must_exist": False}},
                *({"remove": {"index": index, "alias": self._alias}} for index in former),
                *({"add": {"index": index, "alias": self._former}} for index in former),
                {"add": {"index": name, "alias": self._alias}},
                {"remove": {"index": name, "alias": self._filling}},
            ]
        )

    def _behind(self, alias: str) -> list[str]:
        there = self._client.indices.exists_alias(name=alias)
        return list(self._client.indices.get_alias(name=alias)) if there else []

    def _kept(self) -> list[str]:
        """The former index; of another shape it is of no use."""
        return [name for name in self._behind(self._former) if name.startswith(f"{self._alias}-{self._shape}-")]

    def _remove_others(self) -> None:
        """Remove all indices of ours but the one in force and the one that is kept."""
        ours = re.compile(rf"{re.escape(self._alias)}-[0-9a-f]{{8}}-\d+")
        there = [name for name in self._client.indices.get(index=f"{self._alias}-*") if ours.fullmatch(name)]
        used = {*self._behind(self._alias), *self._kept()}
        if others := [name for name in there if name not in used]:
            self._client.indices.delete(index=others, ignore_unavailable=True)

    def _folded(self, query: Query) -> Page:
        """The series of the first hits, then the cards of the page."""
        answer = self._client.search(index=self._alias, **_first(query)).body
        page, found = _page(answer, query), answer["hits"]["hits"]
        wanted = rows((hit["fields"]["series"][0] for hit in found), page.total, query.offset, query.size)
        hits = self._opened(query, [found[place] for place in wanted.folded])
        return replace(page, hits=[*hits, *self._unfolded(query, wanted)], rows=wanted.length)

    def _opened(self, query: Query, found: list[dict[str, Any]]) -> list[Hit]:
        """Cards, and the size of each series in the whole result."""
        if not found:
            return []
        series = [hit["fields"]["series"][0] for hit in found]
        members = replace(
            query, filters={**query.filters, "series": series}, facets=("series",), facet_size=len(series)
        )
        request = _request(replace(members, offset=0, size=len(found), fold=False))
        request["post_filter"] = {"ids": {"values": [hit["_id"] for hit in found]}}
        request["query"]["bool"]["filter"] = [_chosen(members, name) for name in members.filters]
        answer = self._client.search(index=self._alias, **request).body
        sizes = {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["series"]["values"]["buckets"]}
        return [replace(hit, others=sizes[hit.series] - 1) for hit in _hits(answer)]

    def _unfolded(self, query: Query, wanted: Rows) -> list[Hit]:
        if not wanted.size:
            return []
        rest = replace(query, facets=(), offset=wanted.offset, size=wanted.size)
        return _hits(self._client.search(index=self._alias, **_request(rest)).body)

    def _entries(self, pit: str) -> Iterator[Entry]:
        after: dict[str, Any] = {}
        while True:
            answer = self._client.search(
                pit={"id": pit, "keep_alive": "2m"},
                query=_live([]),
                size=_BATCH,
                sort=[{"id": "asc"}],
                source={"includes": ["revision"]},
                track_total_hits=False,
                **after,
            )
            hits = answer["hits"]["hits"]
            yield from (Entry(hit["_id"], hit["_source"]["revision"]) for hit in hits)
            if len(hits) < _BATCH:
                return
            after = {"search_after": hits[-1]["sort"]}


class ElasticSnapshot:
    """A point in time of the index, walked by what comes after the last hit."""

    def __init__(self, client: Elasticsearch, index: str, query: Query, lasting: str) -> None:
        self._client, self._lasting = client, lasting
        self._query = replace(query, facets=(), offset=0)
        self._index = next(iter(client.indices.get_alias(name=index)))
        self._pit = client.open_point_in_time(index=self._index, keep_alive=lasting)["id"]
        self.total = int(self._ask(0)["hits"]["total"]["value"])

    def turn(self, place: Any, size: int) -> Turn:
        before, *after = place or (0,)
        answer = self._ask(size, **({"search_after": after} if after else {}))
        hits = answer["hits"]["hits"]
        end = before + len(hits)
        return Turn(_hits(answer), [end, *hits[-1]["sort"]] if hits and end < self.total else None)

    def close(self) -> None:
        try:
            self._client.close_point_in_time(id=self._pit)
        except (ApiError, TransportError):
            """It is gone, or goes by itself."""

    def _ask(self, size: int, **more: Any) -> dict[str, Any]:
        request = _request(replace(self._query, size=size)) | {"pit": {"id": self._pit, "keep_alive": self._lasting}}
        try:
            answer: dict[str, Any] = self._client.search(**request, **more).body
        except NotFoundError as error:
            raise SnapshotLostError from error
        except (ApiError, TransportError) as error:
            if isinstance(error, ApiError) and not self._client.indices.exists(index=self._index):
                raise SnapshotLostError from error
            raise SearchUnavailableError(str(error)) from error
        self._pit = answer["pit_id"]
        return answer


class _Beside(ElasticIndex):
    """The index under the second alias, as long as it is made ready."""

    def entries(self) -> Iterator[Entry]:
        self._client.indices.refresh(index=self._alias)
        return super().entries()

    def _ensure(self) -> None:
        """It is there: who makes it ready sees to that."""


def _unless(reasons: Sequence[str]) -> None:
    if reasons:
        raise RebuildRefusedError(reasons)


def _index(document: Document) -> dict[str, Any]:
    fields = indexed(document)
    return _action(
        document.id,
        document.revision,
        {
            "card": document.card,
            **{name: " ".join(fields[name]) for name in TEXT_FIELDS if fields[name]},
            "series": next(iter(fields["series"]), document.id),
            **{name: list(document.facets.get(name) or (NOTHING,)) for name in FACETS},
            **{name: max(document.dates.get(name, 0), 0) for name in DATES},
        },
    )


def _tombstone(document_id: str, revision: int) -> dict[str, Any]:
    return _action(document_id, revision, {"gone": True})


def _action(document_id: str, revision: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "_op_type": "index",
        "_id": document_id,
        "version": revision,
        "version_type": "external_gte",
        "_source": {"id": document_id, "revision": revision, **body},
    }


def _live(clauses: list[dict[str, Any]]) -> dict[str, Any]:
    return {"bool": {"filter": clauses, "must_not": _GONE}}


def _request(query: Query) -> dict[str, Any]:
    # Filters of counted facets come after the counting, so that each facet is counted without its own.
    late = [name for name in query.facets if name in query.filters]
    early = [_chosen(query, name) for name in query.filters if name not in late]
    words = [_asked(_lifted(query.clause, query))] if query.clause else []
    return {
        "query": {"bool": {"must": words, "filter": early, "must_not": _GONE}},
        "post_filter": {"bool": {"filter": [_chosen(query, name) for name in late]}} if late else None,
        "aggs": {name: _counting(query, name, late) for name in query.facets} or None,
        "sort": _order(query),
        "from_": query.offset,
        "size": query.size,
        "track_total_hits": True,
        "source": {"includes": ["card", "series"]},
    }


def _lifted(words: Clause, query: Query) -> Clause:
    """What is looked for, moved up by its signals, and what comes behind."""
    lifted = AllOf((words,), tuple(query.lifts.clauses())) if query.lifts else words
    return AnyOf((lifted, *query.behind)) if query.behind else lifted


def _first(query: Query) -> dict[str, Any]:
    """The first hits without their cards."""
    request = _request(replace(query, offset=0, size=FOLDED))
    return request | {"source": False, "docvalue_fields": ["series"]}


def _asked(clause: Clause) -> dict[str, Any]:
    """A clause as Elasticsearch's query."""
    match clause:
        case Term(field, value, boost) | Phrase(field, (value,), boost):
            return {"term": {field: {"value": value, "boost": boost}}}
        case Phrase(field, values, boost):
            return {"match_phrase": {field: {"query": " ".join(values), "boost": boost}}}
        case Prefix(field, value):
            return {"prefix": {field: {"value": value}}}
        case Between(field, low, high):
            return {"range": {field: {"gte": low, "lte": high}}}
        case Among(field, values):
            return {"terms": {field: list(values)}}
        case Best(parts, tie):
            return {"dis_max": {"queries": [_asked(part) for part in parts], "tie_breaker": tie}}
        case AnyOf(()):
            return {"match_none": {}}
        case AnyOf(parts, least):
            return {"bool": {"should": [_asked(part) for part in parts], "minimum_should_match": least}}
        case AllOf(parts, wished, without):
            return {
                "bool": {
                    "must": [_asked(part) for part in parts],
                    "should": [_asked(part) for part in wished],
                    "must_not": [_asked(part) for part in without],
                }
            }
        case Worth(part, score):
            return {"constant_score": {"filter": _asked(part), "boost": score / _K1_PLUS_ONE}}


def _order(query: Query) -> list[dict[str, Any]]:
    last: dict[str, Any] = {"id": "asc"}
    if query.sort is not Sort.RELEVANCE:
        return [{str(query.sort): "desc"}, last]
    return [{"_score": "desc"}, last] if query.clause else [{"modified": "desc"}, last]


def _chosen(query: Query, name: str) -> dict[str, Any]:
    values = query.filters[name]
    return _asked(dated(name, values)) if name in DATES else {"terms": {name: list(values)}}


def _counting(query: Query, name: str, late: list[str]) -> dict[str, Any]:
    order = [{"_count": "desc"}, {"_key": "asc"}]
    others = [_chosen(query, other) for other in late if other != name]
    return {
        "filter": {"bool": {"filter": others}},
        "aggs": {
            # One more than wanted, since what has no value is counted among them.
            "values": {"terms": {"field": name, "size": query.facet_size + 1, "order": order}},
            "nothing": {"filter": {"term": {name: NOTHING}}},
        },
    }


def _page(answer: Mapping[str, Any], query: Query) -> Page:
    counted = answer.get("aggregations", {})
    return Page(
        total=answer["hits"]["total"]["value"],
        hits=[] if query.fold else _hits(answer),
        facets={name: _counts(counted[name], query.facet_size) for name in query.facets},
        rows=answer["hits"]["total"]["value"],
    )


def _hits(answer: Mapping[str, Any]) -> list[Hit]:
    return [
        Hit(hit["_score"] or 0.0, hit["_source"]["card"], hit["_source"]["series"]) for hit in answer["hits"]["hits"]
    ]


def _counts(counted: Mapping[str, Any], size: int) -> list[Count]:
    values = [Count(b["key"], b["doc_count"]) for b in counted["values"]["buckets"] if b["key"] != NOTHING]
    nothing = counted["nothing"]["doc_count"]
    return [*values[:size], *([Count(NOTHING, nothing)] if nothing else [])]
