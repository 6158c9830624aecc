"""An ingest run and its ledger: read = created + updated + unchanged + rejected."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    #: Done, but it would have withdrawn more of the source than one run may.
    HELD = "held"


#: The states from which a run does not move by itself.
ENDED = frozenset({RunState.DONE, RunState.FAILED, RunState.HELD})


@dataclass(frozen=True, slots=True)
class Run:
    """One reading of one source."""

    id: str
    source: str
    #: list, ckan or datajson
    kind: str
    location: str
    mapping: str | None
    state: RunState
    asked_by: str
    asked_at: datetime
    cursor: int = 0
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    #: Counted apart: records of the source that a complete reading no longer met.
    withdrawn: int = 0
    total: int | None = None
    #: Columns of a list that its mapping has no place for; what they hold is kept with each record.
    unplaced: tuple[str, ...] = ()
    #: What tells whether the source is the same when an interrupted run goes on.
    fingerprint: str | None = None
    problem: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    fence: int = 0
    lease_until: datetime | None = None

    @property
    def balanced(self) -> bool:
        """Whether the ledger adds up."""
        return self.read == self.created + self.updated + self.unchanged + self.rejected
