"""What an address narrows a search to. What of it makes no sense is said beside its field, and left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

from fastapi import Request

from catalog.domain.errors import InvalidError
from catalog.services.search import Ask
from catalog.web.addresses import at
from catalog.web.forms import Filled
from search.analysis import fold
from search.facets import DATES, FILTERS
from search.periods import OPEN
from search.places import below, called, full_name, is_place, name_of, wider
from search.suggesting import typing

#: Places that are offered where one of them was perhaps meant.
_OFFERED = 8


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Filters that hold, and the fields of those that do not as they were typed."""

    filters: Mapping[str, tuple[str, ...]]
    form: Filled
    #: Codes of the places that were perhaps meant.
    offered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceLinks:
    """Places that can be gone to, under what they have in common."""

    name: str
    #: (name, address)
    links: tuple[tuple[str, str], ...]


def narrowing(request: Request, language: str) -> Narrowing:
    """What the address narrows to, by filter; what is no filter of ours is not looked at."""
    asked = request.query_params
    form = Filled({name: tuple(dict.fromkeys(asked.getlist(name))) for name in asked})
    filters: dict[str, tuple[str, ...]] = {}
    errors: dict[str, str] = {}
    for name, read in _READERS:
        try:
            values = read(form, name)
        except InvalidError as error:
            errors |= form.refused(error, language).errors
        else:
            filters |= {name: values} if values else {}
    offered = _perhaps(form.one("where")) if "where" in errors else ()
    return Narrowing(filters, replace(form, errors=errors), offered)


def place_links(ask: Ask, offered: tuple[str, ...]) -> tuple[list[tuple[str, str]], list[PlaceLinks]]:
    """Places that were perhaps meant; and around each that is chosen: what it lies in, and what lies in it."""
    chosen = ask.filters.get("place", ())

    def to(code: str, without: str = "") -> str:
        rest = tuple(other for other in chosen if other != without)
        return at(ask, filters={**ask.filters, "place": _joined(rest, (code,))})

    around = [
        PlaceLinks(name_of(code), tuple((name_of(near), to(near, code)) for near in (*wider(code), *below(code))))
        for code in chosen
    ]
    return [(full_name(code), to(code)) for code in offered], [one for one in around if one.links]


def _period(form: Filled, name: str) -> tuple[str, ...]:
    first, last = (_day(form.one(f"{name}_{end}"), name) for end in ("from", "to"))
    if first and last and first > last:
        raise InvalidError("The first day is after the last one.", field=name, cure="Exchange the two.")
    return (f"{first or OPEN}/{last or OPEN}",) if first or last else ()


def _day(typed: str, name: str) -> str:
    try:
        return date.fromisoformat(typed).isoformat() if typed else ""
    except ValueError as error:
        raise InvalidError(
            "“{day}” is no day.", field=name, day=typed, cure="Write year, month and day, such as 2024-12-31."
        ) from error


def _places(form: Filled, name: str) -> tuple[str, ...]:
    """The places that were chosen before."""
    if unknown := [code for code in form.all(name) if not is_place(code)]:
        raise _unknown(unknown[0])
    return form.all(name)


def _places_and_typed(form: Filled, name: str) -> tuple[str, ...]:
    """Those and the one that was typed now."""
    chosen, typed = tuple(filter(is_place, form.all(name))), form.one("where")
    if not typed:
        return chosen
    meant = _perhaps(typed)
    if not meant:
        raise _unknown(typed)
    if len(meant) > 1:
        raise InvalidError("Several places may be meant by “{typed}”.", field="where", typed=typed, cure="Choose one.")
    return _joined(chosen, meant)


def _unknown(typed: str) -> InvalidError:
    return InvalidError(
        "There is no place “{typed}”.",
        field="where",
        typed=typed,
        cure="Write a province, a city or a county, such as 泸州 or 江阳区.",
    )


def _perhaps(typed: str) -> tuple[str, ...]:
    """The place of a code; those of a name; else those whose name begins so, in characters, pinyin or first letters."""
    named = (typed,) if is_place(typed) else called("".join(fold(typed).split()))
    return (named or tuple(chain(*typing(typed).places().values())))[:_OFFERED]


def _joined(chosen: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    """Both, without places that lie in one of the others or that one of the others lies in: the new ones hold."""
    apart = (c for c in chosen if not any(c.startswith(m) or m.startswith(c) for m in more))
    return (*apart, *more)


#: How each filter is read, in turn: what a later reading refuses leaves what an earlier one took.
_READERS: tuple[tuple[str, Callable[[Filled, str], tuple[str, ...]]], ...] = (
    *((name, Filled.all) for name in FILTERS if name not in ("place", *DATES)),
    ("place", _places),
    ("place", _places_and_typed),
    *((name, _period) for name in DATES),
)
