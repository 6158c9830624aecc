"""Text → terms, the same for every engine and for documents and queries alike."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, islice, pairwise
from math import log
from operator import add

import opencc
import rjieba

_SIMPLIFIED = opencc.OpenCC("t2s")
#: In a text this short one traditional character is enough to call it so.
_SHORT = 8
_SHORTEST = 2
#: Words in the text that the frequencies were counted in.
_CORPUS = 60_000_000
_RARE, _USUAL = 50, 20_000
#: A run of Latin letters and digits, or one character of another script; or, outside the group, what separates.
_UNIT = re.compile(r"([a-z0-9]+(?:\.[a-z0-9]+)*|[^\W_])|[^\w\s]+|\n")
#: What is in no unit.
_BETWEEN = re.compile(r"[^\w.]+|_+|(?<![a-z0-9])\.|\.(?![a-z0-9])")
#: Stands between the parts of a text that no phrase may bridge.
BREAK = "|"
_RUN = re.compile(r"([a-z0-9]+(?:\.[a-z0-9]+)*)|((?:(?![a-z0-9]).)+)", re.DOTALL)


def fold(text: str) -> str:
    """Full width as half width, traditional as simplified, capitals as small letters."""
    if text.isascii():
        return text.lower()
    return str(_SIMPLIFIED.convert(unicodedata.normalize("NFKC", text))).lower()


def is_traditional(text: str) -> bool:
    """Whether simplifying changes more of a text than the odd character that mainland texts hold too."""
    simple = str(_SIMPLIFIED.convert(text))
    if simple == text:
        return False
    changed = sum(a != b for a, b in zip(text, simple, strict=False))
    return changed > 1 or len(text) <= _SHORT * changed


def words(folded: str) -> list[str]:
    """The words of a folded text that the dictionary knows, the rest by character; punctuation falls away.

    Runs of Latin letters and digits stay whole.
    """
    found: list[str] = []
    for run, rest in _RUN.findall(folded):
        found += [run] if run else rjieba.cut(rest, False)
    return [word for word in found if word[0].isalnum() or word[-1].isalnum()]


def parts(word: str) -> list[str]:
    """The shorter words, of two characters or more, that together make up most of a word; usual before rare ones."""
    inner = {part for part in rjieba.cut_for_search(word) if _SHORTEST <= len(part) < len(word)}
    #: from each point on: characters in no part, how many parts, how rare they are, and the parts
    best: list[tuple[int, int, float, list[str]]] = [(0, 0, 0.0, [])]
    for at in range(len(word) - 1, -1, -1):
        left, count, rare, after = best[-1]
        ways = [(left + 1, count, rare, after)]
        for part in inner:
            if word.startswith(part, at):
                left, count, rare, after = best[-len(part)]
                ways.append((left, count + 1, rare + information(part), [part, *after]))
        best.append(min(ways))
    return best[-1][3]


def terms(folded: str) -> list[str]:
    """The words of a folded text and the words within its longer words; punctuation falls away."""
    return [word for word in rjieba.cut_for_search(folded, False) if word[0].isalnum() or word[-1].isalnum()]


def is_known(word: str) -> bool:
    """Whether the dictionary has a word."""
    return bool(rjieba.has_word(word))


def frequency(word: str) -> int:
    """How often a word stands in ordinary Chinese text of 60 million words.

    Of Latin words it is not known: they count as rare ones, and those with digits as usual ones.
    """
    if word.isascii():
        return _RARE if word.isalpha() else _USUAL
    return int(rjieba.suggest_freq(word))


@lru_cache(maxsize=8192)
def information(word: str) -> float:
    """How much a word says, by how rare it is in the language: about 5 (of) to 18 (a name)."""
    return log(_CORPUS / (1 + frequency(word)))


def units(folded: str) -> list[str]:
    """Characters of a folded text, and runs of Latin letters and digits as a whole; punctuation is ``|``."""
    return [unit or BREAK for unit in _UNIT.findall(folded)]


def grams(parts: list[str]) -> list[str]:
    """Pairs of neighboring units in their order, then each unit once.

    The pairs find a phrase character by character, wherever the words were cut; the units find what stands alone.
    """
    once = dict.fromkeys(parts)
    once.pop(BREAK, None)
    return [*map(add, parts, islice(parts, 1, None)), BREAK, *once]


def phrase(folded: str) -> tuple[str, ...]:
    """What a text looks like among ``grams``, punctuation and all; of one unit the unit."""
    parts = units(folded)
    while parts and parts[0] == BREAK:
        parts = parts[1:]
    while parts and parts[-1] == BREAK:
        parts = parts[:-1]
    return tuple(parts) if len(parts) == 1 else tuple(a + b for a, b in pairwise(parts))


def pairs(folded: str) -> tuple[str, ...]:
    """The pairs of a text's units as if it had no punctuation; of one unit the unit."""
    parts = [part for part in units(folded) if part != BREAK]
    return tuple(parts) if len(parts) == 1 else tuple(a + b for a, b in pairwise(parts))


def joined(folded: str) -> str:
    """A text without spaces and punctuation: what tells whether two titles are the same."""
    return _BETWEEN.sub("", folded)


def highlights(texts: Sequence[str], found: tuple[str, ...]) -> list[list[list[int]]]:
    """Where terms stand in each text: [[start, end], …] in characters, in order, without overlap.

    All texts of a page are folded and searched at once: a call for each would cost more than the search.
    """
    spans: list[list[list[int]]] = [[] for _ in texts]
    whole = "\n".join(texts)
    folded = fold(whole)
    if not found or len(folded) != len(whole):
        return spans
    starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
    for start, end in sorted(_places(folded, found)):
        number = bisect_right(starts, start) - 1
        _mark(spans[number], start - starts[number], end - starts[number])
    return spans


def _places(folded: str, found: Iterable[str]) -> Iterator[tuple[int, int]]:
    for term in found:
        if term.isascii():
            yield from (match.span() for match in _alone(term).finditer(folded))
            continue
        at = folded.find(term)
        while at >= 0:
            yield at, at + len(term)
            at = folded.find(term, at + len(term))


def _mark(spans: list[list[int]], start: int, end: int) -> None:
    if spans and start <= spans[-1][1]:
        spans[-1][1] = max(spans[-1][1], end)
    else:
        spans.append([start, end])


@lru_cache(maxsize=1024)
def _alone(term: str) -> re.Pattern[str]:
    """A Latin word or number counts where it stands alone; a Chinese character beside it is no part of it."""
    return re.compile(rf"(?<![a-z0-9]){re.escape(term)}(?![a-z0-9])")
