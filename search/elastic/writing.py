"""Actions on their way to the server."""

from collections.abc import Iterable
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from search.port import SearchUnavailableError

_BATCH = 1000
_VERSION_CONFLICT = 409


class AliasGoneError(SearchUnavailableError):
    """The alias that was written to leads nowhere any more."""


def send(
    client: Elasticsearch, actions: Iterable[dict[str, Any]], *, index: str = "", alias: str = "", refresh: bool
) -> int:
    """Send actions to an index or an alias; a version conflict means that something newer is there, and is done."""
    done = 0
    answers = streaming_bulk(
        client,
        actions,
        index=index or alias,
        chunk_size=_BATCH,
        raise_on_error=False,
        refresh=refresh,
        require_alias=bool(alias),
    )
    for fine, answer in answers:
        status = answer["index"]["status"]
        if not fine and status != _VERSION_CONFLICT:
            error = answer["index"].get("error") or {}
            gone = error.get("type") == "index_not_found_exception"
            raise (AliasGoneError if gone else SearchUnavailableError)(str(error))
        done += 1
    return done
