"""Addresses of a search: its own, and those that lead on from its results."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from catalog.services.search import Ask, given
from catalog.web.texts import address

#: Hits of a page, unless the address says otherwise.
SIZE = 20


def at(ask: Ask, *, page: int = 1, path: str = "/search", **other: Any) -> str:
    """The shortest address of a search, or of one that differs from it."""
    ask = replace(ask, **other)
    return address(
        path,
        q=ask.words,
        **grouped(ask.filters),
        sort=_order(ask),
        page="" if page == 1 else page,
        size="" if ask.size == SIZE else ask.size,
        exact="true" if ask.exact else "",
    )


def grouped(filters: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Filters as the parameters of an address, each with all its values."""
    found: dict[str, list[str]] = {}
    for name, value in given(filters):
        found.setdefault(name, []).append(value)
    return found


def _order(ask: Ask) -> str:
    return "" if ask.sort == "relevance" else ask.sort


@dataclass(frozen=True, slots=True)
class Leading:
    """Where the results of a search lead."""

    ask: Ask
    #: What was looked for instead of the words.
    corrected: str | None = None

    def page(self, number: int) -> str:
        return at(self.ask, page=number)

    def bare(self) -> str:
        """The words without the filters."""
        return at(self.ask, filters={})

    def exactly(self) -> str:
        return at(self.ask, exact=True)

    def freely(self) -> str:
        return at(self.ask, exact=False)

    def alike(self, hit: Mapping[str, Any]) -> str:
        """The records of a series that are folded into a hit; nothing where none is."""
        return at(self.ask, filters={**self.ask.filters, "series": (hit["series"],)}) if hit.get("others") else ""

    def why(self, hit: Mapping[str, Any]) -> str:
        """Why this hit is on this page; nothing where no words were looked for."""
        return at(self.ask, page=self.ask.page, path=f"/search/why/{hit['id']}") if self.ask.words.strip() else ""

    def away(self, kind: str) -> str:
        """The whole search, taken away: a file, or a feed, which has an order of its own."""
        order = "" if kind == "feed.atom" else _order(self.ask)
        exact = "true" if self.ask.exact else ""
        more = {"sort": order, "exact": exact, "lang": self.ask.language}
        return address(f"/search/{kind}", q=self.ask.words, **grouped(self.ask.filters), **more)

    def subscribing(self) -> str:
        """The form that subscribes to what was looked for in the end: a subscription does not guess by itself."""
        return address("/subscriptions/new", q=self.corrected or self.ask.words, **self.ask.filters)
