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
from catalog.services.search import Ask, given, require_built, search
from catalog.store.database import Transaction
from catalog.web.render import page as render
from catalog.web.texts import address
from catalog.web.visitor import VisitorDep
from search.facets import DATES, FILTERS
from search.periods import OPEN
from search.places import name_of

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
NAMES = SHOWN | {
    "sharing": N_("Sharing"),
    "operable": N_("Operation"),
    "frequency": N_("Frequency"),
    "keyword": N_("Keyword"),
    "preview": N_("Preview"),
    "api": N_("Interface"),
    "place": N_("Place"),
    "series": N_("Series"),
    "modified": N_("Modified"),
    "issued": N_("Issued"),
}
#: Of a facet with so many values there may be more.
_MANY = 20
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
    #: Where all values are, if these may not be all.
    more: str = ""


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
    today = portal.clock().date()
    ask = Ask(
        q,
        chosen(request),
        tuple(SHOWN),
        sort,
        page,
        size,
        visitor.language,
        today,
        explain=bool(q.strip()),
        exact=exact,
        fold=True,
    )
    found = search(portal.index, ask, portal.steering.now, portal.meanings)
    if not found["total"]:
        require_built(portal.database, portal.index)
    if q and not ask.filters and not exact and page == 1 and sort == "relevance":
        # Filters, later pages and other orders are steps of the same asking.
        portal.asked.note(q, found["total"], today)
    with portal.database.reading() as tx:
        titles = license_titles(tx, visitor.language)
    groups = [group(ask, name, found["facets"].get(name, []), titles) for name in SHOWN]
    return render(
        request,
        visitor,
        "search.html",
        block="results",
        headers={"HX-Push-Url": at(ask, page=page)},
        ask=ask,
        found=found,
        groups=groups,
        chips=_chips(ask, groups, titles),
        hidden=given({name: values for name, values in ask.filters.items() if name not in SHOWN}),
        numbers=numbered(page, found["pages"]),
        at=lambda number: at(ask, page=number),
        same=lambda hit: _series(ask, hit),
        bare=at(ask, filters={}),
        exactly=at(ask, exact=True),
        freely=at(ask, exact=False),
        cures=[_cure(ask, cure) for cure in found.get("help", {}).get("cures", ())],
        wish=_wish(request, q),
        away=lambda kind: _away(ask, kind),
        subscribing=_subscribing(ask, found["corrected"]),
    )


def chosen(request: Request) -> dict[str, tuple[str, ...]]:
    """What the address narrows to, by filter; what is no filter of ours is not looked at."""
    asked = request.query_params
    plain = {name: tuple(dict.fromkeys(asked.getlist(name))) for name in FILTERS if name in asked and name not in DATES}
    days = {name: (asked.get(f"{name}_from"), asked.get(f"{name}_to")) for name in DATES}
    periods = {name: (f"{first or OPEN}/{last or OPEN}",) for name, (first, last) in days.items() if first or last}
    return plain | periods


def _grouped(filters: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in given(filters):
        found.setdefault(name, []).append(value)
    return found


def at(ask: Ask, *, page: int = 1, **other: Any) -> str:
    """The shortest address of a search, or of one that differs from it."""
    ask = replace(ask, **other)
    return address(
        "/search",
        q=ask.words,
        **_grouped(ask.filters),
        sort="" if ask.sort == "relevance" else ask.sort,
        page="" if page == 1 else page,
        size="" if ask.size == _SIZE else ask.size,
        exact="true" if ask.exact else "",
    )


def _series(ask: Ask, hit: Mapping[str, Any]) -> str:
    """Where the records of a series are that are folded into a hit; nothing where none is."""
    return at(ask, filters={**ask.filters, "series": (hit["series"],)}) if hit.get("others") else ""


def _cure(ask: Ask, cure: Mapping[str, Any]) -> dict[str, Any]:
    """A cure with its address; a facet under its name."""
    about = translate(NAMES.get(cure["about"], ""), ask.language) if cure["kind"] == "unfiltered" else cure["about"]
    href = at(ask, words=cure["q"], filters=cure["filters"], exact=False)
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
    return address(f"/search/{kind}", q=ask.words, **_grouped(ask.filters), sort=order, exact=exact, lang=ask.language)


def group(ask: Ask, name: str, counts: list[dict[str, Any]], titles: Mapping[str, str]) -> Group:
    """The counted values; those that are chosen come first, also when nothing has them any more."""
    counted = {count["value"]: count for count in counts}
    selected = ask.filters.get(name, ())
    order = (*selected, *(value for value in counted if value not in selected))
    values = (_value(ask, name, value, counted.get(value, {}).get("count"), titles) for value in order)
    more = address(f"/search/facets/{name}", q=ask.words, **_grouped(ask.filters)) if len(counts) >= _MANY else ""
    return Group(name, translate(NAMES[name], ask.language), tuple(values), more)


def _value(ask: Ask, name: str, value: str, count: int | None, titles: Mapping[str, str]) -> Value:
    rest = tuple(other for other in ask.filters.get(name, ()) if other != value)
    return Value(
        key=f"{name}-{blake2b(value.encode(), digest_size=4).hexdigest()}",
        name=translate(NAMES[name], ask.language),
        value=value,
        label=_label(name, value, ask.language, titles),
        count=count,
        chosen=value in ask.filters.get(name, ()),
        without=at(ask, filters={**ask.filters, name: rest}),
    )


def _label(name: str, value: str, language: str, titles: Mapping[str, str]) -> str:
    if not value:
        return label(name, value, language)
    match name:
        case "license":
            return titles.get(value, value)
        case "place":
            return name_of(value)
        case "modified" | "issued":
            return value.replace("/", " – ").replace(OPEN, "…")
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


def license_titles(tx: Transaction, language: str) -> dict[str, str]:
    return {entry.id: in_language(entry.title, language) for entry in tx.licenses.page(after="", size=1000)}
