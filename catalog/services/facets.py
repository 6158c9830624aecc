"""All values of one facet, also those that a page of results has no room for."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from catalog.domain.errors import SearchDownError
from catalog.services.search import Ask, finder, labelled, query_of
from search.analysis import fold
from search.port import SearchIndex, SearchUnavailableError
from search.steering import Steering

#: Elasticsearch counts no more values at once; no facet of a catalog has more.
_MOST = 60_000


def values(
    index: SearchIndex,
    ask: Ask,
    name: str,
    contains: str = "",
    titles: Mapping[str, str] = MappingProxyType({}),
    steering: Steering | None = None,
) -> dict[str, Any]:
    """{"total", "pages", "values": [{"value", "label", "count"}]}: one page, counted under the other filters.

    ``contains`` is looked for in labels and values, in any script and case; ``titles`` are labels of values that the
    vocabulary does not have.
    """
    query = replace(query_of(replace(ask, facets=(name,), fold=False)), offset=0, size=0, facet_size=_MOST)
    try:
        found = finder(index, ask, steering).find(ask.words, query, exact=ask.exact)
    except SearchUnavailableError as error:
        raise SearchDownError from error
    wanted = fold(contains)
    counted = labelled(name, found.page.facets[name], ask.language)
    all_of_them = [one | {"label": titles.get(one["value"], one["label"])} for one in counted]
    kept = [one for one in all_of_them if wanted in fold(f"{one['label']}\n{one['value']}")]
    start = (ask.page - 1) * ask.size
    return {"total": len(kept), "pages": -(-len(kept) // ask.size), "values": kept[start : start + ask.size]}
