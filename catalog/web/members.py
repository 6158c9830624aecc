"""Members of an organization, and the page on which an invitation is taken."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import PortalDep, Reading
from catalog.domain.people import AT_ORGANIZATIONS, Role
from catalog.domain.policy import Action
from catalog.portal import Portal
from catalog.services import members, organizations
from catalog.store.database import Transaction
from catalog.web.forms import CURABLE, Filled, SentDep, labeled
from catalog.web.permission import needs, open_to_all, signed_in
from catalog.web.render import page
from catalog.web.visitor import FormDep, SignedInDep, Visitor, VisitorDep

router = APIRouter()


@router.get("/organizations/{organization_id}/members", dependencies=[needs(Action.MANAGE_MEMBERS)])
def listed(organization_id: str, request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """Who holds which role, who is invited, and the form that invites."""
    return _page(request, visitor, portal, organization_id, Filled())


@router.post("/organizations/{organization_id}/members", dependencies=[needs(Action.MANAGE_MEMBERS)])
def invite(organization_id: str, request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """Invite somebody by mail."""

    def done(tx: Transaction, at: datetime) -> Any:
        role = Role(sent.one("role")) if sent.one("role") in AT_ORGANIZATIONS else Role.ANYBODY
        return members.invite(
            tx, visitor.known, organization_id, sent.one("email"), role, language=visitor.language, at=at
        )

    return _act(request, visitor, portal, organization_id, sent, done)


@router.post(
    "/organizations/{organization_id}/members/{membership_id}/role", dependencies=[needs(Action.MANAGE_MEMBERS)]
)
def change(
    organization_id: str, membership_id: str, request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep
) -> Response:
    """Another role in place of one; none: it ends."""

    def done(tx: Transaction, at: datetime) -> Any:
        if sent.one("to") not in AT_ORGANIZATIONS:
            return members.end(tx, visitor.known, organization_id, membership_id, at=at)
        return members.change(tx, visitor.known, organization_id, membership_id, Role(sent.one("to")), at=at)

    return _act(request, visitor, portal, organization_id, sent, done)


@router.post(
    "/organizations/{organization_id}/invitations/{invitation_id}/end", dependencies=[needs(Action.MANAGE_MEMBERS)]
)
def call_back(
    organization_id: str, invitation_id: str, request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep
) -> Response:
    """Call an invitation back."""

    def done(tx: Transaction, at: datetime) -> Any:
        return members.call_back(tx, visitor.known, organization_id, invitation_id, at=at)

    return _act(request, visitor, portal, organization_id, sent, done)


@router.get("/invitations", dependencies=[open_to_all("The link is the proof of an invitation.")])
def offered(
    request: Request,
    visitor: VisitorDep,
    tx: Reading,
    portal: PortalDep,
    token: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """What an invitation offers, and the button that takes it."""
    return _offer(request, visitor, tx, portal, token, Filled())


@router.post("/invitations", dependencies=[signed_in("An invitation is taken by whom it was sent to.")])
def accept(request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """The page of the organization, or why the role cannot be taken."""
    token = sent.one("token")
    try:
        with portal.database.transaction() as tx:
            taken = members.accept(tx, visitor.known, token, at=portal.clock())
    except CURABLE as error:
        with portal.database.reading() as tx:
            return _offer(request, visitor, tx, portal, token, sent.refused(error, visitor.language), status=422)
    return RedirectResponse(f"/organizations/{taken.organization}", 303)


def _offer(
    request: Request, visitor: Visitor, tx: Transaction, portal: Portal, token: str, form: Filled, *, status: int = 200
) -> Response:
    invitation = members.offered(tx, token, at=portal.clock())
    one = organizations.living(tx, invitation.organization)
    return page(
        request,
        visitor,
        "invitation.html",
        status=status,
        invitation=invitation,
        one=one,
        token=token,
        form=form,
        headers={"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"},
    )


def _act(
    request: Request,
    visitor: Visitor,
    portal: Portal,
    organization_id: str,
    sent: Filled,
    done: Callable[[Transaction, datetime], Any],
) -> Response:
    try:
        with portal.database.transaction() as tx:
            done(tx, portal.clock())
    except CURABLE as error:
        return _page(request, visitor, portal, organization_id, sent.refused(error, visitor.language), status=422)
    return RedirectResponse(f"/organizations/{organization_id}/members", 303)


def _page(
    request: Request, visitor: Visitor, portal: Portal, organization_id: str, form: Filled, *, status: int = 200
) -> Response:
    with portal.database.reading() as tx:
        one = organizations.living(tx, organization_id)
        found = members.listed(tx, visitor.known, organization_id, at=portal.clock())
    roles = labeled("role", AT_ORGANIZATIONS, visitor.language)
    return page(request, visitor, "members.html", status=status, one=one, found=found, roles=roles, form=form)
