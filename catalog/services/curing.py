"""What a reader may do where nothing was found, as the answer tells it."""

from typing import Any

from catalog.domain.vocabulary import label
from search.cures import Cure, Curing
from search.finding import Finder, Found
from search.model import Query


def cures(finder: Finder, typed: str, found: Found, query: Query, language: str) -> dict[str, Any]:
    """{"cures": [{"kind", "q", "filters", "about", "total"}], "topics": [{"value", "label", "count"}]}."""
    curing = Curing(finder)
    return {
        "cures": [_told(cure) for cure in curing.cures(typed, found, query)],
        "topics": [
            {"value": topic.value, "label": label("theme", topic.value, language), "count": topic.count}
            for topic in curing.topics(found, query)
        ],
    }


def _told(cure: Cure) -> dict[str, Any]:
    return {
        "kind": cure.kind,
        "q": cure.words,
        "filters": {name: list(values) for name, values in cure.filters.items()},
        "about": cure.about,
        "total": cure.total,
    }
