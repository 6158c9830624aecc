"""What commands ask of the index: done here where nobody holds it, else by the worker that does."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from catalog.domain.errors import VectorsOffError
from catalog.domain.people import OPERATOR
from catalog.services import indexing, quality, rebuilding, rehearsal, retention, search, steering, use, vectors
from catalog.store.database import Database, Transaction
from search.meaning import Meanings
from search.port import SearchIndex
from search.quality import table
from search.steering import Steering

Progress = indexing.Progress
#: Done at once by the worker's loop; the others are long, and go through its queue.
SHORT = frozenset({"search", "status"})
#: What a killed command has begun, the next worker does.
KEPT = frozenset({"rebuild", "rollback"})


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
    *,
    at: datetime,
    judged: Path | None = None,
    meanings: Meanings | None = None,
    stopping: Callable[[], bool] = vectors.never,
) -> dict[str, Any]:
    """Do a job and say what came of it; ``judged`` is the file of queries that a rebuild is measured by."""
    acts: dict[str, Callable[[], dict[str, Any]]] = {
        "search": lambda: search.search(index, search.Ask(**asked), _steering(database), meanings),
        "status": lambda: {**indexing.status(database, index), "left": _left(database)},
        "check": lambda: indexing.check(database, index, repair=bool(asked.get("repair"))),
        "evaluate": lambda: _evaluated(database, index, asked, progress, meanings),
        "use": lambda: use.recount(database, at=datetime.fromisoformat(asked["at"])),
        "retention": lambda: retention.apply(database, asked["days"], at=at),
        "preview": lambda: _rehearsed(database, index, asked, progress),
        "vectors": lambda: vectors.compute(database, _on(meanings), progress, at=at, stopping=stopping),
        "rebuild": lambda: {"documents": rebuilding.rebuild(database, index, judged, progress, at=at)},
        "rollback": lambda: {"documents": rebuilding.rollback(database, index, at=at, leaving=asked["leaving"])},
    }
    return acts[kind]()


def _on(meanings: Meanings | None) -> Meanings:
    if meanings is None:
        raise VectorsOffError(cure="Set SHUYUAN_VECTORS=true.")
    return meanings


def _left(database: Database) -> list[str]:
    """What was begun or asked for, and is not done."""
    with database.reading() as tx:
        return [job.kind for job in tx.jobs.waiting() if job.kind in KEPT]


def _evaluated(
    database: Database, index: SearchIndex, asked: dict[str, Any], progress: Progress, meanings: Meanings | None
) -> dict[str, Any]:
    judged = quality.judged(Path(asked["path"]))
    scored = quality.evaluate(database, index, judged, _steering(database), progress, meanings)
    queries = [
        {
            "id": one.query.id,
            "query": one.query.query,
            "kind": one.query.kind,
            "ndcg": one.ndcg,
            "mrr": one.mrr,
            "recall": one.recall,
            "empty": one.empty,
        }
        for one in scored
    ]
    return {"groups": table(scored), "queries": queries}


def _rehearsed(database: Database, index: SearchIndex, asked: dict[str, Any], progress: Progress) -> dict[str, Any]:
    judged = Path(asked["path"]) if asked["path"] else None
    today = date.fromisoformat(asked["today"])
    return rehearsal.rehearse(database, index, OPERATOR, judged, today=today, progress=progress)


def _steering(database: Database) -> Steering:
    with database.reading() as tx:
        return steering.in_force(tx)
