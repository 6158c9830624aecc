"""A folded page: the series of the first hits, then the cards of the page."""

from dataclasses import replace
from typing import Any

from elasticsearch import Elasticsearch

from search.elastic.hits import hits, page
from search.elastic.queries import chosen, request, sealed
from search.folding import FOLDED, Rows, rows
from search.model import Hit, Page, Query


def folded(client: Elasticsearch, index: str, query: Query) -> Page:
    first = request(replace(query, offset=0, size=FOLDED)) | {"source": False, "docvalue_fields": ["series"]}
    answer = client.search(index=index, **first).body
    told, found = page(answer, query), answer["hits"]["hits"]
    wanted = rows((hit["fields"]["series"][0] for hit in found), told.total, query.offset, query.size)
    opened = _opened(client, index, query, [found[place] for place in wanted.folded])
    return replace(told, hits=[*opened, *_unfolded(client, index, query, wanted)], rows=wanted.length)


def _opened(client: Elasticsearch, index: str, query: Query, found: list[dict[str, Any]]) -> list[Hit]:
    """Cards, and the size of each series in the whole result."""
    if not found:
        return []
    series = [hit["fields"]["series"][0] for hit in found]
    members = replace(query, filters={**query.filters, "series": series}, facets=("series",), facet_size=len(series))
    asked = request(replace(members, offset=0, size=len(found), fold=False))
    asked["post_filter"] = {"ids": {"values": [hit["_id"] for hit in found]}}
    asked["query"]["bool"]["filter"] = [sealed(members), *(chosen(members, name) for name in members.filters)]
    answer = client.search(index=index, **asked).body
    sizes = {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["series"]["values"]["buckets"]}
    return [replace(hit, others=sizes[hit.series] - 1) for hit in hits(answer)]


def _unfolded(client: Elasticsearch, index: str, query: Query, wanted: Rows) -> list[Hit]:
    if not wanted.size:
        return []
    rest = replace(query, facets=(), offset=wanted.offset, size=wanted.size)
    return hits(client.search(index=index, **request(rest)).body)
