"""Our queries as tantivy's, and its counts as ours."""

from collections.abc import Mapping, Sequence
from typing import Any

import tantivy
from tantivy import Occur

from search.analysis import needed, query_terms
from search.embedded.schema import NOTHING, SCHEMA
from search.facets import TEXT_FIELDS
from search.model import Count, Query, Sort

#: Wide enough that the counts of several segments add up exactly.
_EVERY_VALUE = 65_000


def words_of(query: Query) -> Any:
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
            (Occur.Should, tantivy.Query.boost_query(tantivy.Query.term_query(SCHEMA, name, term, "freq"), boost))
            for name, boost in TEXT_FIELDS.items()
        ]
    )


def order_of(query: Query) -> str | None:
    if query.sort is Sort.RELEVANCE:
        return None if query.words.strip() else "modified"
    return str(query.sort)


def narrowed(searcher: Any, words: Any, filters: Mapping[str, Any], without: str = "") -> Any:
    clauses = [] if words is None else [(Occur.Must, words)]
    for name, values in filters.items():
        if name != without:
            chosen = tantivy.Query.term_set_query(SCHEMA, name, [value for value in values if value])
            clauses.append((Occur.Must, tantivy.Query.const_score_query(chosen, 0.0)))
    return tantivy.Query.boolean_query(clauses) if clauses else everything(searcher)


def everything(searcher: Any) -> Any:
    return without_gone(searcher, tantivy.Query.all_query())


def without_gone(searcher: Any, query: Any) -> Any:
    if not searcher.doc_freq("gone", "1"):
        return query
    gone = tantivy.Query.term_query(SCHEMA, "gone", "1")
    return tantivy.Query.boolean_query([(Occur.Must, query), (Occur.MustNot, gone)])


def facets(searcher: Any, words: Any, query: Query) -> dict[str, list[Count]]:
    plain = [name for name in query.facets if name not in query.filters]
    counts = counted(searcher, narrowed(searcher, words, query.filters), plain, query.facet_size)
    for name in query.facets:
        if name in query.filters:
            others = narrowed(searcher, words, query.filters, without=name)
            counts |= counted(searcher, others, [name], query.facet_size)
    return {name: counts[name] for name in query.facets}


def counted(searcher: Any, query: Any, names: Sequence[str], size: int) -> dict[str, list[Count]]:
    if not names:
        return {}
    wide = {} if searcher.num_segments == 1 else {"segment_size": _EVERY_VALUE}
    asked = {name: {"terms": {"field": name, "size": size + 1, **wide}} for name in names}
    answer = searcher.aggregate(query, asked)
    return {name: _counts(answer[name]["buckets"])[:size] for name in names}


def _counts(buckets: list[dict[str, Any]]) -> list[Count]:
    counts = [Count(bucket["key"], bucket["doc_count"]) for bucket in buckets if bucket["key"] != NOTHING]
    return sorted(counts, key=lambda count: (-count.count, count.value))
