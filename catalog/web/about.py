"""How the portal is run, as far as everybody should know."""

from fastapi import APIRouter, Request, Response

from catalog.api.deps import PortalDep
from catalog.web.permission import open_to_all
from catalog.web.render import page
from catalog.web.visitor import VisitorDep

router = APIRouter()


@router.get("/about", dependencies=[open_to_all("Everybody may know who holds which power.")])
def about(request: Request, visitor: VisitorDep, portal: PortalDep) -> Response:
    """Who holds which power, and where that departs from the rules."""
    return page(request, visitor, "about.html", reason=portal.settings.separation_off_reason)
