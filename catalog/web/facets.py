"""Every value of a facet on a page of its own, to be searched and chosen from; works without JavaScript."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Query, Request, Response

from catalog.api.deps import PortalDep
from catalog.domain.errors import NotFoundError
from catalog.domain.policy import Action
from catalog.formats.searches import in_words
from catalog.language import translate
from catalog.services.facets import values
from catalog.services.search import Ask
from catalog.web.addresses import at
from catalog.web.asking import AskingDep
from catalog.web.filters import NAMES, group, license_titles
from catalog.web.permission import needs
from catalog.web.render import page as render
from catalog.web.visitor import VisitorDep
from search.facets import FACETS

router = APIRouter()
_SIZE = 50


@router.get("/search/facets/{name}", dependencies=[needs(Action.READ)])
def facet(
    request: Request,
    visitor: VisitorDep,
    portal: PortalDep,
    asking: AskingDep,
    name: str,
    contains: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """A page of values, those that are chosen first."""
    if name not in FACETS:
        raise NotFoundError
    ask = replace(asking.ask, size=_SIZE)
    with portal.database.reading() as tx:
        titles = license_titles(tx, visitor.language)
    found = values(portal.index, ask, name, contains, titles if name == "license" else {}, portal.steering.now)
    return render(
        request,
        visitor,
        "facet.html",
        ask=ask,
        facet=name,
        label=translate(NAMES[name], visitor.language),
        values=group(ask, name, found["values"], titles).values,
        found=found,
        contains=contains,
        hidden=_others(asking.ask, name),
        searched=in_words(ask.words, ask.filters, visitor.language),
        everything=at(asking.ask, path=request.url.path),
        back=at(asking.ask),
    )


def _others(ask: Ask, name: str) -> list[tuple[str, str]]:
    """What else the address says; it stays."""
    return [
        (other, value) for other, value in parse_qsl(urlsplit(at(ask)).query, keep_blank_values=True) if other != name
    ]
