"""Ingest runs and their ledgers."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from catalog.api.deps import ActorDep, PageNumber, PageSize, PortalDep, Reading, Tx
from catalog.api.permission import needs, open_to_all
from catalog.domain.datasets import SourceId
from catalog.domain.policy import Action
from catalog.domain.runs import Run
from catalog.services import runs

router = APIRouter(tags=["runs"])
_OPEN = open_to_all("Every run accounts to everybody for what it read.")


class RunIn(BaseModel):
    """A run to be started by the worker."""

    kind: str
    #: a web address; files on the server are for commands
    location: str
    source: SourceId
    mapping: str | None = None


def _out(run: Run) -> dict[str, Any]:
    return {k: v for k, v in asdict(run).items() if k not in {"fence", "lease_until"}} | {"balanced": run.balanced}


@router.get("/runs", dependencies=[_OPEN])
def listed(tx: Reading, page: PageNumber = 1, size: PageSize = 20) -> list[dict[str, Any]]:
    """Runs, latest first."""
    return [_out(run) for run in runs.recent(tx, page=page, size=size)]


@router.get("/runs/{run_id}", dependencies=[_OPEN])
def read(run_id: str, tx: Reading) -> dict[str, Any]:
    """One run: read = created + updated + unchanged + rejected; withdrawn is counted apart."""
    return _out(runs.read(tx, run_id))


@router.get("/runs/{run_id}/rejections", dependencies=[_OPEN])
def rejections(run_id: str, tx: Reading, page: PageNumber = 1, size: PageSize = 50) -> list[dict[str, Any]]:
    """The rows that were rejected, each with its reason."""
    return runs.rejections(tx, run_id, page=page, size=size)


@router.post("/runs", status_code=202, dependencies=[needs(Action.INGEST)])
def start(body: RunIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Ask the worker for a run."""
    return _out(runs.ask_for(tx, actor, **body.model_dump(), at=portal.clock()))
