"""What is behind one alias: searched, listed and written to."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from elasticsearch import ApiError, Elasticsearch, TransportError

from search.analyzing import analyzed
from search.elastic.folding import folded
from search.elastic.hits import page
from search.elastic.queries import LIVE, request
from search.elastic.schema import document, tombstone
from search.elastic.writing import send
from search.model import Document, Entry, Page, Query
from search.port import SearchUnavailableError

_BATCH = 1000


class ElasticContents:
    """Contents behind an alias that is there: who made it sees to that."""

    def __init__(self, client: Elasticsearch, alias: str, *, vectors: bool) -> None:
        self._client, self._alias, self._vectors = client, alias, vectors

    def put(self, documents: Iterable[Document]) -> None:
        with self._answering():
            self._write([document(one, fields, vectors=self._vectors) for one, fields in analyzed(documents)])

    def drop(self, ids: Mapping[str, int]) -> None:
        with self._answering():
            self._write([tombstone(document_id, revision) for document_id, revision in ids.items()])

    def search(self, query: Query) -> Page:
        with self._answering():
            if query.fold and query.size:
                return folded(self._client, self._alias, query)
            return page(self._client.search(index=self._alias, **request(query)).body, query)

    def entries(self) -> Iterator[Entry]:
        with self._answering():
            self._client.indices.refresh(index=self._alias)
            pit = self._client.open_point_in_time(index=self._alias, keep_alive="2m")["id"]
            try:
                yield from self._entries(pit)
            finally:
                self._client.close_point_in_time(id=pit)

    def count(self) -> int:
        with self._answering():
            return int(self._client.count(index=self._alias, query=LIVE)["count"])

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Ask the server; what goes wrong with it is a SearchUnavailableError."""
        try:
            yield
        except (ApiError, TransportError) as error:
            raise SearchUnavailableError(str(error)) from error

    def _write(self, actions: list[dict[str, Any]]) -> None:
        if actions:
            send(self._client, actions, alias=self._alias, refresh=True)

    def _entries(self, pit: str) -> Iterator[Entry]:
        after: dict[str, Any] = {}
        while True:
            answer = self._client.search(
                pit={"id": pit, "keep_alive": "2m"},
                query=LIVE,
                size=_BATCH,
                sort=[{"id": "asc"}],
                source={"includes": ["revision", "digest"]},
                track_total_hits=False,
                **after,
            )
            hits = answer["hits"]["hits"]
            yield from map(_entry, hits)
            if len(hits) < _BATCH:
                return
            after = {"search_after": hits[-1]["sort"]}


def _entry(hit: Mapping[str, Any]) -> Entry:
    # An index of an older shape may have no digests.
    return Entry(hit["_id"], hit["_source"]["revision"], hit["_source"].get("digest", 0))
