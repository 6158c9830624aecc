"""Concepts → the clause that finds and ranks what is about them."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from math import ceil

from search.analysis import frequency, information, joined, pairs
from search.clauses import NOTHING, AllOf, AnyOf, Best, Clause, Phrase, Term, Worth
from search.places import around
from search.understanding.concepts import Concept, Reading
from search.weights import Weights

_FEW = 2
#: A word that is as usual as this is cut as a word wherever it stands; a rarer one often, and surely where it is new.
_USUAL = 300
_RARE = 10
#: Of the words or pairs of characters of a longer word so many make it a part, or a longer form, of what is meant.
_PART = 0.45
#: A record must have concepts that make up so much of what the query says.
_ENOUGH = 0.55
#: So many concepts are weighed against each other; of more, half of them do.
_WEIGHED = 6


def clause_of(folded: str, concepts: Sequence[Concept], weights: Weights, *, loose: bool = False) -> Clause:
    """What has enough of the concepts, or when loose any; more of them, in the title, and side by side, come first."""
    if not concepts:
        return NOTHING
    total = sum(information(topic.spoken) for topic in topics(concepts))
    scored = (way for concept in concepts for way in _scored(concept, total, weights))
    wished = [*scored, *_together(folded, weights)]
    return Best((_exact(folded, weights), AllOf((_enough(topics(concepts), loose=loose),), wished)))


def topics(concepts: Sequence[Concept]) -> Sequence[Concept]:
    """What a query is about: not where, and not the words of little weight, unless there is nothing else."""
    return [concept for concept in concepts if not concept.weak and not concept.places] or concepts


def exactly(concept: Concept) -> Clause:
    """What has a concept in any of its readings, whole, and as a word where it is one."""
    return AnyOf([*_within(concept), *(_there(reading.text, usual=_RARE) for reading in concept.readings)])


def _there(text: str, *, usual: int = _USUAL) -> Clause:
    return Term("text", text) if counts_as_word(text, usual) else _pairs("grams", text)


@lru_cache(maxsize=8192)
def counts_as_word(text: str, usual: int = _USUAL) -> bool:
    """A short usual word counts as a word only: its characters meet by chance too, as in 水质|数据."""
    return len(text) <= _FEW and not text.isascii() and frequency(text) >= usual


def _enough(topics: Sequence[Concept], *, loose: bool) -> Clause:
    """The concepts without which a record is not about the query."""
    there = [Worth(exactly(topic) if topic.places else _partly(topic), 0.0) for topic in topics]
    if loose or len(there) == 1:
        return AnyOf(there)
    if len(there) > _WEIGHED:
        return AnyOf(there, -(-len(there) // 2))
    total = sum(information(topic.spoken) for topic in topics)
    shares = [information(topic.spoken) / total for topic in topics]
    return AnyOf([AllOf([there[i] for i in chosen]) for chosen in enough(shares)])


def enough(shares: Sequence[float], least: float = _ENOUGH) -> Iterator[tuple[int, ...]]:
    """The smallest sets of numbers whose shares make up so much of 1."""
    taken: list[set[int]] = []
    for count in range(1, len(shares) + 1):
        for chosen in combinations(range(len(shares)), count):
            fits = sum(shares[i] for i in chosen) >= least
            if fits and not any(smaller <= set(chosen) for smaller in taken):
                taken.append(set(chosen))
                yield chosen


def _partly(concept: Concept) -> Clause:
    """A concept, or enough of the words that it consists of, or of the characters of a word that has no parts."""
    ways = [_there(reading.text) for reading in concept.readings]
    if concept.inner:
        shares = [share for _, share in concept.inner]
        ways += [AllOf([_there(concept.inner[i][0]) for i in chosen]) for chosen in enough(shares, _PART)]
    elif len(concept.spoken) > _FEW:
        ways.append(_pairs("grams", concept.spoken, least=_PART))
    return AnyOf(ways)


def _pairs(field: str, text: str, boost: float = 1.0, *, least: float = 1.0) -> Clause:
    terms = [Term(field, pair, boost) for pair in pairs(text)]
    return terms[0] if len(terms) == 1 else AnyOf(terms, ceil(len(terms) * least))


def _exact(folded: str, weights: Weights) -> Clause:
    """A title or identifier typed as a whole."""
    return Worth(Term("exact", joined(folded)), weights.exact)


def _together(folded: str, weights: Weights) -> Iterator[Clause]:
    """Neighboring characters that stand so in a record too, whatever the words are."""
    found = pairs(folded)
    if len(found) > 1:
        yield Phrase("title_grams", found, weights.phrase)
        yield AnyOf([Term("title_grams", pair, weights.title_pair) for pair in found[:64]])


def _scored(concept: Concept, total: float, weights: Weights) -> Iterator[Clause]:
    """A concept: the best way in which a record speaks of it, and a fixed worth for having it at all."""
    if concept.places:
        yield _placed(concept, weights)
        return
    ways = [way for reading in concept.readings for way in _ways(reading, weights)]
    if concept.body:
        ways += [Worth(_pairs("organization", reading.text), weights.body) for reading in concept.readings]
    worth = weights.weak if concept.weak else weights.concept * information(concept.spoken) / total
    there = [Worth(_there(reading.text), worth * weights.share(reading.rule)) for reading in concept.readings]
    yield Best(ways, weights.tie)
    yield Best([*there, *_in_part(concept, worth * weights.part_there)])


def _in_part(concept: Concept, worth: float) -> Iterator[Clause]:
    """The words that a concept consists of, each worth its share of it."""
    if concept.inner:
        yield AnyOf([Worth(_there(part), worth * share) for part, share in concept.inner])


def _ways(reading: Reading, weights: Weights) -> Iterator[Clause]:
    share = weights.share(reading.rule)
    yield Term("title", reading.text, weights.title * share)
    yield _pairs("title_grams", reading.text, weights.title_part * share)


def _within(concept: Concept) -> list[Clause]:
    return [Term("place", code) for code in concept.places]


def _placed(concept: Concept, weights: Weights) -> Clause:
    """Records within the place; then those of what it lies in, and those that name it somewhere."""
    within = [Worth(clause, weights.place) for clause in _within(concept)]
    wider = [
        Worth(Term("place", f"={code}"), weights.place_around)
        for place in concept.places
        for code in around(place)[1:]
        if code != place
    ]
    return Best([*within, *wider, Worth(_pairs("grams", concept.typed), weights.place_named)])
