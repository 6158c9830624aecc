"""What a reader typed → concepts: each a thing that a record should be about, and the ways in which it may say so."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

from search.analysis import frequency, information, is_known, parts, words
from search.lexicon import Lexicon, singular
from search.places import Named, named_in

_MOST = 24
#: A word that is rarer may be one that is spelled wrong.
_STRANGE = 30
#: What a word of little weight says within a longer one; what a single character does.
_LITTLE = 0.2
_FEW = 2
_CHARACTER = 5.0
#: Tokens that may together be one term of the lexicon.
_TOGETHER = 6
#: The name of a body, typed without spaces.
_BODY = re.compile(
    r"[一-龥]{1,12}(?:局|委|厅|署|办|委员会|办公室|政府|法院|检察院|公司|集团|协会|总队|支队|大队|联合会)"
)
#: A grade of sights, credit and the like.
_GRADE = re.compile(r"([2-5])a")
_DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")
_YEAR = re.compile(r"(?:19|20)\d\d")


class Rule(StrEnum):
    """By which rule a word of a record answers a word of the reader."""

    WORD = "word"
    SYNONYM = "synonym"
    WIDER = "wider"
    ENGLISH = "english"
    PLACE = "place"
    PINYIN = "pinyin"
    INITIALS = "initials"
    SPELLING = "spelling"
    #: a part of the word
    PART = "part"
    #: it means something similar
    VECTOR = "vector"


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in which a record may speak of a concept."""

    text: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Concept:
    """A thing that is looked for."""

    #: as typed, folded
    typed: str
    readings: tuple[Reading, ...]
    #: a record need not have it
    weak: bool = False
    #: codes of the place that is meant
    places: tuple[str, ...] = ()
    #: words that the concept consists of, and how much of it each says
    inner: tuple[tuple[str, float], ...] = ()
    #: the name of a body: who publishes, more than what about
    body: bool = False
    #: a word that the language does not know: a name, a code, or one that is spelled wrong
    unfamiliar: bool = False

    @property
    def spoken(self) -> str:
        """The concept in Chinese, where it has such a reading; else as typed."""
        return next((reading.text for reading in self.readings if not reading.text.isascii()), self.typed)


def concepts(folded: str, lexicon: Lexicon) -> list[Concept]:
    """The concepts of a folded text, each once, at most 24; where all are weak, none is."""
    found = list(dict.fromkeys(_all(folded, lexicon)))[:_MOST]
    if all(concept.weak for concept in found):
        return [replace(concept, weak=False) for concept in found]
    return found


def _all(folded: str, lexicon: Lexicon) -> Iterator[Concept]:
    at = 0
    for place in named_in(folded):
        yield from _of_text(folded[at : place.start], lexicon)
        yield _of_place(place)
        at = place.start + len(place.name)
    yield from _of_text(folded[at:], lexicon)


def _of_place(place: Named) -> Concept:
    return Concept(place.name, (Reading(place.name, Rule.PLACE),), places=place.codes)


def _of_text(text: str, lexicon: Lexicon) -> Iterator[Concept]:
    for is_body, typed in groupby(text.split(), key=lambda part: bool(_BODY.fullmatch(part))):
        if is_body:
            yield from (replace(_concept(name, lexicon), body=True) for name in typed)
        else:
            yield from _of_words(" ".join(typed), lexicon)


def _of_words(text: str, lexicon: Lexicon) -> Iterator[Concept]:
    tokens = _joined(words(text), lexicon)
    at = 0
    while at < len(tokens):
        taken, concept = _english(tokens[at:], lexicon) or _longest(tokens[at:], lexicon)
        at += taken
        if concept is not None:
            yield concept


def _joined(tokens: list[str], lexicon: Lexicon) -> list[str]:
    """Characters side by side that no word holds are one, and no word of the dictionary: 公|机|金 → 公机金."""
    found: list[str] = []
    for alone, group in groupby(tokens, key=lambda token: _is_alone(token, lexicon)):
        together = list(group)
        found += ["".join(together)] if alone else together
    return found


def _is_alone(token: str, lexicon: Lexicon) -> bool:
    return len(token) == 1 and not token.isascii() and token not in lexicon.stop and token not in lexicon.weak


def _longest(tokens: list[str], lexicon: Lexicon) -> tuple[int, Concept | None]:
    """The longest term of the lexicon that begins here, or the next token."""
    for count in range(min(_TOGETHER, len(tokens)), 1, -1):
        if lexicon.knows(term := "".join(tokens[:count])):
            return count, _concept(term, lexicon)
    return 1, None if tokens[0] in lexicon.stop else _concept(tokens[0], lexicon)


def _concept(term: str, lexicon: Lexicon) -> Concept:
    readings = (
        Reading(term, Rule.WORD),
        *(Reading(other, Rule.SYNONYM) for other in lexicon.same.get(term, ())),
        *(Reading(other, Rule.WIDER) for other in lexicon.wider.get(term, ())),
        *(Reading(other, Rule.WIDER) for other in _graded(term)),
        *(Reading(other, Rule.SYNONYM) for other in _written_otherwise(term)),
    )
    weak = term in lexicon.weak or bool(_YEAR.fullmatch(term)) or (len(term) == 1 and not term.isascii())
    return Concept(term, readings, weak, inner=_inner(term, lexicon), unfamiliar=_is_strange(term, lexicon))


def _graded(term: str) -> Iterator[str]:
    """A list of all that is graded (A级) has those of one grade (4A)."""
    if _GRADE.fullmatch(term):
        yield "a级"


def _written_otherwise(term: str) -> Iterator[str]:
    """Grades (4A, AAAA) and years (2022, 二〇二二) are written both ways."""
    if grade := _GRADE.fullmatch(term):
        yield "a" * int(grade[1])
    if _YEAR.fullmatch(term):
        yield term.translate(_DIGITS)
        yield term.translate(_DIGITS).replace("〇", "零")


def _inner(term: str, lexicon: Lexicon) -> tuple[tuple[str, float], ...]:
    """The words within a word and their shares of what it says; what is in none of them has a share too."""
    found = parts(term)
    said = [information(part) * (_LITTLE if part in lexicon.weak else 1.0) for part in found]
    rest = len(term) - sum(map(len, found))
    total = sum(said) + rest * _CHARACTER
    return tuple((part, share / total) for part, share in zip(found, said, strict=True))


def _is_strange(term: str, lexicon: Lexicon) -> bool:
    return not lexicon.knows(term) and (not is_known(term) or frequency(term) < _STRANGE)


def _english(tokens: list[str], lexicon: Lexicon) -> tuple[int, Concept | None] | None:
    """The longest English phrase of the glossary that begins here."""
    count = 0
    while count < min(len(tokens), _TOGETHER) and tokens[count].isascii():
        count += 1
    for taken in range(count, 0, -1):
        phrase = " ".join(map(singular, tokens[:taken]))
        if phrase in lexicon.english:
            return taken, _translated(" ".join(tokens[:taken]), phrase, lexicon)
    return None


def _translated(typed: str, phrase: str, lexicon: Lexicon) -> Concept:
    """A phrase in Chinese; of several words each, where it weighs something, may stand for it too."""
    chinese = lexicon.english[phrase]
    single = phrase.split() if " " in phrase else []
    alone = [term for word in single if word not in lexicon.weak for term in lexicon.english.get(word, ())[:_FEW]]
    readings = [Reading(typed, Rule.WORD), *(Reading(term, Rule.ENGLISH) for term in chinese)]
    readings += [Reading(term, Rule.WIDER) for term in alone if term not in lexicon.weak and term not in chinese]
    weak = phrase in lexicon.weak or chinese[0] in lexicon.weak
    return Concept(typed, tuple(readings), weak, inner=_inner(chinese[0], lexicon))
