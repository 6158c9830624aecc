"""Erasure of a person's data."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from catalog.api.deps import ActorDep, PortalDep, Reading, Tx
from catalog.api.permission import needs
from catalog.domain.policy import Action
from catalog.services import erasure

router = APIRouter(prefix="/people/{person_id}/erasure", tags=["people"])


@router.get("", dependencies=[needs(Action.ERASE)])
def plan(person_id: str, tx: Reading, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """What an erasure would do, and what has to be kept."""
    return asdict(erasure.plan(tx, actor, person_id, at=portal.clock()))


@router.post("", status_code=204, dependencies=[needs(Action.ERASE)])
def erase(person_id: str, tx: Tx, actor: ActorDep, portal: PortalDep) -> None:
    """Erase a person's data, for good."""
    erasure.erase(tx, actor, person_id, at=portal.clock())
