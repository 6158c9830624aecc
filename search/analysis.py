"""Text → terms, the same for every engine and for documents and queries alike."""

import re
import unicodedata
from functools import lru_cache

import opencc
import rjieba

_SIMPLIFIED = opencc.OpenCC("t2s")
_MOST_TERMS = 64
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
    """How many of a query's terms a document must hold: all of two, three quarters of more."""
    return count if count <= 2 else -(-count * 3 // 4)


def highlights(text: str, found: tuple[str, ...]) -> list[list[int]]:
    """Where terms stand in a text: [[start, end], …] in characters, in order, without overlap."""
    folded = fold(text)
    if not found or len(folded) != len(text):
        return []
    spans: list[list[int]] = []
    for match in _pattern(found).finditer(folded):
        start, end = match.span()
        if spans and spans[-1][1] == start:
            spans[-1][1] = end
        else:
            spans.append([start, end])
    return spans


@lru_cache(maxsize=1024)
def _pattern(found: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(found, key=len, reverse=True)
    return re.compile("|".join(rf"\b{re.escape(t)}\b" if t.isascii() else re.escape(t) for t in longest_first))
