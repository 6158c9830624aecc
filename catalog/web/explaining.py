"""Why a hit is among the results: loaded when a reader asks, for few do."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from catalog.api.deps import PortalDep
from catalog.domain.errors import NotFoundError
from catalog.domain.policy import Action
from catalog.services.search import search
from catalog.web.addresses import at
from catalog.web.asking import AskingDep
from catalog.web.permission import needs
from catalog.web.render import page as render
from catalog.web.visitor import VisitorDep

router = APIRouter()


@router.get("/search/why/{dataset_id}", dependencies=[needs(Action.READ)])
def why(request: Request, visitor: VisitorDep, portal: PortalDep, asking: AskingDep, dataset_id: str) -> Response:
    """A hit of a page of results, and why it is there; the same search is made again and finds the same."""
    ask = replace(asking.ask, facets=(), explain=True)
    hits = search(portal.index, ask, portal.steering.now, portal.meanings)["hits"]
    hit = next((hit for hit in hits if hit["id"] == dataset_id), None)
    if hit is None:
        raise NotFoundError("This record is no longer in the place where it was found.", cure="Search once more.")
    return render(request, visitor, "explaining.html", block="why", ask=ask, hit=hit, back=at(ask, page=ask.page))
