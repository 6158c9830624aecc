"""Suggestions under the search box, as a part of a page."""

from itertools import groupby

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from catalog.api.suggest import Typed, suggestions
from catalog.domain.policy import Action
from catalog.language import N_, translate
from catalog.services.suggest import Kind, Suggestion
from catalog.web.cookies import session_of
from catalog.web.permission import needs
from catalog.web.render import page
from catalog.web.texts import address
from catalog.web.visitor import Visitor, language_of, visitor_of

router = APIRouter()

_GROUPS = {
    Kind.TITLE: N_("Records"),
    Kind.PUBLISHER: N_("Publishers"),
    Kind.THEME: N_("Themes"),
    Kind.PLACE: N_("Places"),
    Kind.QUERY: N_("Often asked"),
}
#: What is typed again within a minute needs no second answer, unless the reader may sign out meanwhile.
_KEPT = {"Cache-Control": "private, max-age=60"}


@router.get("/suggest", dependencies=[needs(Action.READ)])
async def suggest(request: Request, q: Typed = "") -> Response:
    """The options of the list, in groups. Only for who has a session it is looked up, on a thread."""
    visitor = Visitor(language_of(request))
    if session_of(request):
        visitor = await run_in_threadpool(visitor_of, request, request.app.state.portal)
    language = visitor.language
    found = await suggestions(request, q, language, visitor.actor)
    groups = [
        (translate(_GROUPS[kind], language), [(one, _leads_to(one)) for one in ones])
        for kind, ones in groupby(found, lambda one: one.kind)
    ]
    headers = None if visitor.signed_in else _KEPT
    return page(request, visitor, "suggest.html", headers=headers, groups=groups, total=len(found))


def _leads_to(one: Suggestion) -> str:
    match one.kind:
        case Kind.TITLE:
            return f"/datasets/{one.value}"
        case Kind.PLACE | Kind.QUERY:
            return address("/search", q=one.value)
        case _:
            return address("/search", **{str(one.kind): one.value})
