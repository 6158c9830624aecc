"""What commands do by themselves when no server or worker holds the data folder, and how they ask one that does."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from filelock import Timeout

from catalog.domain.errors import CatalogError
from catalog.domain.people import OPERATOR
from catalog.domain.runs import ENDED, Run
from catalog.drainer import Drainer
from catalog.portal import Portal
from catalog.services import indexing, jobs, rebuilding, runs
from catalog.store.jobs import Job
from ingest.lock import folder_lock
from ingest.runner import perform

_PAUSE = 0.1

Progress = Callable[[str, int, int | None], None]


@contextmanager
def in_charge(portal: Portal) -> Iterator[bool]:
    """Whether this process may do the worker's work while the context lasts."""
    lock = folder_lock(portal.settings)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        portal.index.release()
        lock.release()


def ingest(portal: Portal, kind: str, location: str, source: str, mapping: str | None, progress: Progress) -> Run:
    """A run from asking to searchable: done here, or by who holds the data folder while we wait."""
    with portal.database.transaction() as tx:
        run = runs.ask_for(
            tx, OPERATOR, kind=kind, location=location, source=source, mapping=mapping, at=portal.clock()
        )
    while run.state not in ENDED:
        run = _turn(portal, run, progress)
    make_findable(portal, progress)
    return run


def _turn(portal: Portal, run: Run, progress: Progress) -> Run:
    # Who holds the folder may be another command, which ends without a look at our run: so each turn asks again.
    with in_charge(portal) as here:
        if here:
            return perform_here(portal, run, progress)
    time.sleep(_PAUSE)
    with portal.database.reading() as tx:
        run = runs.read(tx, run.id)
    progress("read", run.read, run.total)
    return run


def perform_here(portal: Portal, run: Run, progress: Progress) -> Run:
    """Read a source in this process, and index what a long one writes in another."""
    with Drainer(portal.settings) as drainer:

        def told(now: Run) -> None:
            drainer.see(now)
            progress("read", now.read, now.total)

        return perform(portal.database, portal.settings, run.id, clock=portal.clock, progress=told)


def drain_here(portal: Portal, progress: Progress) -> None:
    """Make findable what was written until now; who goes on writing does not keep us."""
    with portal.database.reading() as tx:
        total = tx.outbox.waiting("index")
    done = 0
    while done < total and (count := indexing.drain(portal.database, portal.index)):
        done += count
        progress("index", done, total)


def make_findable(portal: Portal, progress: Progress) -> None:
    """Bring what was written into the index: here, or by who holds the data folder while we wait."""
    total = 0
    while True:
        with in_charge(portal) as here:
            if here:
                drain_here(portal, progress)
                return
        with portal.database.reading() as tx:
            waiting = tx.outbox.waiting("index")
        if not waiting:
            return
        total = max(total, waiting)
        progress("index", total - waiting, total)
        time.sleep(_PAUSE)


def do(portal: Portal, kind: str, progress: Progress, **asked: Any) -> dict[str, Any]:
    """Something about the index: done here, or by who holds the data folder while we wait."""
    if kind == "rollback":
        asked["leaving"] = rebuilding.serving(portal.index)
    job: Job | None = None
    while job is None or job.state not in ("done", "failed"):
        with in_charge(portal) as here:
            if here:
                return _do_here(portal, kind, asked, job, progress)
        job = _asked(portal, kind, asked, job)
        progress(kind, job.done, job.total)
        time.sleep(_PAUSE)
    if job.state == "failed":
        raise CatalogError(job.problem)
    return job.result or {}


def _do_here(portal: Portal, kind: str, asked: dict[str, Any], job: Job | None, progress: Progress) -> dict[str, Any]:
    if job is None and kind in jobs.KEPT:
        job = _cut_off(portal, kind) or _asked(portal, kind, asked, None)
    try:
        drain_here(portal, progress)
        result = jobs.do(
            portal.database,
            portal.index,
            kind,
            asked,
            lambda done, total: progress(kind, done, total),
            at=portal.clock(),
            judged=portal.settings.judged_queries,
            meanings=portal.meanings,
        )
    except BaseException as error:
        _end(portal, job, state="failed", problem=str(error))
        raise
    _end(portal, job, state="done", result=result)
    return result


def _cut_off(portal: Portal, kind: str) -> Job | None:
    """What was asked for before and not done: nobody else may do it now, and this is the same."""
    with portal.database.reading() as tx:
        return next((job for job in tx.jobs.waiting() if job.kind == kind), None)


def _end(portal: Portal, job: Job | None, **values: Any) -> None:
    if job is not None:
        with portal.database.transaction() as tx:
            tx.jobs.save(job.id, finished_at=portal.clock(), **values)


def _asked(portal: Portal, kind: str, asked: dict[str, Any], job: Job | None) -> Job:
    """The job as it stands now; left for the worker the first time."""
    if job is not None:
        with portal.database.reading() as tx:
            return tx.jobs.get(job.id) or job
    with portal.database.transaction() as tx:
        job_id = jobs.ask_for(tx, kind, asked, at=portal.clock())
        left = tx.jobs.get(job_id)
    if left is None:
        raise CatalogError
    return left
