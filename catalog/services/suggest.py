"""Suggestions while a reader types: titles, publishers, themes and places, by characters, pinyin and first letters.

They are ordinary queries of the index, so what a reader may not find is not suggested either.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from typing import Any

from catalog.domain.datasets import in_language
from catalog.domain.errors import SearchDownError
from catalog.domain.people import GUEST, Actor
from catalog.domain.policy import reach
from catalog.domain.vocabulary import label
from search.analysis import fold
from search.clauses import AnyOf, Term
from search.model import Count, Query
from search.port import SearchIndex, SearchUnavailableError
from search.series import kin
from search.steering import usual_steering
from search.suggesting import Span, Typing, typing

#: Titles that are looked through for those that fit best.
_SAMPLE = 40
#: More names than any catalog has publishers or themes.
_EVERY = 10_000
#: Places that are looked for until one has records.
_TRIED = 2


class Kind(StrEnum):
    """What is suggested, in the order of the list."""

    TITLE = "title"
    PUBLISHER = "publisher"
    THEME = "theme"
    PLACE = "place"
    QUERY = "query"


#: Suggestions of a kind at the most: ten together.
_MOST = {Kind.TITLE: 4, Kind.PUBLISHER: 2, Kind.THEME: 1, Kind.PLACE: 1, Kind.QUERY: 2}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that was perhaps meant."""

    kind: Kind
    text: str
    #: The value of the facet, or the id of the record.
    value: str
    #: Records behind it; None of a single record.
    count: int | None = None
    #: Where in the text what was typed stands, in characters.
    marks: list[Span] = field(default_factory=list)


def suggest(
    index: SearchIndex, typed: str, language: str, popular: Sequence[str] = (), reader: Actor = GUEST
) -> list[Suggestion]:
    """Up to ten suggestions, those of a kind together. ``popular``: queries that others asked, the most asked first."""
    so_far, asked = typing(typed), Query(seals=reach(reader).seals)
    if not so_far.folded:
        return []
    try:
        found = (
            _titles(index, asked, so_far, language),
            *_names(index, asked, so_far, language),
            _places(index, asked, so_far),
            _queries(index, asked, so_far, popular),
        )
        return [one for kind, ones in zip(Kind, found, strict=True) for one in islice(ones, _MOST[kind])]
    except SearchUnavailableError as error:
        raise SearchDownError from error


def _titles(index: SearchIndex, asked: Query, typed: Typing, language: str) -> Iterator[Suggestion]:
    """One title of each series; first those that begin with what was typed, then the short ones."""
    cards = [hit.card for hit in index.search(replace(asked, clause=typed.clause, size=_SAMPLE)).hits]
    fitting = [(span, title, card["id"]) for card in cards for span, title in _fitting(typed, card["title"], language)]
    fitting.sort(key=lambda one: (one[0][0] > 0, len(one[1])))
    met = {kin(title): (title, value) for _, title, value in reversed(fitting)}
    for title, value in reversed(met.values()):
        yield Suggestion(Kind.TITLE, title, value, marks=_marks(typed, title))


def _fitting(typed: Typing, titles: dict[str, str], language: str) -> Iterator[tuple[Span, str]]:
    spans = [span for span in map(typed.span, titles.values()) if span]
    if spans:
        yield min(spans), in_language(titles, language)


def _marks(typed: Typing, text: str) -> list[Span]:
    span = typed.span(text)
    return [span] if span and len(fold(text)) == len(text) else []


def _names(index: SearchIndex, asked: Query, typed: Typing, language: str) -> tuple[Iterator[Suggestion], ...]:
    page = index.search(replace(asked, facets=("publisher", "theme"), facet_size=_EVERY, size=0))
    return tuple(_named(kind, page.facets[kind], typed, language) for kind in (Kind.PUBLISHER, Kind.THEME))


def _named(kind: Kind, counts: Iterable[Count], typed: Typing, language: str) -> Iterator[Suggestion]:
    """The values of a facet, the most frequent first."""
    for count in counts:
        text = label(kind, count.value, language)
        if count.value and typed.span(text):
            yield Suggestion(kind, text, count.value, count.count, _marks(typed, text))


def _places(index: SearchIndex, asked: Query, typed: Typing) -> Iterator[Suggestion]:
    for name, codes in islice(typed.places().items(), _TRIED):
        total = index.search(replace(asked, clause=AnyOf([Term("place", code) for code in codes]), size=0)).total
        if total:
            yield Suggestion(Kind.PLACE, name, name, total, _marks(typed, name))


def _queries(index: SearchIndex, asked: Query, typed: Typing, popular: Iterable[str]) -> Iterator[Suggestion]:
    """What others asked that begins so, as far as this reader finds something by it."""
    fitting = (query for query in popular if query != typed.folded and (span := typed.span(query)) and not span[0])
    for query in islice(fitting, _TRIED):
        total = index.search(replace(asked, clause=usual_steering().understood(query).clause, size=0)).total
        if total:
            yield Suggestion(Kind.QUERY, query, query, total, _marks(typed, query))


def told(suggestions: Iterable[Suggestion]) -> list[dict[str, Any]]:
    """Suggestions as the API gives them."""
    return [
        {"kind": one.kind, "text": one.text, "value": one.value, "count": one.count, "marks": one.marks}
        for one in suggestions
    ]
