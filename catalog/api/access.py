"""Access requests."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from catalog.api.deps import ActorDep, PortalDep, Reading, Tx
from catalog.api.permission import needs
from catalog.api.problems import also
from catalog.domain.access import Amend, Approve, Reject, Return, Revoke, Wish
from catalog.domain.policy import Action
from catalog.domain.vocabulary import Purpose
from catalog.services import access

router = APIRouter(tags=["access"])


class WishIn(BaseModel):
    """What is asked for."""

    purpose: Purpose
    words: str
    days: int
    calls: int

    def wish(self) -> Wish:
        return Wish(self.purpose, self.words, self.days, self.calls)


class AskIn(WishIn):
    """A request for a product."""

    product: str


class TermsIn(BaseModel):
    """The terms of a grant."""

    calls: int
    days: int
    note: str = ""


class ReasonIn(BaseModel):
    """Words that the applicant will read."""

    reason: str


@router.get("/requests", dependencies=[needs(Action.READ_OWN_REQUEST, Action.READ_REQUEST)])
def listed(tx: Reading, actor: ActorDep) -> list[dict[str, Any]]:
    """The requests that the key's organization has a part in."""
    return [asdict(request) for request in access.listed(tx, actor)]


@router.get("/requests/{request_id}", dependencies=[needs(Action.READ_OWN_REQUEST, Action.READ_REQUEST)])
def read(request_id: str, tx: Reading, actor: ActorDep) -> dict[str, Any]:
    """One request with its timeline."""
    return asdict(access.read(tx, actor, request_id))


@router.post("/requests", status_code=201, responses=also(404, 410), dependencies=[needs(Action.ASK)])
def ask(body: AskIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Ask for access to a product."""
    return asdict(access.ask(tx, actor, body.product, body.wish(), at=portal.clock()))


@router.post("/requests/{request_id}/amend", dependencies=[needs(Action.ASK)])
def amend(request_id: str, body: WishIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Correct what was returned."""
    return asdict(access.act(tx, actor, request_id, Amend(body.wish()), at=portal.clock()))


@router.post("/requests/{request_id}/return", dependencies=[needs(Action.DECIDE)])
def return_(request_id: str, body: ReasonIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Ask for a correction."""
    return asdict(access.act(tx, actor, request_id, Return(body.reason), at=portal.clock()))


@router.post("/requests/{request_id}/approve", dependencies=[needs(Action.DECIDE)])
def approve(request_id: str, body: TermsIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Grant, with terms."""
    return asdict(access.act(tx, actor, request_id, Approve(**body.model_dump()), at=portal.clock()))


@router.post("/requests/{request_id}/reject", dependencies=[needs(Action.DECIDE)])
def reject(request_id: str, body: ReasonIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Refuse, with reasons."""
    return asdict(access.act(tx, actor, request_id, Reject(body.reason), at=portal.clock()))


@router.post("/requests/{request_id}/revoke", dependencies=[needs(Action.DECIDE)])
def revoke(request_id: str, body: ReasonIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Take a grant back."""
    return asdict(access.act(tx, actor, request_id, Revoke(body.reason), at=portal.clock()))


@router.post("/requests/{request_id}/token", status_code=201, dependencies=[needs(Action.ASK)])
def token(request_id: str, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, str]:
    """Take a token: it is shown now and never again; an earlier one ends."""
    return {"token": access.take_token(tx, actor, request_id, at=portal.clock())}
