"""Every value of a facet on a page of its own, to be searched and chosen from; works without JavaScript."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from catalog.api.deps import PortalDep
from catalog.domain.errors import NotFoundError
from catalog.language import translate
from catalog.services.facets import values
from catalog.services.search import Ask, given
from catalog.web.addresses import at
from catalog.web.filters import NAMES, group, license_titles
from catalog.web.narrowing import narrowing
from catalog.web.render import page as render
from catalog.web.visitor import VisitorDep
from search.facets import FACETS

router = APIRouter()
_SIZE = 50


@router.get("/search/facets/{name}")
def facet(
    request: Request,
    visitor: VisitorDep,
    portal: PortalDep,
    name: str,
    q: Annotated[str, Query(max_length=500)] = "",
    contains: Annotated[str, Query(max_length=100)] = "",
    page: Annotated[int, Query(ge=1, le=2_000)] = 1,
) -> Response:
    """A page of values, those that are chosen first."""
    if name not in FACETS:
        raise NotFoundError
    ask = Ask(q, narrowing(request, visitor.language).filters, page=page, size=_SIZE, language=visitor.language)
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
        others=given({other: chosen for other, chosen in ask.filters.items() if other != name}),
        back=at(ask),
    )
