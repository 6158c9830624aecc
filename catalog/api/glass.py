"""Emergency access."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from catalog.api.deps import ActorDep, PortalDep, Reading, Tx
from catalog.api.permission import needs, signed_in
from catalog.domain.people import Membership, Role
from catalog.domain.policy import Action
from catalog.services import glass

router = APIRouter(prefix="/emergencies", tags=["emergencies"])
_OWN = signed_in("Each sees his own; auditors and security administrators see all.")


class EmergencyIn(BaseModel):
    """A role to be taken."""

    role: Role
    organization: Annotated[str, Field(max_length=16)] = ""
    reason: Annotated[str, Field(max_length=1000)]
    hours: int = 1


class ReviewIn(BaseModel):
    """What the auditor says to it."""

    words: Annotated[str, Field(max_length=1000)]


@router.get("", dependencies=[_OWN])
def listed(tx: Reading, actor: ActorDep) -> list[dict[str, Any]]:
    """Emergency access, latest first: all of it for those who watch, one's own for others."""
    return [asdict(one) for one in glass.listed(tx, actor)]


@router.post("", status_code=201, dependencies=[needs(Action.BREAK_GLASS)])
def break_glass(body: EmergencyIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Take a role at once and for a short time; those who watch are told."""
    held = Membership(body.role, body.organization)
    most = portal.settings.glass_hours
    return asdict(glass.break_glass(tx, actor, held, body.reason, hours=body.hours, most=most, at=portal.clock()))


@router.get("/{emergency_id}", dependencies=[_OWN])
def read(emergency_id: str, tx: Reading, actor: ActorDep) -> dict[str, Any]:
    """One emergency access."""
    return asdict(glass.read(tx, actor, emergency_id))


@router.post("/{emergency_id}/end", dependencies=[_OWN])
def end(emergency_id: str, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Give the role back before its time."""
    return asdict(glass.end(tx, actor, emergency_id, at=portal.clock()))


@router.post("/{emergency_id}/review", dependencies=[needs(Action.REVIEW_GLASS)])
def review(emergency_id: str, body: ReviewIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Close it with words, as an auditor."""
    return asdict(glass.review(tx, actor, emergency_id, body.words, at=portal.clock()))
