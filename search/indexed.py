"""Document → the terms of each indexed field, the same for every engine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from search.analysis import BREAK, fold, grams, joined, terms, units, words
from search.model import Document
from search.pinyin import readings, sounds
from search.places import Named, around, named_in
from search.series import series_of
from search.signals import signals

#: Fields of terms. Those of POSITIONS keep the order, for phrases.
TEXT_FIELDS = (
    "title", "text", "title_grams", "grams", "organization", "sounds", "initials", "place", "exact", "signal",
)  # fmt: skip
POSITIONS = frozenset({"title_grams", "grams", "organization"})
#: Words side by side that are found by their first letters together.
_TOGETHER = 3
_LONGEST = 8
_SHORTEST = 2
#: Stands in no text that people read.
_APART = "\x1f"


def indexed(document: Document) -> dict[str, list[str]]:
    """Each of TEXT_FIELDS and its terms, and ``series`` with one term or none.

    ``place`` holds the codes of the places named in title and publisher and of all they lie in, and ``=`` before the
    narrowest; ``exact`` what a record is called; ``signal`` a word for each step of quality, use and age.
    """
    text = document.text
    title, keywords, description = _folded(text, ("title", "keywords", "description"))
    publisher = _publisher(text.get("organization", ""), text.get("spatial", ""))
    places = named_in(title, near=publisher.places)
    parts, words_of_title = units(title), terms(title)
    rest = f"{keywords}\n{description}"
    return {
        "title": words_of_title,
        "text": [*words_of_title, *publisher.terms, *terms(rest)],
        "title_grams": grams(parts),
        "grams": grams([*parts, BREAK, *publisher.units, BREAK, *units(rest)]),
        "organization": publisher.grams,
        "sounds": list(dict.fromkeys([*sounds(parts), *publisher.sounds])),
        "initials": list(dict.fromkeys(_initials(words(title)))),
        "place": list(_places(places, publisher.places)),
        "exact": [
            name
            for part in (*title.split("\n"), fold(text.get("identifier", "")), document.id)
            if (name := joined(part))
        ],
        "signal": list(signals(document.signals, document.dates)),
        "series": [key] if (key := text.get("series") or series_of(title, places)) else [],
    }


def _folded(text: Mapping[str, str], names: Sequence[str]) -> list[str]:
    """Several texts, folded in one call."""
    return fold(_APART.join(text.get(name, "").replace(_APART, " ") for name in names)).split(_APART)


@dataclass(frozen=True, slots=True)
class _Publisher:
    units: list[str]
    terms: list[str]
    grams: list[str]
    sounds: list[str]
    places: list[str]


@lru_cache(maxsize=4096)
def _publisher(name: str, spatial: str) -> _Publisher:
    """What the records of one publisher share."""
    folded = fold(name)
    parts = units(folded)
    places = [code for place in named_in(f"{fold(spatial)} {folded}") for code in place.codes]
    return _Publisher(parts, terms(folded), grams(parts), sounds(parts), places)


def _initials(title: list[str]) -> Iterator[str]:
    """First letters of words and of up to three words side by side: 社会保险 → sh, bx, shbx."""
    letters = [*map(_letters, title), *[""] * (_TOGETHER - 1)]
    return chain.from_iterable(map(_together, *(letters[start:] for start in range(_TOGETHER))))


@lru_cache(maxsize=30_000)
def _together(*letters: str) -> tuple[str, ...]:
    found = [""]
    for more in letters:
        if not more or len(found[-1]) + len(more) > _LONGEST:
            break
        found.append(found[-1] + more)
    return tuple(one for one in found if len(one) >= _SHORTEST)


@lru_cache(maxsize=30_000)
def _letters(word: str) -> str:
    return "" if word.isascii() else "".join(readings(unit)[0][0] for unit in word)


def _places(places: Iterable[Named], near: Iterable[str]) -> Iterator[str]:
    """A title that names a place speaks of that place; else the record is of where its publisher is."""
    codes = {code for place in places for code in place.codes} or set(near)
    yield from sorted({wider for code in codes for wider in around(code)})
    yield from (f"={code}" for code in sorted(codes) if not any(o != code and o.startswith(code) for o in codes))
