"""Our queries as Elasticsearch's."""

from collections.abc import Sequence
from typing import Any

from search.clauses import AllOf, Among, AnyOf, Best, Between, Clause, Phrase, Prefix, Term, Worth
from search.facets import DATES, NOTHING
from search.model import Query, Sort
from search.periods import dated

#: How many of the vectors that are looked at are kept for one that is wanted.
_CANDIDATES = 2
#: What was not dropped, whoever may find it.
LIVE = {"bool": {"must_not": {"exists": {"field": "gone"}}}}


def sealed(query: Query) -> dict[str, Any]:
    """What the reader of a query may find."""
    return {"terms": {"seals": list(query.seals)}}


def request(query: Query) -> dict[str, Any]:
    # Filters of counted facets come after the counting, so that each facet is counted without its own.
    late = [name for name in query.facets if name in query.filters]
    early = [sealed(query), *(chosen(query, name) for name in query.filters if name not in late)]
    words = [asked(_lifted(query.clause, query))] if query.clause else []
    return {
        "query": {"bool": {"must": words, "filter": early}},
        "post_filter": {"bool": {"filter": [chosen(query, name) for name in late]}} if late else None,
        "aggs": {name: _counting(query, name, late) for name in query.facets} or None,
        "sort": _order(query),
        "from_": query.offset,
        "size": query.size,
        "track_total_hits": True,
        "source": {"includes": ["card", "series"]},
    }


def near(vector: Sequence[float], query: Query, most: int, least: float) -> dict[str, Any]:
    """At most so many documents of at least such a cosine, within the query's filters."""
    return {
        "field": "vector",
        "query_vector": list(vector),
        "k": most,
        "num_candidates": most * _CANDIDATES,
        "similarity": least,
        "filter": [sealed(query), *(chosen(query, name) for name in query.filters)],
    }


def chosen(query: Query, name: str) -> dict[str, Any]:
    """One filter of a query."""
    values = query.filters[name]
    return asked(dated(name, values)) if name in DATES else {"terms": {name: list(values)}}


def asked(clause: Clause) -> dict[str, Any]:
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
            return {"dis_max": {"queries": [asked(part) for part in parts], "tie_breaker": tie}}
        case AnyOf(()):
            return {"match_none": {}}
        case AnyOf(parts, least):
            return {"bool": {"should": [asked(part) for part in parts], "minimum_should_match": least}}
        case AllOf(parts, wished, without):
            return {
                "bool": {
                    "must": [asked(part) for part in parts],
                    "should": [asked(part) for part in wished],
                    "must_not": [asked(part) for part in without],
                }
            }
        case Worth(part, score):
            return {"constant_score": {"filter": asked(part), "boost": score}}


def _lifted(words: Clause, query: Query) -> Clause:
    """What is looked for, moved up by its signals, and what comes behind."""
    lifted = AllOf((words,), tuple(query.lifts.clauses())) if query.lifts else words
    return AnyOf((lifted, *query.behind)) if query.behind else lifted


def _order(query: Query) -> list[dict[str, Any]]:
    last: dict[str, Any] = {"id": "asc"}
    if query.sort is not Sort.RELEVANCE:
        return [{str(query.sort): "desc"}, last]
    return [{"_score": "desc"}, last] if query.clause else [{"modified": "desc"}, last]


def _counting(query: Query, name: str, late: list[str]) -> dict[str, Any]:
    order = [{"_count": "desc"}, {"_key": "asc"}]
    others = [chosen(query, other) for other in late if other != name]
    return {
        "filter": {"bool": {"filter": others}},
        "aggs": {
            # One more than wanted, since what has no value is counted among them.
            "values": {"terms": {"field": name, "size": query.facet_size + 1, "order": order}},
            "nothing": {"filter": {"term": {name: NOTHING}}},
        },
    }
