"""Verified facts, and the register of their kinds."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from catalog.api.audit import utc
from catalog.api.deps import ActorDep, PortalDep, Reading, Tx
from catalog.api.permission import needs, open_to_all
from catalog.domain.facts import Fact, FactKind
from catalog.domain.policy import Action
from catalog.services import facts
from catalog.services.facts import Issue

router = APIRouter(tags=["facts"])


class FactIn(BaseModel):
    """A fact to be issued."""

    subject: Annotated[str, Field(max_length=32)]
    kind: Annotated[str, Field(max_length=40)]
    value: Annotated[str, Field(max_length=500)]
    evidence: Annotated[str, Field(max_length=500)]
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def issue(self) -> Issue:
        return Issue(self.subject, self.kind, self.value, self.evidence, utc(self.valid_from), utc(self.valid_until))


class RevocationIn(BaseModel):
    """Why a fact ends."""

    reason: Annotated[str, Field(max_length=500)]


def _told(fact: Fact, at: datetime) -> dict[str, Any]:
    return asdict(fact) | {"standing": fact.standing(at)}


@router.get("/fact-kinds", dependencies=[open_to_all("The register of kinds is public.")])
def kinds(tx: Reading) -> list[FactKind]:
    """The register of kinds."""
    return tx.facts.kinds()


@router.put("/fact-kinds", dependencies=[needs(Action.MANAGE_FACT_KINDS)])
def put_kind(body: FactKind, tx: Tx, actor: ActorDep, portal: PortalDep) -> FactKind:
    """Add a kind or describe it anew."""
    return facts.put_kind(tx, actor, body, at=portal.clock())


@router.get("/facts", dependencies=[needs(Action.READ_FACT)])
def listed(
    tx: Reading,
    actor: ActorDep,
    portal: PortalDep,
    subject: Annotated[str, Query(max_length=32, description="Id of an organization or a person.")],
) -> list[dict[str, Any]]:
    """All facts of an organization or a person, those that ended too, the latest first."""
    return [_told(fact, portal.clock()) for fact in facts.listed(tx, actor, subject)]


@router.post("/facts", status_code=201, dependencies=[needs(Action.ISSUE_FACT)])
def issue(body: FactIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Issue a fact."""
    return _told(facts.issue(tx, actor, body.issue(), at=portal.clock()), portal.clock())


@router.get("/facts/{fact_id}", dependencies=[needs(Action.READ_FACT)])
def read(fact_id: str, tx: Reading, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """One fact."""
    return _told(facts.read(tx, actor, fact_id), portal.clock())


@router.post("/facts/{fact_id}/revoke", dependencies=[needs(Action.ISSUE_FACT)])
def revoke(fact_id: str, body: RevocationIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """End a fact before its day."""
    return _told(facts.revoke(tx, actor, fact_id, body.reason, at=portal.clock()), portal.clock())
