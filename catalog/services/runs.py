"""Ask for an ingest run, and read the ledger."""

import re
from datetime import datetime
from typing import Any
from uuid import uuid4

from catalog.domain.audit import Act
from catalog.domain.datasets import SOURCE_ID
from catalog.domain.errors import InvalidError, NotFoundError, RunBusyError
from catalog.domain.people import OPERATOR, Actor
from catalog.domain.policy import Action
from catalog.domain.runs import Run, RunState
from catalog.services.permission import require
from catalog.store.database import Transaction

KINDS = ("list", "ckan", "datajson")


def ask_for(
    tx: Transaction, actor: Actor, *, kind: str, location: str, source: str, mapping: str | None, at: datetime
) -> Run:
    """A run, waiting for a worker; an unfinished one of the same source and place is gone on with.

    An unfinished one of another place, which nobody works on any more, ends.
    """
    require(actor, Action.INGEST)
    if kind not in KINDS:
        raise InvalidError("Unknown kind of source.", field="kind", cure="One of: {choices}.", choices=", ".join(KINDS))
    if not re.match(SOURCE_ID, source):
        raise InvalidError(
            "The id of a source is letters, digits, dots and hyphens.",
            field="source",
            cure="Choose one such as luzhou.",
        )
    if actor != OPERATOR and not location.lower().startswith(("http://", "https://")):
        raise InvalidError("This is not a web address.", field="location", cure="Give one that begins with https://.")
    for run in tx.runs.unfinished(source):
        if (run.kind, run.location, run.mapping) == (kind, location, mapping):
            return run
        if run.state is RunState.RUNNING and (run.lease_until is None or run.lease_until < at):
            tx.runs.end(run, problem="Another run of the source has taken its place.", at=at)
            continue
        raise RunBusyError(cure="Wait for run {run} of {source}.", run=run.id, source=source)
    run = Run(uuid4().hex, source, kind, location, mapping, RunState.QUEUED, actor.name, at)
    tx.runs.add(run)
    tx.audit.add(at=at, actor=actor, act=Act.RUN_ASKED_FOR, target=run.id, source=source, location=location)
    return run


def recent(tx: Transaction, *, page: int = 1, size: int = 20) -> list[Run]:
    """Runs, latest first."""
    return tx.runs.recent(offset=(page - 1) * size, size=size)


def read(tx: Transaction, run_id: str) -> Run:
    """One run with its ledger."""
    run = tx.runs.get(run_id)
    if run is None:
        raise NotFoundError
    return run


def rejections(tx: Transaction, run_id: str, *, page: int = 1, size: int = 50) -> list[dict[str, Any]]:
    """The rows that a run rejected, each with its reason."""
    read(tx, run_id)
    return tx.runs.rejections(run_id, offset=(page - 1) * size, size=size)
