"""What commands ask of the index: done here where nobody holds it, else by the worker that does."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from catalog.services import indexing, search
from catalog.store.database import Database, Transaction
from search.port import SearchIndex

Progress = indexing.Progress
#: Done at once by the worker's loop; the others are long, and go through its queue.
SHORT = frozenset({"search", "status"})


def ask_for(tx: Transaction, kind: str, asked: dict[str, Any], *, at: datetime) -> str:
    """Leave a job for the worker; its id."""
    job_id = uuid4().hex
    tx.jobs.add(job_id, kind, asked, at=at)
    return job_id


def do(
    database: Database,
    index: SearchIndex,
    kind: str,
    asked: dict[str, Any],
    progress: Progress = indexing.no_progress,
) -> dict[str, Any]:
    """Do a job and say what came of it."""
    acts: dict[str, Callable[[], dict[str, Any]]] = {
        "search": lambda: search.search(index, search.Ask(**asked)),
        "status": lambda: indexing.status(database, index),
        "check": lambda: indexing.check(database, index, repair=bool(asked.get("repair"))),
        "rebuild": lambda: {"documents": indexing.rebuild(database, index, progress)},
    }
    return acts[kind]()
