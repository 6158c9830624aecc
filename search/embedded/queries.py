"""Our queries as tantivy's, and its counts as ours."""

import re
from collections.abc import Sequence
from typing import Any

import tantivy
from tantivy import Occur

from search.clauses import AllOf, Among, AnyOf, Best, Between, Clause, Phrase, Prefix, Term, Worth
from search.embedded.schema import CLOSED, OPEN, SCHEMA
from search.facets import DATES, NOTHING
from search.indexed import POSITIONS, TEXT_FIELDS
from search.model import Count, Query, Sort
from search.periods import dated

#: Wide enough that the counts of several segments add up exactly.
_EVERY_VALUE = 65_000
#: A set of values is looked up as a whole, which costs more than a few of them one by one.
_MANY_SEALS = 100


def asked(clause: Clause, *, scored: bool = True) -> Any:
    """A clause as tantivy's query; for counting without what only moves documents up."""
    if not scored:
        clause = _bare(clause)
    match clause:
        case Term(field, value, boost):
            return _boosted(tantivy.Query.term_query(SCHEMA, field, value, _KEPT.get(field, "basic")), boost)
        case Phrase(field, (value,), boost):
            return _boosted(tantivy.Query.term_query(SCHEMA, field, value, "position"), boost)
        case Phrase(field, values, boost):
            return _boosted(tantivy.Query.phrase_query(SCHEMA, field, list(values)), boost)
        case Prefix(field, value):
            return tantivy.Query.regex_query(SCHEMA, field, f"{re.escape(value)}.*")
        case Between(field, low, high):
            return tantivy.Query.range_query(SCHEMA, field, tantivy.FieldType.Unsigned, low, high)
        case Among(field, values):
            return tantivy.Query.term_set_query(SCHEMA, field, list(values))
        case Best((part,)) | AnyOf((part,)):
            return asked(part, scored=scored)
        case Best(parts, tie):
            return tantivy.Query.disjunction_max_query([asked(part, scored=scored) for part in parts], float(tie))
        case AnyOf(()):
            return tantivy.Query.empty_query()
        case AnyOf(parts, least):
            shoulds = [(Occur.Should, asked(part, scored=scored)) for part in parts]
            return tantivy.Query.boolean_query(shoulds, minimum_number_should_match=least)
        case AllOf(parts, wished, without):
            return _all_of(parts, wished if scored else (), without, scored=scored)
        case Worth(part, score):
            return tantivy.Query.const_score_query(asked(part, scored=scored), float(score))


def _bare(clause: Clause) -> Clause:
    """A clause that finds the same, and weighs nothing."""
    match clause:
        case Worth(part) | AllOf((part,), _, ()):
            return _bare(part)
        case Best(parts) | AnyOf(parts, 1):
            return AnyOf(parts) if len(parts) != 1 else _bare(parts[0])
        case Term(field, value):
            return Term(field, value)
        case _:
            return clause


_KEPT = {name: "position" if name in POSITIONS else "freq" for name in TEXT_FIELDS}


def _boosted(query: Any, boost: float) -> Any:
    return query if boost == 1.0 else tantivy.Query.boost_query(query, float(boost))


def _all_of(parts: Sequence[Clause], wished: Sequence[Clause], without: Sequence[Clause], *, scored: bool) -> Any:
    clauses = [(Occur.Must, asked(part, scored=scored)) for part in parts]
    clauses += [(Occur.MustNot, asked(part, scored=scored)) for part in without]
    # tantivy finds nothing by exclusions alone.
    query = tantivy.Query.boolean_query(clauses if parts else [(Occur.Must, tantivy.Query.all_query()), *clauses])
    for part in wished:
        query = tantivy.Query.boolean_query([(Occur.Must, query), (Occur.Should, asked(part, scored=scored))])
    return query


def order_of(query: Query) -> str | None:
    if query.sort is Sort.RELEVANCE:
        return None if query.clause else "modified"
    return str(query.sort)


def narrowed(words: Any, query: Query, without: str = "") -> Any:
    """What words find within the filters of a query, but for one of these, and within what its reader may find."""
    filters = [_chosen(name, values) for name, values in query.filters.items() if name != without]
    clauses = [(Occur.Must, tantivy.Query.const_score_query(chosen, 0.0)) for chosen in filters]
    if words is not None:
        clauses.insert(0, (Occur.Must, words))
    # tantivy finds nothing by exclusions alone.
    everything = (Occur.Must, tantivy.Query.all_query())
    return tantivy.Query.boolean_query([*(clauses or [everything]), _sealed(query.seals)])


def _sealed(seals: Sequence[str]) -> Any:
    """The condition that keeps to what whoever holds these may find.

    Most of what a reader may find is open to all, so it is quicker to leave out what is closed to him.
    """
    others = [seal for seal in seals if seal != OPEN]
    if len(others) == len(seals):
        return Occur.Must, tantivy.Query.const_score_query(_any(others), 0.0)
    closed = tantivy.Query.term_query(SCHEMA, "seals", CLOSED, "basic")
    if others:
        closed = tantivy.Query.boolean_query([(Occur.Must, closed), (Occur.MustNot, _any(others))])
    return Occur.MustNot, closed


def _any(seals: Sequence[str]) -> Any:
    if len(seals) > _MANY_SEALS:
        return tantivy.Query.term_set_query(SCHEMA, "seals", list(seals))
    terms = [tantivy.Query.term_query(SCHEMA, "seals", seal, "basic") for seal in seals]
    return tantivy.Query.boolean_query([(Occur.Should, term) for term in terms])


def _chosen(name: str, values: Sequence[str]) -> Any:
    return asked(dated(name, values)) if name in DATES else tantivy.Query.term_set_query(SCHEMA, name, list(values))


def everything(searcher: Any) -> Any:
    """All that was not dropped, whoever may find it."""
    return without_gone(searcher, tantivy.Query.all_query())


def without_gone(searcher: Any, query: Any) -> Any:
    if not searcher.doc_freq("gone", "1"):
        return query
    gone = tantivy.Query.term_query(SCHEMA, "gone", "1")
    return tantivy.Query.boolean_query([(Occur.Must, query), (Occur.MustNot, gone)])


def facets(searcher: Any, words: Any, query: Query) -> dict[str, list[Count]]:
    plain = [name for name in query.facets if name not in query.filters]
    counts = counted(searcher, narrowed(words, query), plain, query.facet_size)
    for name in query.facets:
        if name in query.filters:
            others = narrowed(words, query, without=name)
            counts |= counted(searcher, others, [name], query.facet_size)
    return {name: counts[name] for name in query.facets}


def counted(searcher: Any, query: Any, names: Sequence[str], size: int) -> dict[str, list[Count]]:
    if not names:
        return {}
    wide = {} if searcher.num_segments == 1 else {"segment_size": _EVERY_VALUE}
    asked = {name: {"terms": {"field": name, "size": size + 1, **wide}} for name in names}
    answer = searcher.aggregate(query, asked)
    return {name: _with_nothing(searcher, query, name, answer[name]["buckets"], size) for name in names}


def _with_nothing(searcher: Any, query: Any, name: str, buckets: list[dict[str, Any]], size: int) -> list[Count]:
    """The values, and at the end how many have none, which may be rarer than the values that are shown."""
    told = {bucket["key"]: bucket["doc_count"] for bucket in buckets}
    nothing = told.get(NOTHING, 0)
    if len(buckets) > size and not nothing and searcher.doc_freq(name, NOTHING):
        without = tantivy.Query.term_query(SCHEMA, name, NOTHING, "basic")
        both = tantivy.Query.boolean_query([(Occur.Must, query), (Occur.Must, without)])
        nothing = int(searcher.search(both, limit=1).count)
    return [*_counts(buckets)[:size], *([Count(NOTHING, nothing)] if nothing else [])]


def _counts(buckets: list[dict[str, Any]]) -> list[Count]:
    counts = [Count(bucket["key"], bucket["doc_count"]) for bucket in buckets if bucket["key"] != NOTHING]
    return sorted(counts, key=lambda count: (-count.count, count.value))
