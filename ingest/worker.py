"""The worker: drains the outbox, performs runs and jobs, keeps the schedule. It alone writes the embedded index.

The queue, its recovery and the schedule are DBOS; that a run is exact is the ledger's doing (see ``runner``).
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import uuid4

from dbos import DBOS, SetWorkflowID
from filelock import Timeout

from catalog.domain.errors import CatalogError, LeaseLostError, RunBusyError
from catalog.services import indexing, jobs, standing, vectors
from catalog.settings import Settings
from catalog.store.database import Database
from catalog.store.jobs import Job
from ingest.lock import folder_lock
from ingest.runner import perform
from search.meaning import Meanings
from search.port import SearchIndex

_log = logging.getLogger("shuyuan.worker")
_QUEUE = "shuyuan"
_PAUSE = 0.2
#: Seconds that a command may hold the data folder while a worker starts: to tell the state takes less.
_COMMAND = 10
_MINUTE = timedelta(minutes=1)
#: Longest wait between tries while the search engine is down, in seconds.
_LONGEST_PAUSE = 10.0
#: How long a run is waited for at the end, in seconds; it stops by itself after a batch.
_PATIENCE = 10
_current: "Worker | None" = None


class FolderInUseError(CatalogError):
    """Another server or worker uses this data folder."""


@dataclass
class Worker:
    """A context: while it is entered, the work is done."""

    settings: Settings
    database: Database
    index: SearchIndex
    clock: Callable[[], datetime]
    meanings: Meanings | None = None
    _ending: threading.Event = field(default_factory=threading.Event)
    _lifted: datetime | None = None
    _asked: set[str] = field(default_factory=set)

    def __enter__(self) -> Self:
        global _current  # noqa: PLW0603 DBOS knows functions, not objects
        self._lock = folder_lock(self.settings)
        try:
            self._lock.acquire(timeout=_COMMAND)
        except Timeout as error:
            raise FolderInUseError(cure="Stop it first, or give this one another SHUYUAN_DATA.") from error
        _current = self
        self._launch()
        self._thread = threading.Thread(target=self._loop, name="shuyuan-worker")
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ending.set()
        self._thread.join()
        DBOS.destroy(workflow_completion_timeout_sec=_PATIENCE)
        self.index.release()
        self._lock.release()

    def perform(self, run_id: str) -> None:
        """Do a run, unless somebody else does."""
        with suppress(RunBusyError, LeaseLostError):
            perform(self.database, self.settings, run_id, clock=self.clock, stopping=self._ending.is_set)

    def do(self, job: Job) -> None:
        """Do a job and write down what came of it."""
        self._save(job.id, state="running")
        try:
            result = jobs.do(
                self.database,
                self.index,
                job.kind,
                job.asked,
                self._progress(job.id),
                at=self.clock(),
                judged=self.settings.judged_queries,
                meanings=self.meanings,
                stopping=self._ending.is_set,
            )
        except vectors.StoppedError:
            # It stays as one that is running, which the next worker takes up.
            return
        except Exception as error:  # noqa: BLE001 whatever it was, who asked is told
            _log.warning("job failed", exc_info=error)
            self._save(job.id, state="failed", problem=str(error), finished_at=self.clock())
        else:
            self._save(job.id, state="done", result=result, finished_at=self.clock())

    def _launch(self) -> None:
        DBOS(
            config={
                "name": "shuyuan",
                "system_database_url": self.settings.jobs_database,
                "application_version": "1",
                "executor_id": self._identity(),
                "log_level": "WARNING",
            }
        )
        DBOS.launch()
        DBOS.register_queue(_QUEUE, worker_concurrency=2)
        DBOS.apply_schedules(
            [
                {
                    "schedule_name": "check",
                    "workflow_fn": _check_workflow,
                    "schedule": self.settings.check_schedule,
                    "context": None,
                }
            ]
        )

    def _identity(self) -> str:
        """Who this worker is to the queue: it follows the data folder, so a new container goes on with the old work."""
        path = self.settings.data / "worker.id"
        if not path.exists():
            path.write_text(uuid4().hex)
        return path.read_text()

    def _progress(self, job_id: str) -> Callable[[int, int | None], None]:
        return lambda done, total: self._save(job_id, done=done, total=total)

    def _save(self, job_id: str, **values: Any) -> None:
        with self.database.transaction() as tx:
            tx.jobs.save(job_id, **values)

    def _heal(self) -> None:
        """An index that is empty beside a full store is new or lost, and one may be of an older shape: build it."""
        with self.database.reading() as tx:
            stored, waiting = tx.datasets.count(), tx.jobs.waiting()
        wanted = not self.index.count() or any(one.in_force and one.outdated for one in self.index.generations())
        if stored and wanted and not any(job.kind == "rebuild" for job in waiting):
            with self.database.transaction() as tx:
                jobs.ask_for(tx, "rebuild", {}, at=self.clock())

    def _lift(self) -> None:
        """Once a minute: make public what was embargoed until today."""
        now = self.clock()
        if self._lifted is None or now - self._lifted >= _MINUTE:
            standing.lift(self.database, at=now)
            self._lifted = now

    def _mean(self) -> bool:
        """Have missing vectors made; whether to look again, since they are being made and more may come."""
        if self.meanings is None:
            return False
        with self.database.reading() as tx:
            if any(job.kind == "vectors" for job in tx.jobs.waiting()):
                return True
        if vectors.wanting(self.database, self.meanings):
            with self.database.transaction() as tx:
                jobs.ask_for(tx, "vectors", {}, at=self.clock())
        return False

    def _loop(self) -> None:
        pause, healed, changed = _PAUSE, False, True
        while not self._ending.is_set():
            try:
                (self.settings.data / "worker.alive").touch()
                if not healed:
                    self.index.sweep()
                    self._heal()
                    healed = True
                self._lift()
                self._dispatch()
                busy = indexing.drain(self.database, self.index)
                changed = bool(busy) or (changed and self._mean())
            except Exception as error:  # noqa: BLE001 the loop outlives everything: a full disk, a dead engine
                pause = min(pause * 2, _LONGEST_PAUSE)
                _log.warning("trying again", extra={"why": str(error), "seconds": pause})
                self._ending.wait(pause)
                continue
            pause = _PAUSE
            if not busy:
                self._ending.wait(_PAUSE)

    def _dispatch(self) -> None:
        with self.database.reading() as tx:
            runs, waiting = tx.runs.unfinished(), tx.jobs.waiting()
        for job in waiting:
            if job.kind in jobs.SHORT:
                self.do(job)
            else:
                self._enqueue(f"job-{job.id}", _job_workflow, job.id)
        for run in runs:
            if run.lease_until is None or run.lease_until < self.clock():
                self._enqueue(f"run-{run.id}-{run.fence}", _run_workflow, run.id)

    def _enqueue(self, workflow_id: str, workflow: Callable[[str], None], target: str) -> None:
        """Hand over to the queue; the same id twice is one workflow."""
        if workflow_id not in self._asked:
            self._asked.add(workflow_id)
            with SetWorkflowID(workflow_id):
                DBOS.enqueue_workflow(_QUEUE, workflow, target)


def _worker() -> Worker:
    if _current is None:
        raise RuntimeError
    return _current


@DBOS.step(name="perform")
def _perform(run_id: str) -> None:
    _worker().perform(run_id)


@DBOS.workflow(name="run")
def _run_workflow(run_id: str) -> None:
    _perform(run_id)


@DBOS.step(name="do")
def _do(job_id: str) -> None:
    worker = _worker()
    with worker.database.reading() as tx:
        job = tx.jobs.get(job_id)
    if job is not None and job.finished_at is None:
        worker.do(job)


@DBOS.workflow(name="job")
def _job_workflow(job_id: str) -> None:
    _do(job_id)


@DBOS.workflow(name="check")
def _check_workflow(_planned: datetime, _context: Any) -> None:
    worker = _worker()
    with worker.database.transaction() as tx:
        at = worker.clock()
        jobs.ask_for(tx, "use", {"at": at.isoformat()}, at=at)
        jobs.ask_for(tx, "check", {"repair": True}, at=at)
        jobs.ask_for(tx, "retention", {"days": worker.settings.retention}, at=at)
