"""A point in time of the index, walked by what comes after the last hit."""

from dataclasses import replace
from typing import Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError

from search.elastic.hits import hits
from search.elastic.queries import request
from search.model import Query, Turn
from search.port import SearchUnavailableError, SnapshotLostError


class ElasticSnapshot:
    """A Snapshot that the server holds."""

    def __init__(self, client: Elasticsearch, index: str, query: Query, lasting: str) -> None:
        self._client, self._lasting = client, lasting
        self._query = replace(query, facets=(), offset=0)
        self._index = next(iter(client.indices.get_alias(name=index)))
        self._pit = client.open_point_in_time(index=self._index, keep_alive=lasting)["id"]
        self.total = int(self._ask(0)["hits"]["total"]["value"])

    def turn(self, place: Any, size: int) -> Turn:
        before, *after = place or (0,)
        answer = self._ask(size, **({"search_after": after} if after else {}))
        found = answer["hits"]["hits"]
        end = before + len(found)
        return Turn(hits(answer), [end, *found[-1]["sort"]] if found and end < self.total else None)

    def close(self) -> None:
        try:
            self._client.close_point_in_time(id=self._pit)
        except (ApiError, TransportError):
            """It is gone, or goes by itself."""

    def _ask(self, size: int, **more: Any) -> dict[str, Any]:
        asked = request(replace(self._query, size=size)) | {"pit": {"id": self._pit, "keep_alive": self._lasting}}
        try:
            answer: dict[str, Any] = self._client.search(**asked, **more).body
        except NotFoundError as error:
            raise SnapshotLostError from error
        except (ApiError, TransportError) as error:
            if isinstance(error, ApiError) and not self._client.indices.exists(index=self._index):
                raise SnapshotLostError from error
            raise SearchUnavailableError(str(error)) from error
        self._pit = answer["pit_id"]
        return answer
