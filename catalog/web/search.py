"""Search: results with facets, sorted and in pages, each state of it at an address of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from catalog.api.deps import PortalDep
from catalog.domain.datasets import in_language
from catalog.domain.vocabulary import label
from catalog.language import N_, translate
from catalog.services.search import Ask, search
from catalog.store.database import Transaction
from catalog.web.render import page as render
from catalog.web.texts import address
from catalog.web.visitor import VisitorDep
from search.facets import FACETS

router = APIRouter()

#: The facets that are shown, and what each is called.
SHOWN = {
    "publisher": N_("Publisher"),
    "theme": N_("Theme"),
    "opening": N_("Opening"),
    "format": N_("Format"),
    "source": N_("Source"),
    "kind": N_("Kind"),
    "license": N_("License"),
}
_NAMES = SHOWN | {
    "sharing": N_("Sharing"),
    "operable": N_("Operation"),
    "frequency": N_("Frequency"),
    "keyword": N_("Keyword"),
}
_NEAR = 2
_SIZE = 20


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet, as a checkbox or as a chip."""

    key: str
    name: str
    value: str
    label: str
    count: int | None
    chosen: bool
    #: The results without it.
    without: str


@dataclass(frozen=True, slots=True)
class Group:
    """A facet, as a group of checkboxes."""

    name: str
    label: str
    values: tuple[Value, ...]


@router.get("/search")
def results(
    request: Request,
    visitor: VisitorDep,
    portal: PortalDep,
    q: Annotated[str, Query(max_length=500)] = "",
    sort: str = "relevance",
    page: Annotated[int, Query(ge=1, le=2_000_000)] = 1,
    size: Annotated[int, Query(ge=1, le=100)] = _SIZE,
    exact: bool = False,
) -> Response:
    """What was found."""
    chosen = _chosen(request)
    today = portal.clock().date()
    ask = Ask(q, chosen, tuple(SHOWN), sort, page, size, visitor.language, today, explain=bool(q.strip()), exact=exact)
    found = search(portal.index, ask, portal.steering.now)
    if q and not chosen and not exact and page == 1 and sort == "relevance":
        # Filters, later pages and other orders are steps of the same asking.
        portal.asked.note(q, found["total"], today)
    with portal.database.reading() as tx:
        titles = _license_titles(tx, visitor.language)
    groups = [_group(ask, name, found["facets"].get(name, []), titles) for name in SHOWN]
    return render(
        request,
        visitor,
        "search.html",
        block="results",
        headers={"HX-Push-Url": _at(ask, page=page)},
        ask=ask,
        found=found,
        groups=groups,
        chips=_chips(ask, groups, titles),
        shown=SHOWN,
        numbers=numbered(page, found["pages"]),
        at=lambda number: _at(ask, page=number),
        same=lambda hit: _series(ask, hit),
        bare=_at(ask, filters={}),
        exactly=_at(ask, exact=True),
        freely=_at(ask, exact=False),
        cures=[_cure(ask, cure) for cure in found.get("help", {}).get("cures", ())],
        wish=_wish(request, q),
        away=lambda kind: _away(ask, kind),
        subscribing=_subscribing(ask, found["corrected"]),
    )


def _chosen(request: Request) -> dict[str, tuple[str, ...]]:
    """The values that the address names, by facet; what is no facet of ours is not looked at."""
    given = request.query_params
    return {name: tuple(dict.fromkeys(given.getlist(name))) for name in FACETS if any(given.getlist(name))}


def _at(ask: Ask, *, page: int = 1, **other: Any) -> str:
    """The shortest address of a search, or of one that differs from it."""
    ask = replace(ask, **other)
    return address(
        "/search",
        q=ask.words,
        **ask.filters,
        sort="" if ask.sort == "relevance" else ask.sort,
        page="" if page == 1 else page,
        size="" if ask.size == _SIZE else ask.size,
        exact="true" if ask.exact else "",
    )


def _series(ask: Ask, hit: Mapping[str, Any]) -> str:
    """Where the records of a series are that are folded into a hit; nothing where none is."""
    return _at(ask, filters={**ask.filters, "series": (hit["series"],)}) if hit.get("others") else ""


def _cure(ask: Ask, cure: Mapping[str, Any]) -> dict[str, Any]:
    """A cure with its address; a facet under its name."""
    about = translate(_NAMES.get(cure["about"], ""), ask.language) if cure["kind"] == "unfiltered" else cure["about"]
    href = _at(ask, words=cure["q"], filters=cure["filters"], exact=False)
    return {**cure, "about": about, "href": href, "bare": bool(ask.filters) and not cure["filters"]}


def _wish(request: Request, words: str) -> str:
    """Where to ask for data that is not there, in a portal that takes such wishes; else nothing."""
    takes = any(getattr(route, "path", "") == "/demands/new" for route in request.app.routes)
    return address("/demands/new", q=words) if takes else ""


def _subscribing(ask: Ask, corrected: str | None) -> str:
    """The form that subscribes to what was looked for in the end: a subscription does not guess by itself."""
    return address("/subscriptions/new", q=corrected or ask.words, **ask.filters)


def _away(ask: Ask, kind: str) -> str:
    """The address at which the whole search is taken away: a file, or a feed, which has an order of its own."""
    order = "" if ask.sort == "relevance" or kind == "feed.atom" else ask.sort
    exact = "true" if ask.exact else ""
    return address(f"/search/{kind}", q=ask.words, **ask.filters, sort=order, exact=exact, lang=ask.language)


def _group(ask: Ask, name: str, counts: list[dict[str, Any]], titles: Mapping[str, str]) -> Group:
    """The counted values; those that are chosen come first, also when nothing has them any more."""
    counted = {count["value"]: count for count in counts}
    chosen = ask.filters.get(name, ())
    order = (*chosen, *(value for value in counted if value not in chosen))
    values = (_value(ask, name, value, counted.get(value, {}).get("count"), titles) for value in order)
    return Group(name, translate(SHOWN[name], ask.language), tuple(values))


def _value(ask: Ask, name: str, value: str, count: int | None, titles: Mapping[str, str]) -> Value:
    rest = tuple(other for other in ask.filters.get(name, ()) if other != value)
    return Value(
        key=f"{name}-{blake2b(value.encode(), digest_size=4).hexdigest()}",
        name=translate(_NAMES[name], ask.language),
        value=value,
        label=_label(name, value, ask.language, titles),
        count=count,
        chosen=value in ask.filters.get(name, ()),
        without=_at(ask, filters={**ask.filters, name: rest}),
    )


def _label(name: str, value: str, language: str, titles: Mapping[str, str]) -> str:
    match name:
        case "license":
            return titles.get(value, value)
        case "format":
            return value.upper()
        case _:
            return label(name, value, language)


def _chips(ask: Ask, groups: list[Group], titles: Mapping[str, str]) -> list[Value]:
    """Everything that narrows the search, also by facets that are not shown."""
    shown = [value for group in groups for value in group.values if value.chosen]
    hidden = [
        _value(ask, name, value, None, titles)
        for name in ask.filters
        if name not in SHOWN
        for value in ask.filters[name]
    ]
    return [*shown, *hidden]


def numbered(page: int, pages: int) -> list[int | None]:
    """Page numbers around this one, the first and the last; None where some are left out."""
    near = sorted({1, *range(max(1, page - _NEAR), min(pages, page + _NEAR) + 1), max(1, pages)})
    numbers: list[int | None] = []
    for before, number in zip([0, *near], near, strict=False):
        numbers += [None, number] if number - before > 1 else [number]
    return numbers


def _license_titles(tx: Transaction, language: str) -> dict[str, str]:
    return {entry.id: in_language(entry.title, language) for entry in tx.licenses.page(after="", size=1000)}
