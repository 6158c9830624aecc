"""Members of organizations, and invitations."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from catalog.api.deps import ActorDep, Language, PortalDep, Reading, Tx
from catalog.api.permission import needs, signed_in
from catalog.api.problems import also
from catalog.domain.people import Role
from catalog.domain.policy import Action
from catalog.services import members

router = APIRouter(tags=["organizations"])


class RoleIn(BaseModel):
    """A role at an organization."""

    role: Role


class InvitationIn(RoleIn):
    """A role, and the address of whoever shall have it."""

    email: Annotated[str, Field(max_length=320)]


class TokenIn(BaseModel):
    """What stands behind `token=` in the link."""

    token: Annotated[str, Field(max_length=200)]


@router.get("/organizations/{organization_id}/members", dependencies=[needs(Action.MANAGE_MEMBERS)])
def listed(organization_id: str, tx: Reading, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Who holds which role, and who is invited."""
    return asdict(members.listed(tx, actor, organization_id, at=portal.clock()))


@router.post(
    "/organizations/{organization_id}/invitations", status_code=201, dependencies=[needs(Action.MANAGE_MEMBERS)]
)
def invite(
    organization_id: str, body: InvitationIn, tx: Tx, actor: ActorDep, portal: PortalDep, language: Language
) -> dict[str, Any]:
    """Offer a role by mail."""
    at = portal.clock()
    return asdict(members.invite(tx, actor, organization_id, body.email, body.role, language=language, at=at))


@router.delete(
    "/organizations/{organization_id}/invitations/{invitation_id}",
    status_code=204,
    dependencies=[needs(Action.MANAGE_MEMBERS)],
)
def call_back(organization_id: str, invitation_id: str, tx: Tx, actor: ActorDep, portal: PortalDep) -> None:
    """Call an invitation back."""
    members.call_back(tx, actor, organization_id, invitation_id, at=portal.clock())


@router.put("/organizations/{organization_id}/members/{membership_id}", dependencies=[needs(Action.MANAGE_MEMBERS)])
def change(
    organization_id: str, membership_id: str, body: RoleIn, tx: Tx, actor: ActorDep, portal: PortalDep
) -> dict[str, str]:
    """Another role in place of this one."""
    return {"id": members.change(tx, actor, organization_id, membership_id, body.role, at=portal.clock())}


@router.delete(
    "/organizations/{organization_id}/members/{membership_id}",
    status_code=204,
    dependencies=[needs(Action.MANAGE_MEMBERS)],
)
def end(organization_id: str, membership_id: str, tx: Tx, actor: ActorDep, portal: PortalDep) -> None:
    """Take a role back."""
    members.end(tx, actor, organization_id, membership_id, at=portal.clock())


@router.post(
    "/invitations/accept",
    responses=also(410),
    dependencies=[signed_in("An invitation is taken by whom it was sent to.")],
)
def accept(body: TokenIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, str]:
    """Take the role that a link offers."""
    taken = members.accept(tx, actor, body.token, at=portal.clock())
    return {"organization": taken.organization, "role": taken.role}
