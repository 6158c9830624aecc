"""What commands do by themselves when no server or worker holds the data folder, and how they ask one that does."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from filelock import Timeout

from catalog.domain.errors import CatalogError
from catalog.domain.keys import OPERATOR
from catalog.domain.runs import ENDED, Run
from catalog.portal import Portal
from catalog.services import indexing, jobs, runs
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
    """A run from asking to searchable: done here, or by the worker while we wait."""
    with portal.database.transaction() as tx:
        run = runs.ask_for(
            tx, OPERATOR, kind=kind, location=location, source=source, mapping=mapping, at=portal.clock()
        )
    with in_charge(portal) as here:
        if here:
            run = perform_here(portal, run, progress)
            drain_here(portal, progress)
        else:
            run = _await_run(portal, run, progress)
            _await_index(portal, progress)
    return run


def perform_here(portal: Portal, run: Run, progress: Progress) -> Run:
    """Read a source in this process."""
    return perform(
        portal.database,
        portal.settings,
        run.id,
        clock=portal.clock,
        progress=lambda now: progress("read", now.read, now.total),
    )


def drain_here(portal: Portal, progress: Progress) -> None:
    """Make findable what was written."""
    with portal.database.reading() as tx:
        total = tx.outbox.waiting("index")
    done = 0
    while count := indexing.drain(portal.database, portal.index):
        done += count
        progress("index", done, total)


def make_findable(portal: Portal, progress: Progress) -> None:
    """Bring what was just written into the index: here, or by the worker while we wait."""
    with in_charge(portal) as here:
        if here:
            drain_here(portal, progress)
        else:
            _await_index(portal, progress)


def do(portal: Portal, kind: str, progress: Progress, **asked: Any) -> dict[str, Any]:
    """Something about the index: done here, or by the worker while we wait."""
    with in_charge(portal) as here:
        if here:
            drain_here(portal, progress)
            return jobs.do(portal.database, portal.index, kind, asked, lambda done, all_: progress(kind, done, all_))
        with portal.database.transaction() as tx:
            job_id = jobs.ask_for(tx, kind, asked, at=portal.clock())
        return _await_job(portal, job_id, kind, progress)


def _await_run(portal: Portal, run: Run, progress: Progress) -> Run:
    while run.state not in ENDED:
        time.sleep(_PAUSE)
        with portal.database.reading() as tx:
            run = runs.read(tx, run.id)
        progress("read", run.read, run.total)
    return run


def _await_index(portal: Portal, progress: Progress) -> None:
    total = 0
    while True:
        with portal.database.reading() as tx:
            waiting = tx.outbox.waiting("index")
        total = max(total, waiting)
        if not waiting:
            return
        progress("index", total - waiting, total)
        time.sleep(_PAUSE)


def _await_job(portal: Portal, job_id: str, kind: str, progress: Progress) -> dict[str, Any]:
    while True:
        with portal.database.reading() as tx:
            job = tx.jobs.get(job_id)
        if job is None or job.state == "failed":
            raise CatalogError(job.problem if job else None)
        if job.state == "done":
            return job.result or {}
        progress(kind, job.done, job.total)
        time.sleep(_PAUSE)
