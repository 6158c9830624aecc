"""What the search knows of words: synonyms, English, words of no and of little weight. Text files that people edit."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from search.analysis import fold

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words and what they may be looked for as."""

    #: term → other names of the same
    same: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: term → what one who types it accepts too
    wider: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: English words in their singular → Chinese terms, the best first
    english: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stop: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()

    def knows(self, term: str) -> bool:
        """Whether a term has other names."""
        return term in self.same or term in self.wider


@cache
def usual() -> Lexicon:
    """The lexicon that comes with the product."""
    same, wider = synonyms(_lines("synonyms.txt"))
    return Lexicon(same, wider, dict(_glossary()), _words("stopwords.txt"), _words("weakwords.txt"))


def synonyms(lines: Iterable[str]) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Solr's format: ``a, b`` mean the same, ``a => b, c``: who types a accepts b and c too."""
    same: dict[str, list[str]] = defaultdict(list)
    wider: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        left, arrow, right = line.partition("=>")
        terms = _split(left)
        for term in terms:
            if arrow:
                wider[term] += _split(right)
            else:
                same[term] += [other for other in terms if other != term]
    return _once(same), _once(wider)


def _once(found: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {term: tuple(dict.fromkeys(others)) for term, others in found.items()}


def _split(text: str) -> list[str]:
    return [fold(term) for part in text.split(",") if (term := part.strip())]


def _glossary() -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in _lines("english.txt"):
        phrases, _, chinese = line.partition("=")
        for phrase in _split(phrases):
            yield " ".join(map(singular, phrase.replace("-", " ").split())), tuple(_split(chinese))


def singular(word: str) -> str:
    """An English word without the s of its plural, roughly: what glossary and query do alike matters."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _words(name: str) -> frozenset[str]:
    return frozenset(fold(word) for line in _lines(name) for word in line.split())


def _lines(name: str) -> Iterator[str]:
    lines = (_FOLDER / name).read_text("utf-8").splitlines()
    return (line for line in lines if line.strip() and not line.startswith("#"))
