"""Search: results with facets, sorted and in pages, each state of it at an address of its own."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from catalog.api.deps import PortalDep
from catalog.domain.policy import Action
from catalog.language import translate
from catalog.portal import Portal
from catalog.services.search import Ask, given, require_built, search
from catalog.web.addresses import Leading, at
from catalog.web.asking import Asking, AskingDep
from catalog.web.filters import NAMES, SHOWN, TYPED, chips, group, license_titles, owner_names
from catalog.web.narrowing import place_links
from catalog.web.paging import numbered
from catalog.web.permission import needs
from catalog.web.render import page as render
from catalog.web.texts import address
from catalog.web.visitor import VisitorDep

router = APIRouter()


@router.get("/search", dependencies=[needs(Action.READ)])
def results(request: Request, visitor: VisitorDep, portal: PortalDep, asking: AskingDep) -> Response:
    """What was found."""
    ask = asking.ask
    found = search(portal.index, ask, portal.steering.now, portal.meanings)
    if not found["total"]:
        require_built(portal.database, portal.index)
    _note(portal, ask, found["total"])
    return render(
        request,
        visitor,
        "search.html",
        block="results",
        status=422 if asking.narrowing.form.errors else 200,
        headers={"HX-Push-Url": at(ask, page=ask.page)},
        ask=ask,
        found=found,
        to=Leading(ask, found["corrected"]),
        numbers=numbered(ask.page, found["pages"]),
        cures=[_cure(ask, cure) for cure in found.get("help", {}).get("cures", ())],
        wish=_wish(request, ask.words),
        **_narrowed(portal, asking, found["facets"]),
    )


def _note(portal: Portal, ask: Ask, total: int) -> None:
    """Count what was asked; filters, later pages and other orders are steps of the same asking."""
    if ask.words and not ask.filters and not ask.exact and ask.page == 1 and ask.sort == "relevance":
        portal.asked.note(ask.words, total, portal.clock().date())


def _narrowed(portal: Portal, asking: Asking, facets: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """What narrows the search and what may, for the page."""
    ask = asking.ask
    with portal.database.reading() as tx:
        titles = license_titles(tx, ask.language) | owner_names(tx, ask)
    offered, around = place_links(ask, asking.narrowing.offered)
    return {
        "form": asking.narrowing.form,
        "groups": [group(ask, name, facets.get(name, []), titles) for name in SHOWN],
        "places": group(ask, "place", [], titles),
        "offered": offered,
        "around": around,
        "periods": [(name, translate(NAMES[name], ask.language)) for name in TYPED if name != "place"],
        "chips": chips(ask, titles),
        "hidden": given({name: values for name, values in ask.filters.items() if name not in SHOWN | TYPED}),
    }


def _cure(ask: Ask, cure: Mapping[str, Any]) -> dict[str, Any]:
    """A cure with its address; a facet under its name."""
    about = translate(NAMES.get(cure["about"], ""), ask.language) if cure["kind"] == "unfiltered" else cure["about"]
    href = at(ask, words=cure["q"], filters=cure["filters"], exact=False)
    return {**cure, "about": about, "href": href, "bare": bool(ask.filters) and not cure["filters"]}


def _wish(request: Request, words: str) -> str:
    """Where to ask for data that is not there, in a portal that takes such wishes; else nothing."""
    takes = any(getattr(route, "path", "") == "/demands/new" for route in request.app.routes)
    return address("/demands/new", q=words) if takes else ""
