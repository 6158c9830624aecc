"""Erasure of a person's data: a page that says what will happen, and the button."""

from fastapi import APIRouter, Request, Response

from catalog.api.deps import PortalDep, Reading
from catalog.domain.policy import Action
from catalog.services import erasure
from catalog.web import cookies
from catalog.web.permission import needs
from catalog.web.render import page
from catalog.web.visitor import FormDep, SignedInDep, Visitor

router = APIRouter(prefix="/people/{person_id}/erasure")


@router.get("", dependencies=[needs(Action.ERASE)])
def plan(person_id: str, request: Request, visitor: SignedInDep, tx: Reading, portal: PortalDep) -> Response:
    """What will happen, and what has to be kept."""
    planned = erasure.plan(tx, visitor.known, person_id, at=portal.clock())
    return page(
        request, visitor, "erasure.html", plan=planned, mine=planned.person_id == visitor.actor.person, done=False
    )


@router.post("", dependencies=[needs(Action.ERASE)])
def erase(person_id: str, request: Request, visitor: FormDep, portal: PortalDep) -> Response:
    """Done; who erased himself is signed out."""
    with portal.database.transaction() as tx:
        erasure.erase(tx, visitor.known, person_id, at=portal.clock())
    mine = person_id == visitor.actor.person
    seen = Visitor(visitor.language) if mine else visitor
    response = page(request, seen, "erasure.html", plan=None, mine=mine, done=True)
    if mine:
        cookies.drop_session(request, response)
    return response
