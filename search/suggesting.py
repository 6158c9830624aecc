"""What is being typed, as far as it goes → what it may become: by characters, by pinyin, by first letters."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from search.analysis import fold, pairs, units
from search.clauses import NOTHING, AllOf, AnyOf, Clause, Phrase, Prefix, Term
from search.pinyin import heard, readings, sound, syllables
from search.places import names

#: What is longer is a text, and no beginning of anything.
_LONGEST = 40
#: First letters that the index knows.
_LETTERS = range(2, 9)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Typing:
    """What stands in the search box so far."""

    folded: str
    #: Letters that may be pinyin or the first letters of a word; "" where they are not.
    letters: str
    #: Its syllables as they sound; the last one may still grow.
    spoken: tuple[str, ...]

    @property
    def clause(self) -> Clause:
        """What has it in the title."""
        parts = units(self.folded)
        if not parts or len(self.folded) > _LONGEST:
            return NOTHING
        ways = [_said(self.folded, parts)]
        if len(self.letters) in _LETTERS:
            ways.append(Prefix("initials", self.letters))
        if self.spoken:
            ways.append(_heard(self.spoken))
        return AnyOf(ways)

    def span(self, name: str) -> Span | None:
        """Where it stands in a name, once folded; None where it does not."""
        known = _known(name)
        if (at := known.folded.find(self.folded)) >= 0:
            return (at, at + len(self.folded))
        starts = range(len(known.folded))
        return _run(self.letters, known.letters, starts) or _run(self.spoken, known.heard, starts)

    def places(self) -> dict[str, list[str]]:
        """Names of places that begin so, the widest first, and the codes of each."""
        found: dict[str, list[str]] = {}
        for code, name in _places().get(self.folded[:1], ()):
            if self._begins(_known(name)):
                found.setdefault(name, []).append(code)
        return dict(sorted(found.items(), key=lambda one: len(one[1][0])))

    def _begins(self, known: "_Name") -> bool:
        start = range(1)
        spoken = _run(self.letters, known.letters, start) or _run(self.spoken, known.heard, start)
        return known.folded.startswith(self.folded) or spoken is not None


def typing(typed: str) -> Typing:
    """What stands in the search box, read."""
    folded = " ".join(fold(typed).split())
    letters = folded.replace(" ", "")
    if not (letters.isascii() and letters.isalpha() and len(letters) > 1):
        letters = ""
    return Typing(folded, letters, tuple(_cut(letters)))


def _cut(letters: str) -> Sequence[str]:
    """Letters as syllables, the last of which may be a beginning; none where they are no pinyin."""
    for end in range(len(letters), 0, -1):
        if cut := syllables(letters[:end]):
            rest = letters[end:]
            return [*map(sound, cut), *([sound(rest)] if rest else [])]
    return ()


def _said(folded: str, parts: Sequence[str]) -> Clause:
    """Characters side by side; a last word of Latin letters or digits may still grow."""
    if not parts[-1].isascii():
        return Phrase("title_grams", pairs(folded))
    before = folded[: -len(parts[-1])].strip()
    earlier = [Phrase("title_grams", pairs(before))] if pairs(before) else []
    return AllOf([*earlier, Prefix("title_grams", parts[-1])])


def _heard(spoken: Sequence[str]) -> Clause:
    *whole, (a, b) = [*pairwise(spoken)] or [(spoken[0], "")]
    return AllOf([*(Term("sounds", x + y) for x, y in whole), Prefix("sounds", a + b)])


@dataclass(frozen=True, slots=True)
class _Name:
    folded: str
    letters: tuple[frozenset[str], ...]
    heard: tuple[frozenset[str], ...]


@lru_cache(maxsize=20_000)
def _known(name: str) -> _Name:
    folded = fold(name)
    return _Name(folded, tuple(map(_first, folded)), tuple(map(heard, folded)))


@cache
def _places() -> Mapping[str, list[tuple[str, str]]]:
    """Places by the first character of their name and by its first letter."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for code, name in names():
        for beginning in (name[0], *_first(name[0])):
            found[beginning].append((code, name))
    return found


@lru_cache(maxsize=20_000)
def _first(unit: str) -> frozenset[str]:
    return frozenset(reading[0] for reading in readings(unit))


def _run(wanted: Sequence[str], said: Sequence[frozenset[str]], starts: range) -> Span | None:
    """Where what is wanted is said, one after the other; the last of it may be a beginning."""
    if not wanted:
        return None
    *whole, growing = wanted
    room = len(said) - len(wanted) + 1
    for start in starts[: max(room, 0)]:
        if whole and whole[0] not in said[start]:
            continue
        end = start + len(whole)
        if all(map(frozenset.__contains__, said[start:end], whole)) and _grows(growing, said[end]):
            return (start, end + 1)
    return None


@lru_cache(maxsize=20_000)
def _grows(beginning: str, sounds: frozenset[str]) -> bool:
    return any(sound.startswith(beginning) for sound in sounds)
