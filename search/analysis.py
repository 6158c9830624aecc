"""Text → terms, the same for every engine and for documents and queries alike."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

import opencc
import rjieba

_SIMPLIFIED = opencc.OpenCC("t2s")
_MOST_TERMS = 64
_FEW = 2
#: In a text this short one traditional character is enough to call it so.
_SHORT = 8


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


def terms(text: str) -> list[str]:
    """The words of a text and the words within its longer words, in order; punctuation falls away."""
    return [word for word in rjieba.cut_for_search(fold(text)) if word[0].isalnum() or word[-1].isalnum()]


def query_terms(words: str) -> list[str]:
    """The different terms of what a reader typed, at most 64."""
    return list(dict.fromkeys(terms(words)))[:_MOST_TERMS]


def needed(count: int) -> int:
    """How many of a query's terms a document must hold: all of two, a third of more and two at the least.

    A long word is typed once and gives several terms, and a question holds words that no title does. On the judged
    queries a third found most of what three quarters missed, and still nothing for what is not there.
    """
    return count if count <= _FEW else max(_FEW, -(-count // 3))


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
    for match in _pattern(found).finditer(folded):
        number = bisect_right(starts, match.start()) - 1
        _mark(spans[number], match.start() - starts[number], match.end() - starts[number])
    return spans


def _mark(spans: list[list[int]], start: int, end: int) -> None:
    if spans and spans[-1][1] == start:
        spans[-1][1] = end
    else:
        spans.append([start, end])


@lru_cache(maxsize=1024)
def _pattern(found: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(found, key=len, reverse=True)
    return re.compile("|".join(_alone(term) if term.isascii() else re.escape(term) for term in longest_first))


def _alone(term: str) -> str:
    """A Latin word or number counts where it stands alone; a Chinese character beside it is no part of it."""
    return rf"(?<![a-z0-9]){re.escape(term)}(?![a-z0-9])"
