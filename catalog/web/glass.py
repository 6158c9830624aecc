"""Emergency access as pages: the act, the list for those who watch, and the review."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import PortalDep
from catalog.domain.errors import InvalidError
from catalog.domain.glass import TAKEABLE
from catalog.domain.people import Membership, Role
from catalog.domain.policy import Action, Target, may
from catalog.portal import Portal
from catalog.services import glass
from catalog.web.forms import CURABLE, Filled, SentDep, labeled
from catalog.web.permission import needs, signed_in
from catalog.web.render import page
from catalog.web.visitor import FormDep, SignedInDep, Visitor

router = APIRouter(prefix="/emergencies")
_OWN = signed_in("Each sees his own; auditors and security administrators see all.")


@router.get("", dependencies=[_OWN])
def listed(request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """Emergency access, and the form that takes it."""
    return _list(request, visitor, portal, Filled())


@router.post("", dependencies=[needs(Action.BREAK_GLASS)])
def break_glass(request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """Take a role at once, or show the form again."""
    try:
        with portal.database.transaction() as tx:
            name = sent.one("organization")
            held = Membership(_role(sent), tx.organizations.called([name]).get(name, name))
            taken = glass.break_glass(
                tx,
                visitor.known,
                held,
                sent.one("reason"),
                hours=sent.whole("hours"),
                most=portal.settings.glass_hours,
                at=portal.clock(),
            )
    except CURABLE as error:
        return _list(request, visitor, portal, sent.refused(error, visitor.language), status=422)
    return RedirectResponse(f"/emergencies/{taken.id}", 303)


@router.get("/{emergency_id}", dependencies=[_OWN])
def read(emergency_id: str, request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """One of them."""
    return _one(request, visitor, portal, emergency_id, Filled())


@router.post("/{emergency_id}/end", dependencies=[_OWN])
def end(emergency_id: str, visitor: FormDep, portal: PortalDep) -> Response:
    """Give the role back."""
    with portal.database.transaction() as tx:
        glass.end(tx, visitor.known, emergency_id, at=portal.clock())
    return RedirectResponse(f"/emergencies/{emergency_id}", 303)


@router.post("/{emergency_id}/review", dependencies=[needs(Action.REVIEW_GLASS)])
def review(emergency_id: str, request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """Close it with words."""
    try:
        with portal.database.transaction() as tx:
            glass.review(tx, visitor.known, emergency_id, sent.one("words"), at=portal.clock())
    except CURABLE as error:
        return _one(request, visitor, portal, emergency_id, sent.refused(error, visitor.language), status=422)
    return RedirectResponse(f"/emergencies/{emergency_id}", 303)


def _role(sent: Filled) -> Role:
    if sent.one("role") not in set(TAKEABLE):
        raise InvalidError("No role is chosen.", field="role", cure="Choose the one that is needed.")
    return Role(sent.one("role"))


def _list(request: Request, visitor: Visitor, portal: Portal, form: Filled, *, status: int = 200) -> Response:
    with portal.database.reading() as tx:
        found = glass.listed(tx, visitor.known)
        people = tx.people.names({one.person_id for one in found})
        organizations = tx.organizations.many({one.organization for one in found})
    return page(
        request,
        visitor,
        "emergencies.html",
        status=status,
        form=form,
        emergencies=found,
        people=people,
        organizations=organizations,
        roles=labeled("role", TAKEABLE, visitor.language),
        most=portal.settings.glass_hours,
        may_take=bool(visitor.known.person and may(visitor.known, Action.BREAK_GLASS)),
    )


def _one(
    request: Request, visitor: Visitor, portal: Portal, emergency_id: str, form: Filled, *, status: int = 200
) -> Response:
    with portal.database.reading() as tx:
        emergency = glass.read(tx, visitor.known, emergency_id)
        people = tx.people.names([emergency.person_id, emergency.reviewed_by])
        organization = tx.organizations.get(emergency.organization)
    reviewing = may(visitor.known, Action.REVIEW_GLASS, Target(submitter=emergency.person_id))
    return page(
        request,
        visitor,
        "emergency.html",
        status=status,
        form=form,
        emergency=emergency,
        people=people,
        organization=organization.name if organization else "",
        may_review=bool(reviewing),
        may_audit=bool(may(visitor.known, Action.READ_AUDIT)),
    )
