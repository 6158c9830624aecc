"""Actions on their way to the server."""

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from search.port import SearchUnavailableError

_BATCH = 500
#: Batches that the server works at.
_AT_A_TIME = 2
_VERSION_CONFLICT = 409


class AliasGoneError(SearchUnavailableError):
    """The alias that was written to leads nowhere any more."""


def send(
    client: Elasticsearch, actions: Iterable[dict[str, Any]], *, index: str = "", alias: str = "", refresh: bool
) -> int:
    """Send actions to an index or an alias; a version conflict means that something newer is there, and is done."""
    where = {"index": index or alias, "refresh": refresh, "require_alias": bool(alias)}
    iterator, done = iter(actions), 0
    # While the server takes in a batch, the next ones are made.
    with ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="sending") as pool:
        on_the_way: deque[Future[int]] = deque()
        while batch := list(islice(iterator, _BATCH)):
            on_the_way.append(pool.submit(_taken, client, batch, where))
            if len(on_the_way) > _AT_A_TIME:
                done += on_the_way.popleft().result()
        return done + sum(sent.result() for sent in on_the_way)


def _taken(client: Elasticsearch, actions: list[dict[str, Any]], where: dict[str, Any]) -> int:
    answers = streaming_bulk(client, actions, chunk_size=_BATCH, raise_on_error=False, **where)
    for fine, answer in answers:
        status = answer["index"]["status"]
        if not fine and status != _VERSION_CONFLICT:
            error = answer["index"].get("error") or {}
            gone = error.get("type") == "index_not_found_exception"
            raise (AliasGoneError if gone else SearchUnavailableError)(str(error))
    return len(actions)
