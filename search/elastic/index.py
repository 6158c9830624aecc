"""ElasticIndex: a SearchIndex on a server."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Lock
from typing import Any

from elastic_transport import OrjsonSerializer
from elasticsearch import Elasticsearch

from search.analyzing import analyzed
from search.elastic.contents import ElasticContents
from search.elastic.generations import Generations
from search.elastic.queries import LIVE, near
from search.elastic.schema import first
from search.elastic.snapshots import ElasticSnapshot
from search.elastic.writing import AliasGoneError, send
from search.model import Document, GenerationInfo, Query
from search.phases import Phase, begin
from search.port import Examine, NothingKeptError, RebuildRefusedError, SearchUnavailableError, Snapshot, trust


def connect(url: str) -> Elasticsearch:
    """A client that gives up at once when nobody answers: the outbox tries again, and readers are told."""
    orjson = OrjsonSerializer()
    return Elasticsearch(
        url,
        request_timeout=30,
        max_retries=0,
        serializers={"application/json": orjson, "application/vnd.elasticsearch+json": orjson},
    )


class ElasticIndex(ElasticContents):
    """What the alias leads to; with ``vectors`` it keeps those of documents, in an index of another shape."""

    remote = True

    def __init__(self, client: Elasticsearch, name: str, *, vectors: bool = False) -> None:
        super().__init__(client, name, vectors=vectors)
        self._indices = Generations(client, name, vectors=vectors)
        #: One index at a time is made ready beside the one in force.
        self._preparing = Lock()
        self._known = False

    def snapshot(self, query: Query, lasting: timedelta) -> Snapshot:
        with self._answering():
            return ElasticSnapshot(self._client, self._alias, query, f"{int(lasting.total_seconds())}s")

    def moment(self) -> int:
        return 0

    def rebuild(self, documents: Iterable[Document], examine: Examine = trust) -> int:
        with self._preparing, self._answering():
            begin(Phase.PREPARING)
            self._indices.remove_others()
            name = self._indices.create()
            with self._indices.beside(name):
                begin(Phase.FILLING)
                actions = (first(one, fields, vectors=self._vectors) for one, fields in analyzed(documents))
                count = send(self._client, actions, index=name, refresh=False)
                begin(Phase.COMMITTING, documents=count)
                self._client.indices.refresh(index=name)
                begin(Phase.EXAMINING)
                # Hidden ones count too: what was given may have been dropped meanwhile.
                held = int(self._client.count(index=name)["count"])
                lost = [f"The new index holds {held} documents and was given {count}."] if held < count else ()
                _unless((*lost, *examine(self._beside())))
            begin(Phase.CLEARING)
            self._indices.remove_others()
        return count

    def rollback(self, examine: Examine) -> None:
        with self._preparing, self._answering():
            begin(Phase.PREPARING)
            self._indices.remove_others()
            if not (kept := self._indices.kept()):
                raise NothingKeptError
            with self._indices.beside(kept[0]):
                _unless(examine(self._beside()))

    def sweep(self) -> None:
        with self._preparing, self._answering():
            self._indices.remove_others()

    def generations(self) -> Sequence[GenerationInfo]:
        with self._answering():
            named = [(name, True) for name in self._indices.behind(self._alias)]
            named += [(name, False) for name in self._indices.kept()]
            counted = [int(self._client.count(index=name, query=LIVE)["count"]) for name, _ in named]
        return [
            GenerationInfo(name, count, serves, self._indices.outdated(name))
            for (name, serves), count in zip(named, counted, strict=True)
        ]

    def nearest(self, vector: Sequence[float], query: Query, most: int, least: float) -> list[str]:
        """Ids of at most so many documents of at least such a cosine, nearest first, within the query's filters."""
        knn = near(vector, query, most, least)
        with self._answering():
            answer = self._client.search(index=self._alias, knn=knn, size=most, source=False)
        return [hit["_id"] for hit in answer["hits"]["hits"]]

    def size(self) -> int:
        with self._answering():
            stats = self._client.indices.stats(index=self._alias, metric="store")
            return int(stats["_all"]["primaries"]["store"]["size_in_bytes"])

    def release(self) -> None:
        """Anybody may write at any time."""

    def close(self) -> None:
        self._client.close()

    def _beside(self) -> ElasticContents:
        return ElasticContents(self._client, self._indices.filling, vectors=self._vectors)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Ask the server, where the index is made if it is not there."""
        try:
            with super()._answering():
                if not self._known:
                    self._indices.ensure()
                    self._known = True
                yield
        except SearchUnavailableError:
            # Whatever it was, the index may have gone: look again before the next use.
            self._known = False
            raise

    def _write(self, actions: list[dict[str, Any]]) -> None:
        # The one that is being made first: after a switch in between the other alias leads to it, and nothing is lost.
        if actions and self._indices.is_filling():
            # Gone in this moment: it was given up, or serves by now and is written to next.
            with suppress(AliasGoneError):
                send(self._client, actions, alias=self._indices.filling, refresh=True)
        super()._write(actions)


def _unless(reasons: Sequence[str]) -> None:
    if reasons:
        raise RebuildRefusedError(reasons)
