"""Suggestions under the search box, as a part of a page."""

from itertools import groupby

from fastapi import APIRouter, Request, Response

from catalog.api.suggest import Typed, suggestions
from catalog.language import N_, translate
from catalog.services.suggest import Kind, Suggestion
from catalog.web.render import page
from catalog.web.texts import address
from catalog.web.visitor import Visitor, language_of

router = APIRouter()

_GROUPS = {
    Kind.TITLE: N_("Records"),
    Kind.PUBLISHER: N_("Publishers"),
    Kind.THEME: N_("Themes"),
    Kind.PLACE: N_("Places"),
    Kind.QUERY: N_("Often asked"),
}
#: What is typed again within a minute needs no second answer.
_KEPT = {"Cache-Control": "private, max-age=60"}


@router.get("/suggest")
async def suggest(request: Request, q: Typed = "") -> Response:
    """The options of the list, in groups. Who reads does not matter to it, so no session is looked up."""
    language = language_of(request)
    found = await suggestions(request, q, language)
    groups = [
        (translate(_GROUPS[kind], language), [(one, _leads_to(one)) for one in ones])
        for kind, ones in groupby(found, lambda one: one.kind)
    ]
    return page(request, Visitor(language), "suggest.html", headers=_KEPT, groups=groups, total=len(found))


def _leads_to(one: Suggestion) -> str:
    match one.kind:
        case Kind.TITLE:
            return f"/datasets/{one.value}"
        case Kind.PLACE | Kind.QUERY:
            return address("/search", q=one.value)
        case _:
            return address("/search", **{str(one.kind): one.value})
