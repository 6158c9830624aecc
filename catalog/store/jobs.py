"""Long work that a command or a page asks the worker for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from catalog.store.tables import jobs


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work: queued, running, done or failed."""

    id: str
    kind: str
    state: str
    asked: dict[str, Any]
    done: int
    total: int | None
    result: dict[str, Any] | None
    problem: str | None
    asked_at: datetime
    finished_at: datetime | None


class JobStore:
    """A queue of jobs, oldest first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, job_id: str, kind: str, asked: dict[str, Any], *, at: datetime) -> None:
        self._connection.execute(
            insert(jobs),
            [{"id": job_id, "kind": kind, "state": "queued", "asked": asked, "done": 0, "asked_at": at}],
        )

    def get(self, job_id: str) -> Job | None:
        row = self._connection.execute(select(jobs).where(jobs.c.id == job_id)).first()
        return Job(**row._mapping) if row else None

    def waiting(self) -> list[Job]:
        """Jobs to be done; one that is running was cut off, and bears repeating."""
        rows = self._connection.execute(
            select(jobs).where(jobs.c.state.in_(["queued", "running"])).order_by(jobs.c.asked_at).limit(100)
        )
        return [Job(**row._mapping) for row in rows]

    def save(self, job_id: str, **values: Any) -> None:
        self._connection.execute(update(jobs).where(jobs.c.id == job_id).values(**values))

    def forget(self, *, before: datetime, size: int) -> int:
        """Take out jobs that ended before a moment; how many."""
        c = jobs.c
        old = select(c.id).where(c.finished_at < before).limit(size)
        return self._connection.execute(delete(jobs).where(c.id.in_(old))).rowcount
