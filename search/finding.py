"""From what was typed to a page of hits: the words as they are; else as they were meant; else a part of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from search.analysis import information, joined
from search.clauses import AllOf, AnyOf, Clause, Term, Worth
from search.meaning import Nearest
from search.model import BEHIND, Hit, Page, Query, Sort
from search.port import Contents
from search.signals import Lifts
from search.steering import Steering
from search.understanding import Understood
from search.understanding.clause import exactly, topics
from search.understanding.concepts import Concept, Reading, Rule
from search.understanding.spelling import SAMPLE, by_letters, by_sound

#: With fewer hits than this a search looks further.
FEW = 10
#: Words that say so much of a query cannot be left out.
_MUCH = 0.45
_SHORT, _LONG = 3, 5
#: More than any score, and little enough that scores of 32 bits tell apart what comes behind.
_FIRST = 100_000


@dataclass(frozen=True, slots=True)
class Found:
    """A page, and how it came about."""

    page: Page
    #: What was looked for in the end.
    understood: Understood
    #: What was looked for instead of what was typed.
    corrected: str | None = None
    #: Typed words that no document has.
    missing: tuple[str, ...] = ()
    #: Whether documents that have a part of the words count too.
    loosened: bool = False
    #: Ids of documents that come first because somebody said so.
    pinned: tuple[str, ...] = ()
    #: Ids of documents whose titles mean what was looked for; those that words did not find score BEHIND or less.
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds what was typed; each reader's filters hold in every step of it."""

    index: Contents
    #: The texts of a hit in which the spelling of words is looked up.
    text_of: Callable[[Hit], str]
    steering: Steering
    #: The day by which freshness counts; None: it does not.
    today: date | None = None
    #: None: by words alone.
    nearest: Nearest | None = None

    def find(self, typed: str, query: Query, *, exact: bool = False) -> Found:
        """A page of what was typed, by the query's filters, order and place in the result.

        ``exact``: neither corrected nor loosened, nor by meaning.
        """
        found = self._by_words(typed, query, exact=exact)
        return found if exact else self._with_near(found, query, typed)

    def _by_words(self, typed: str, query: Query, *, exact: bool) -> Found:
        asked = self.steering.understood(typed)
        pinned = self.steering.pinned(typed) if query.sort is Sort.RELEVANCE else ()
        found = Found(self._page(query, asked.clause, pinned), asked, pinned=pinned)
        if asked.literal or not asked.concepts:
            return found
        doubtful = [c for c in topics(asked.concepts) if c.unfamiliar or found.page.total < FEW] + _as_one(asked)
        missing = [c for c in doubtful if not self.count(query, exactly(c))]
        if missing and not exact and (meant := self._meant(query, asked, missing)) is not None:
            corrected = self.steering.understood(meant)
            page = self._page(query, corrected.clause, pinned)
            if page.total:
                found = Found(page, corrected, corrected=" ".join(meant.split()), pinned=pinned)
                missing = []
        missing = [concept for concept in missing if concept in asked.concepts]
        found = replace(found, missing=tuple(concept.typed for concept in missing))
        return found if exact or found.page.total >= FEW else self._loosened(query, found, missing)

    def asked(self, query: Query, found: Found) -> Query:
        """The query with what was looked for in the end: it finds the same again."""
        clause = found.understood.loose if found.loosened else found.understood.clause
        return self._worded(query, clause, found.pinned, found.near)

    def _with_near(self, found: Found, query: Query, typed: str) -> Found:
        """The same with what is near in meaning behind it, as one query: so filters, counts and pages hold for it."""
        asked = found.understood
        if self.nearest is None or query.sort is not Sort.RELEVANCE or asked.literal or not asked.concepts:
            return found
        if not (near := tuple(self.nearest.near(found.corrected or typed, query))):
            return found
        found = replace(found, near=near)
        return replace(found, page=self.index.search(self.asked(query, found)))

    def _page(self, query: Query, clause: Clause | None, pinned: Sequence[str]) -> Page:
        return self.index.search(self._worded(query, clause, pinned))

    def _worded(self, query: Query, clause: Clause | None, pinned: Sequence[str], near: Sequence[str] = ()) -> Query:
        if clause is None or query.sort is not Sort.RELEVANCE:
            return replace(query, clause=clause)
        lifts = Lifts(self.steering.weights, self.today)
        return replace(query, clause=_with(pinned, clause), lifts=lifts, behind=tuple(_behind(near)))

    def count(self, query: Query, clause: Clause | None) -> int:
        """How many documents a clause finds within the query's filters."""
        return self.index.search(replace(query, clause=clause, facets=(), offset=0, size=0)).total

    def _meant(self, query: Query, asked: Understood, missing: Sequence[Concept]) -> str | None:
        def titles(clause: Clause) -> Iterable[str]:
            sample = replace(query, clause=clause, facets=(), sort=Sort.RELEVANCE, offset=0, size=SAMPLE)
            return map(self.text_of, self.index.search(sample).hits)

        for concept in missing:
            if self.steering.weights.initials and (words := by_letters(concept.typed, titles)):
                return asked.folded.replace(concept.typed, f" {words[0]} ")
        by_ear = self.steering.weights.pinyin if asked.folded.isascii() else self.steering.weights.spelling
        return by_sound(asked.folded, titles) if by_ear else None

    def _loosened(self, query: Query, found: Found, missing: Sequence[Concept]) -> Found:
        about = topics(found.understood.concepts)
        lost = sum(information(concept.spoken) for concept in missing)
        if len(about) < 2 or lost > _MUCH * sum(information(concept.spoken) for concept in about):
            return found
        return replace(found, page=self._page(query, found.understood.loose, found.pinned), loosened=True)


def _with(pinned: Sequence[str], clause: Clause) -> Clause:
    """What is pinned is found too, and first; the query's filters hold for it like for everything."""
    worths = [Worth(_itself(i), float(_FIRST * place)) for place, i in enumerate(reversed(pinned), 1)]
    return AnyOf((clause, *worths)) if worths else clause


def _itself(document_id: str) -> Clause:
    # What was dropped keeps its id, but is called nothing; what is called like another has an id of its own.
    return AllOf((Term("id", document_id), Term("exact", joined(document_id))))


def _behind(near: Sequence[str]) -> Iterator[Clause]:
    """Each of the ids, worth the less the further it is."""
    for rank, document_id in enumerate(near):
        yield Worth(_itself(document_id), BEHIND / (rank + 1))


def _as_one(asked: Understood) -> list[Concept]:
    """A short word that falls into a known one and a single character may be one that is spelled wrong."""
    text = asked.folded
    alone = any(len(concept.typed) == 1 for concept in asked.concepts)
    if alone and _SHORT <= len(text) <= _LONG and " " not in text and not text.isascii():
        return [Concept(text, (Reading(text, Rule.WORD),))]
    return []
