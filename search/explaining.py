"""Why a document was found: which typed words are where in it, by which rule, and what moved it up.

It is told from the texts that a hit carries and the concepts that were looked for. An engine is not asked, so both
say the same, and nothing is told that the hit does not show.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from search.analysis import fold, grams, joined, pairs, terms, units
from search.pinyin import readings
from search.places import named_in
from search.understanding import Understood
from search.understanding.clause import counts_as_word, topics
from search.understanding.concepts import Concept, Reading, Rule

#: Texts in which words are looked up, in the order in which they are told.
WHERE = ("title", "keywords", "publisher", "description")


class Lift(StrEnum):
    """What moves a document up."""

    #: Its title, identifier or id is what was typed.
    EXACT = "exact"
    #: What was typed stands in the title as a whole.
    PHRASE = "phrase"
    #: All that the query is about is in the title.
    TITLE = "title"
    #: It is about the place, or something within it.
    PLACE = "place"
    #: It changed this year.
    FRESH = "fresh"
    #: It is well described.
    QUALITY = "quality"
    #: It is used often.
    USED = "used"


@dataclass(frozen=True, slots=True)
class Match:
    """A typed word, and what a document has for it."""

    typed: str
    text: str
    rule: Rule
    #: some of WHERE, or "place"
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a document was found."""

    matches: tuple[Match, ...]
    #: Typed words that none of the texts has; a long description may have them further down.
    absent: tuple[str, ...]
    lifts: tuple[Lift, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    folded: str
    words: frozenset[str]
    grams: frozenset[str]

    def holds(self, text: str) -> bool:
        return text in self.words if counts_as_word(text) else self.grams.issuperset(pairs(text))


def explain(understood: Understood, texts: Mapping[str, str], *, typed: str) -> Explanation:
    """Why a document of these texts was found for what was typed.

    ``texts`` has WHERE, and "spatial", "identifier" and "id". What was understood may be a correction of ``typed``.
    """
    said = {name: _read(texts[name]) for name in WHERE}
    codes = _codes(texts)
    quoted = (Concept(text, (Reading(text, Rule.WORD),)) for text in understood.quoted)
    found = {concept: _matches(concept, said, codes) for concept in (*understood.concepts, *quoted)}
    asked = fold(typed)
    return Explanation(
        tuple(_as_typed(match, asked, understood.folded) for matches in found.values() for match in matches),
        tuple(concept.typed for concept, matches in found.items() if not matches),
        tuple(_lifts(understood, texts, said["title"], codes)),
    )


def _read(text: str) -> _Text:
    folded = fold(text)
    return _Text(folded, frozenset(terms(folded)), frozenset(grams(units(folded))))


def _codes(texts: Mapping[str, str]) -> set[str]:
    """The places that a document is about: those in its title, else where its publisher is."""
    near = [code for place in named_in(fold(f"{texts['spatial']} {texts['publisher']}")) for code in place.codes]
    return {code for place in named_in(fold(texts["title"]), near=near) for code in place.codes} or set(near)


def _matches(concept: Concept, said: Mapping[str, _Text], codes: Iterable[str]) -> list[Match]:
    """The first way in which a document has a concept; where it has none, the parts of it that it has."""
    for reading in concept.readings:
        where = _where(reading.text, said)
        if _within(concept, codes):
            where = ("place", *where)
        if where:
            return [Match(concept.typed, reading.text, reading.rule, where)]
    parts = [part for part, _ in concept.inner] or _stretch(concept.spoken, said)
    return [Match(concept.typed, part, Rule.PART, where) for part in parts if (where := _where(part, said))]


def _where(text: str, said: Mapping[str, _Text]) -> tuple[str, ...]:
    return tuple(name for name, there in said.items() if there.holds(text))


def _within(concept: Concept, codes: Iterable[str]) -> bool:
    return any(code.startswith(place) for place in concept.places for code in codes)


def _stretch(word: str, said: Mapping[str, _Text]) -> list[str]:
    """The longest part of a word that a text has side by side."""
    if word.isascii():
        return []
    shorter = (word[at : at + n] for n in range(len(word) - 1, 1, -1) for at in range(len(word) - n + 1))
    return [part for part in shorter if _where(part, said)][:1]


def _as_typed(match: Match, asked: str, understood: str) -> Match:
    """A word of a correction, beside the letters or characters that were typed for it."""
    if match.typed in asked:
        return match
    replaced = " ".join(word for word in asked.split() if word not in understood.split())
    return Match(replaced or asked, match.text, _corrected_by(match.typed, replaced), match.where)


def _corrected_by(word: str, replaced: str) -> Rule:
    if not any(part.isascii() and part.isalpha() for part in replaced.split()):
        return Rule.SPELLING
    return Rule.INITIALS if "".join(readings(unit)[0][0] for unit in word) in replaced else Rule.PINYIN


def _lifts(understood: Understood, texts: Mapping[str, str], title: _Text, codes: Iterable[str]) -> Iterator[Lift]:
    if not understood.concepts:
        return
    whole = joined(understood.folded)
    names = [joined(fold(name)) for name in (*texts["title"].split("\n"), texts["identifier"], texts["id"])]
    if whole in names:
        yield Lift.EXACT
    elif any(whole in name for name in names) and len(pairs(understood.folded)) > 1:
        yield Lift.PHRASE
    elif all(any(title.holds(r.text) for r in topic.readings) for topic in topics(understood.concepts)):
        yield Lift.TITLE
    if any(_within(concept, codes) for concept in understood.concepts):
        yield Lift.PLACE
