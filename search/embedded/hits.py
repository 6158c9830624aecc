"""From addresses to hits: pages, folded pages, and what a snapshot holds."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import orjson
import tantivy

from search.embedded.queries import asked, counted, narrowed, order_of
from search.folding import FOLDED, rows
from search.model import BEHIND, Hit, Query, Turn
from search.signals import LIFTED, Lifts

#: No snapshot holds more hits: at 12 bytes each, 24 MB.
_MOST = 2_000_000


def found(searcher: Any, words: Any, query: Query) -> tuple[int, list[Hit], int]:
    """How many there are, the hits of the page, and how many rows pages lead through."""
    wanted, order = narrowed(words, query), order_of(query)
    if query.fold and query.size:
        return _folded(searcher, words, wanted, query)
    if not query.size:
        total = int(searcher.search(wanted, limit=1).count)
        return total, [], total
    total, places = _best(searcher, wanted, query, query.offset, query.size)
    return total, [_hit(searcher, key, address, order) for key, address in places], total


def _best(searcher: Any, wanted: Any, query: Query, offset: int, size: int) -> tuple[int, list[tuple[float, Any]]]:
    """How many there are, and the keys and addresses of some: the first LIFTED in the order that their signals give.

    tantivy would have to read the signals of every document for each query.
    """
    order = order_of(query)
    if order or query.lifts is None or offset >= LIFTED:
        page = searcher.search(wanted, limit=size, offset=offset, order_by_field=order)
        return page.count, page.hits
    page = searcher.search(wanted, limit=max(LIFTED, offset + size))
    lifted = _lifted(searcher, page.hits[:LIFTED], query.lifts)
    return page.count, (lifted + page.hits[LIFTED:])[offset : offset + size]


def _lifted(searcher: Any, hits: list[tuple[float, Any]], lifts: Lifts) -> list[tuple[float, Any]]:
    if not hits:
        return hits
    numbers = searcher.fast_field_values("signal", [address for _, address in hits])
    worths = {number: lifts.worth(number) for number in set(numbers)}
    moved = [
        (score + worths[number] if score > BEHIND else score, address)
        for (score, address), number in zip(hits, numbers, strict=True)
    ]
    return sorted(moved, key=lambda hit: -hit[0])


def _hit(searcher: Any, key: float, address: Any, order: str | None) -> Hit:
    stored = searcher.doc(address)
    card = orjson.loads(stored.get_first("card"))
    return Hit(0.0 if order else key, card, str(stored.get_first("series")))


def _folded(searcher: Any, words: Any, wanted: Any, query: Query) -> tuple[int, list[Hit], int]:
    order = order_of(query)
    total, first = _best(searcher, wanted, query, 0, FOLDED)
    keys = searcher.fast_field_values("series_key", [address for _, address in first]) if first else []
    page = rows(keys, total, query.offset, query.size)
    chosen = [first[place] for place in page.folded]
    hits = [_hit(searcher, key, address, order) for key, address in chosen]
    hits = list(_with_others(searcher, words, query, hits)) if hits else []
    if page.size:
        _, rest = _best(searcher, wanted, query, page.offset, page.size)
        hits += [_hit(searcher, key, address, order) for key, address in rest]
    return total, hits, page.length


def _with_others(searcher: Any, words: Any, query: Query, hits: list[Hit]) -> Iterator[Hit]:
    """The hits with the size of their series in the whole result, in one count."""
    series = [hit.series for hit in hits]
    members = narrowed(words, replace(query, filters={**query.filters, "series": series}))
    sizes = {count.value: count.count for count in counted(searcher, members, ["series"], len(series))["series"]}
    return (Hit(hit.score, hit.card, hit.series, sizes.get(hit.series, 1) - 1) for hit in hits)


class EmbeddedSnapshot:
    """The searcher of one moment, and where each hit is in it.

    A searcher reads the segments of its moment as long as it is held, also when their files have been removed.
    tantivy cannot go on after a hit, and asking for ever later pages would go through the result once for each. So the
    addresses are taken at once, in one order.
    """

    def __init__(self, searcher: Any, query: Query) -> None:
        self._searcher, self._order = searcher, order_of(query)
        wanted = narrowed(asked(query.found) if query.found else None, query)
        total = int(searcher.search(wanted, limit=1).count)
        _, hits = _best(searcher, wanted, query, 0, min(max(total, 1), _MOST))
        self.total = len(hits)
        self._addresses = array("Q", (address.segment_ord << 32 | address.doc for _, address in hits))
        self._scores = array("f", () if self._order else (key for key, _ in hits))

    def turn(self, place: Any, size: int) -> Turn:
        start = place or 0
        end = min(start + size, self.total)
        return Turn(list(self._hits(range(start, end))), end if end < self.total else None)

    def close(self) -> None:
        """The searcher goes with the last one who holds this."""

    def _hits(self, places: Iterable[int]) -> Iterator[Hit]:
        for place in places:
            packed = self._addresses[place]
            address = tantivy.DocAddress(packed >> 32, packed & 0xFFFFFFFF)
            yield _hit(self._searcher, self._scores[place] if self._scores else 0.0, address, self._order)
