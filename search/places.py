"""Names of places and their hierarchy, after the national codes (统计用区划代码): province, city, county.

A place is its code: two digits for a province, four for a city, six for a county. Codes begin with those of what
they lie in.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from operator import add
from pathlib import Path

_FILE = Path(__file__).parent / "lexicon" / "places.txt"
_PROVINCE, _CITY = 2, 4
#: What the kind of a place adds to its name.
_KIND = re.compile(
    r"((?:壮族|回族|维吾尔)?自治区|特别行政区|(?:[一-龥]{1,3}族)*自治[州县旗]|新区|林区|地区|省|市|盟|区|县|旗)$"
)
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Named:
    """A name that stands in a text, and the places that it may mean."""

    name: str
    start: int
    codes: tuple[str, ...]


@cache
def _names() -> dict[str, dict[str, tuple[str, ...]]]:
    """First two characters → name → codes; of cities and provinces also the names without their kind."""
    found: dict[str, set[str]] = defaultdict(set)
    for code, name in _areas():
        found[name].add(code)
        if len(short := short_name(name)) >= _SHORTEST:
            found[short].add(code)
    by_beginning: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for name, codes in found.items():
        by_beginning[name[:2]][name] = tuple(sorted(codes))
    return dict(by_beginning)


def _areas() -> Iterator[tuple[str, str]]:
    for line in _FILE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            code, name = line.split()
            yield code, name


@lru_cache(maxsize=8192)
def short_name(name: str) -> str:
    """A place's name without its kind: 泸州市 → 泸州."""
    return _KIND.sub("", name) if len(name) > _SHORTEST else name


@cache
def _full() -> dict[str, str]:
    return dict(_areas())


def names() -> Iterable[tuple[str, str]]:
    """Each code and the full name of its place."""
    return _full().items()


def is_place(code: str) -> bool:
    """Whether a code is one of the list."""
    return code in _full()


def name_of(code: str) -> str:
    """The full name of a place."""
    return _full().get(code, code)


def full_name(code: str) -> str:
    """The name of a place; of a county with the city or province that it lies in: 泸州市江阳区."""
    return "".join(map(name_of, (*wider(code)[-1:], code))) if len(code) > _CITY else name_of(code)


def wider(code: str) -> tuple[str, ...]:
    """The places that a place lies in, the widest first."""
    return tuple(near for near in around(code)[:-1] if is_place(near))


def below(code: str) -> tuple[str, ...]:
    """The places right below a place: cities of a province, districts of a city."""
    return _below().get(code, ())


@cache
def _below() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for code in _full():
        for near in wider(code)[-1:]:
            found[near].append(code)
    return {code: tuple(codes) for code, codes in found.items()}


def called(folded: str) -> tuple[str, ...]:
    """The places that a folded text names, if it does nothing else: 泸州, 四川省泸州市; several may have the name."""
    named = named_in(folded)
    return named[-1].codes if "".join(one.name for one in named) == folded and named else ()


def around(code: str) -> tuple[str, ...]:
    """A place and what it lies in, the widest first: 510502 → 51, 5105, 510502."""
    return tuple(code[:length] for length in (_PROVINCE, _CITY, 6) if length <= len(code))


def named_in(folded: str, *, near: Iterable[str] = ()) -> list[Named]:
    """The places named in a folded text, the longest name at each point.

    A county without its kind (江阳) counts only within a place that is known otherwise: in the text or in ``near``.
    Of several places of one name those near are meant, or all.
    """
    found = list(_scan(folded))
    around_it = tuple(near)
    meant = (Named(named.name, named.start, _meant(named, {*around_it, *_sure(found, named)})) for named in found)
    return [named for named in meant if named.codes]


def _sure(found: list[Named], but: Named) -> Iterator[str]:
    return (code for named in found if named is not but for code in named.codes if _is_sure(named, code))


def _scan(folded: str) -> Iterator[Named]:
    names, end = _names(), 0
    for at, beginning in enumerate(map(add, folded, islice(folded, 1, None))):
        if at >= end and (candidates := names.get(beginning)):
            name = max((n for n in candidates if folded.startswith(n, at)), key=len, default="")
            if name:
                yield Named(name, at, candidates[name])
                end = at + len(name)


def _is_sure(named: Named, code: str) -> bool:
    """A full name, or that of a city or province."""
    return len(code) <= _CITY or named.name == name_of(code)


def _meant(named: Named, known: set[str]) -> tuple[str, ...]:
    near = tuple(code for code in named.codes if any(k != code and code.startswith(k) for k in known))
    if near:
        return near
    return tuple(code for code in named.codes if _is_sure(named, code))
