"""From Elasticsearch's answers to pages, hits and counts."""

from collections.abc import Mapping
from typing import Any

from search.facets import NOTHING
from search.model import Count, Hit, Page, Query


def page(answer: Mapping[str, Any], query: Query) -> Page:
    counted = answer.get("aggregations", {})
    total = answer["hits"]["total"]["value"]
    return Page(
        total=total,
        hits=[] if query.fold else hits(answer),
        facets={name: _counts(counted[name], query.facet_size) for name in query.facets},
        rows=total,
    )


def hits(answer: Mapping[str, Any]) -> list[Hit]:
    return [
        Hit(hit["_score"] or 0.0, hit["_source"]["card"], hit["_source"]["series"]) for hit in answer["hits"]["hits"]
    ]


def _counts(counted: Mapping[str, Any], size: int) -> list[Count]:
    values = [Count(b["key"], b["doc_count"]) for b in counted["values"]["buckets"] if b["key"] != NOTHING]
    nothing = counted["nothing"]["doc_count"]
    return [*values[:size], *([Count(NOTHING, nothing)] if nothing else [])]
