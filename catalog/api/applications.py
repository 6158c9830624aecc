"""Applications for companies."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from catalog.api.deps import ActorDep, PortalDep, Reading, Tx
from catalog.api.permission import needs
from catalog.domain.applications import LONGEST_WORDS, Amend, Company, Refuse, Return, Verify, Withdraw
from catalog.domain.organizations import LONGEST_NAME
from catalog.domain.policy import Action
from catalog.services import applications

router = APIRouter(prefix="/applications", tags=["organizations"])
Words = Annotated[str, Field(max_length=LONGEST_WORDS)]


class CompanyIn(BaseModel):
    """What is said of the company."""

    name: Annotated[str, Field(max_length=LONGEST_NAME)]
    uscc: Annotated[str, Field(max_length=40)]
    territory: Annotated[str, Field(max_length=6)]
    evidence: Words
    contact: Words

    def company(self) -> Company:
        return Company(**self.model_dump())


class ReasonIn(BaseModel):
    """Words that the applicant will read."""

    reason: Words


class NoteIn(BaseModel):
    """Words that the applicant will read, or none."""

    note: Words = ""


@router.get("", dependencies=[needs(Action.APPLY)])
def mine(tx: Reading, actor: ActorDep) -> list[dict[str, Any]]:
    """The applications of the person, the latest first."""
    return [asdict(row) for row in applications.mine(tx, actor)]


@router.get("/queue", dependencies=[needs(Action.VERIFY_ORGANIZATION)])
def queue(tx: Reading, actor: ActorDep) -> list[dict[str, Any]]:
    """What waits for the registrar, the one that is due first at the top."""
    return [asdict(row) for row in applications.queue(tx, actor)]


@router.get("/{application_id}", dependencies=[needs(Action.APPLY, Action.VERIFY_ORGANIZATION)])
def read(application_id: str, tx: Reading, actor: ActorDep) -> dict[str, Any]:
    """One application with its timeline."""
    return asdict(applications.read(tx, actor, application_id))


@router.post("", status_code=201, dependencies=[needs(Action.APPLY)])
def apply(body: CompanyIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Apply for a company."""
    return asdict(applications.apply(tx, actor, body.company(), at=portal.clock()))


@router.post("/{application_id}/amend", dependencies=[needs(Action.APPLY)])
def amend(application_id: str, body: CompanyIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Correct what was returned."""
    return asdict(applications.act(tx, actor, application_id, Amend(body.company()), at=portal.clock()))


@router.post("/{application_id}/withdraw", dependencies=[needs(Action.APPLY)])
def withdraw(application_id: str, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Take it back."""
    return asdict(applications.act(tx, actor, application_id, Withdraw(), at=portal.clock()))


@router.post("/{application_id}/return", dependencies=[needs(Action.VERIFY_ORGANIZATION)])
def return_(application_id: str, body: ReasonIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Ask for a correction."""
    return asdict(applications.act(tx, actor, application_id, Return(body.reason), at=portal.clock()))


@router.post("/{application_id}/verify", dependencies=[needs(Action.VERIFY_ORGANIZATION)])
def verify(application_id: str, body: NoteIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """The company exists from now on, and the applicant is its administrator."""
    return asdict(applications.act(tx, actor, application_id, Verify(body.note), at=portal.clock()))


@router.post("/{application_id}/refuse", dependencies=[needs(Action.VERIFY_ORGANIZATION)])
def refuse(application_id: str, body: ReasonIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Refuse, with reasons."""
    return asdict(applications.act(tx, actor, application_id, Refuse(body.reason), at=portal.clock()))
