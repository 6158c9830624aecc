"""What helps where nothing was found: each cure is a search that finds something, with how much."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from search.finding import Finder, Found
from search.model import Count, Query
from search.places import around, name_of
from search.understanding import Understood

#: Words that are tried without, and topics that are told.
_MOST = 5


class Kind(StrEnum):
    """What a cure changes."""

    #: Another spelling.
    CORRECTION = "correction"
    #: The words alone, without quotes and other conditions of the query language.
    PLAIN = "plain"
    #: One word fewer.
    WITHOUT = "without"
    #: The place that the place lies in.
    WIDER = "wider"
    #: Fewer filters, or none.
    UNFILTERED = "unfiltered"


@dataclass(frozen=True, slots=True)
class Cure:
    """A search that finds something."""

    kind: Kind
    words: str
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: The word that is left out, the wider place, or the facet that no longer narrows; "" where all of them do not.
    about: str = ""
    total: int = 0


@dataclass(frozen=True, slots=True)
class Curing:
    """Looks for cures. Each search starts from the reader's own query, so none tells of what that may not find."""

    finder: Finder

    def cures(self, typed: str, found: Found, query: Query) -> list[Cure]:
        """Correction, words, places, filters; of each kind the one that finds most first.

        Where the filters leave nothing that helps, it is looked for without them.
        """
        words = _plain(found.understood, query) if found.understood.literal else _fewer(found, query)
        tried = (*words, *_unfiltered(typed, query))
        helping = [cure for cure in (self._counted(query, cure) for cure in tried) if cure.total]
        helping.sort(key=lambda cure: (list(Kind).index(cure.kind), -cure.total))
        helping = [*self._corrected(typed, query), *helping]
        return helping or (self.cures(typed, found, replace(query, filters={})) if query.filters else [])

    def topics(self, found: Found, query: Query) -> Sequence[Count]:
        """The themes that are most frequent where a part of the words is found."""
        loose = replace(query, clause=found.understood.loose, filters={}, facets=("theme",), facet_size=_MOST)
        counts = self.finder.index.search(replace(loose, offset=0, size=0)).facets["theme"]
        return [count for count in counts if count.value]

    def _corrected(self, typed: str, query: Query) -> Iterator[Cure]:
        found = self.finder.find(typed, replace(query, facets=(), offset=0, size=0))
        if found.corrected:
            yield Cure(Kind.CORRECTION, found.corrected, query.filters, total=found.page.total)

    def _counted(self, query: Query, cure: Cure) -> Cure:
        clause = self.finder.steering.understood(cure.words).clause
        return replace(cure, total=self.finder.count(replace(query, filters=cure.filters), clause))


def _plain(asked: Understood, query: Query) -> Iterator[Cure]:
    if words := " ".join((asked.folded, *asked.quoted)).strip():
        yield Cure(Kind.PLAIN, words, query.filters)


def _fewer(found: Found, query: Query) -> Iterator[Cure]:
    yield from _without(found, query)
    yield from _wider(found.understood, query)


def _without(found: Found, query: Query) -> Iterator[Cure]:
    """Without all words that nothing has, and without each word alone."""
    asked = found.understood
    alone = [(concept.typed,) for concept in asked.concepts[:_MOST]]
    for left_out in dict.fromkeys([found.missing, *alone]):
        rest = asked.folded
        for word in left_out:
            rest = rest.replace(word, " ")
        if left_out and rest.strip():
            yield Cure(Kind.WITHOUT, " ".join(rest.split()), query.filters, " ".join(left_out))


def _wider(asked: Understood, query: Query) -> Iterator[Cure]:
    """The nearest place around each place; of one name several places may be meant."""
    named = {(c.typed, name_of(around(code)[-2])) for c in asked.concepts for code in c.places if len(around(code)) > 1}
    for typed, wider in sorted(named)[:_MOST]:
        yield Cure(Kind.WIDER, asked.folded.replace(typed, wider), query.filters, wider)


def _unfiltered(typed: str, query: Query) -> Iterator[Cure]:
    if query.filters:
        yield Cure(Kind.UNFILTERED, typed)
    if len(query.filters) > 1:
        for name in query.filters:
            yield Cure(Kind.UNFILTERED, typed, {n: v for n, v in query.filters.items() if n != name}, name)
