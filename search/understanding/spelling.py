"""What else the reader may have meant: Chinese words for pinyin, for first letters, and for words spelled wrong.

Nothing is known beforehand: the words come from titles that the reader's own search finds by their sound, so what a
reader may not see is never suggested.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from search.analysis import fold, units, words
from search.clauses import AnyOf, Clause, Term
from search.pinyin import heard, readings, sound, syllables

#: Titles that are asked for words.
SAMPLE = 100
#: Of the sounds that were typed so many must be found side by side.
_HEARD = 0.5
#: A word counts that is there at least so often, compared with the most frequent one.
_OFTEN = 0.34
_LONGEST = 8

#: Titles found by a clause.
Titles = Callable[[Clause], Iterable[str]]


def by_sound(text: str, titles: Titles) -> str | None:
    """A folded text, spelled as titles spell what sounds like it; None when they have nothing of the kind."""
    spoken = list(_spoken(text))
    pairs = [a + b for (a, _), (b, _) in itertools.pairwise(spoken)]
    if not pairs:
        return None
    found = AnyOf([Term("sounds", pair) for pair in dict.fromkeys(pairs)], max(1, round(len(pairs) * _HEARD)))
    spans: dict[tuple[int, int], Counter[str]] = {}
    for title in titles(found):
        for start, word in _alike([s for s, _ in spoken], units(fold(title))):
            spans.setdefault((start, start + len(word)), Counter())["".join(word)] += 1
    meant = list(_spelled(spoken, spans))
    return " ".join(meant) if _is_likely(text.replace(" ", ""), meant) else None


def _is_likely(typed: str, meant: Sequence[str]) -> bool:
    """Chinese that is spelled wrong sounds right as a whole, and half of it is right; pinyin may be so in part."""
    spelled = "".join(meant)
    if typed.isascii():
        return spelled != typed
    alike = sum(a == b for a, b in zip(typed, spelled, strict=False))
    return len(typed) / 2 <= alike < len(typed) and all(len(word) > 1 for word in meant)


def _spoken(text: str) -> Iterator[tuple[str, str]]:
    """Sound and spelling of each syllable of a text; pinyin is cut into syllables."""
    for unit in units(text):
        cut = syllables(unit) if unit.isascii() and unit.isalpha() else []
        if cut:
            yield from ((sound(syllable), syllable) for syllable in cut)
        else:
            yield (sound(readings(unit)[0]), unit)


def _alike(spoken: Sequence[str], title: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The stretches of a title, of two characters or more, that sound like a part of what was typed."""
    hearing = [heard(unit) for unit in title]
    for start in range(len(spoken)):
        for at in range(len(title)):
            length = 0
            while (
                start + length < len(spoken)
                and at + length < len(title)
                and spoken[start + length] in hearing[at + length]
            ):
                length += 1
                if length > 1:
                    yield start, list(title[at : at + length])


def _spelled(spoken: Sequence[tuple[str, str]], spans: Mapping[tuple[int, int], Counter[str]]) -> Iterator[str]:
    """The stretches that leave least as it was typed, the fewest of them, each in its most frequent spelling."""
    #: from each point on: syllables left, stretches, how rare they are, and the end of the first one
    best: list[tuple[int, int, int, int]] = [(0, 0, 0, 0)] * (len(spoken) + 1)
    for at in range(len(spoken) - 1, -1, -1):
        left, pieces, rare, _ = best[at + 1]
        ways = [(left + 1, pieces, rare, at + 1)]
        for (start, end), spellings in spans.items():
            if start == at:
                left, pieces, rare, _ = best[end]
                ways.append((left, pieces + 1, rare - spellings.total(), end))
        best[at] = min(ways)
    at = 0
    while at < len(spoken):
        end = best[at][3]
        typed = "".join(spelling for _, spelling in spoken[at:end])
        yield _nearest(typed, spans[at, end]) if (at, end) in spans else typed
        at = end


def _nearest(typed: str, spellings: Counter[str]) -> str:
    """The spelling that has most of the characters typed; of several the most frequent."""
    return max(spellings, key=lambda word: (sum(a == b for a, b in zip(typed, word, strict=False)), spellings[word]))


def by_letters(letters: str, titles: Titles) -> tuple[str, ...]:
    """The words that begin with these letters, character by character, the most frequent first: shbx → 社会保险."""
    if not (letters.isascii() and letters.isalpha() and 1 < len(letters) <= _LONGEST):
        return ()
    counts: Counter[str] = Counter()
    for title in titles(Term("initials", letters)):
        counts.update(set(_begun_with(letters, words(fold(title)))))
    often = counts.most_common(3)
    return tuple(word for word, count in often if count >= often[0][1] * _OFTEN)


def _begun_with(letters: str, title: Sequence[str]) -> Iterator[str]:
    for start in range(len(title)):
        for end in range(start + 1, min(start + 4, len(title) + 1)):
            word = "".join(title[start:end])
            if len(word) == len(letters) and all(readings(c)[0][0] == x for c, x in zip(word, letters, strict=True)):
                yield word
