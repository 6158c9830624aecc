"""Vectors of titles: made a batch at a time, kept with the record's revision, published for who serves."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from catalog.services.indexing import Progress, no_progress
from catalog.store.database import Database
from search.meaning import Meanings

_BATCH = 256
#: What stands for a title that is empty: so much of the description.
_BEGINNING = 60


class StoppedError(Exception):
    """The process ends; what was done is kept, and another goes on from there."""


def never() -> bool:
    """Nothing stops it."""
    return False


def wanting(database: Database, meanings: Meanings) -> bool:
    """Whether vectors are missing, left over or not published."""
    with database.reading() as tx:
        return bool(tx.vectors.lacking(meanings.model) or tx.vectors.left()) or not meanings.published()


def compute(
    database: Database,
    meanings: Meanings,
    progress: Progress = no_progress,
    *,
    at: datetime,
    stopping: Callable[[], bool] = never,
) -> dict[str, Any]:
    """{"computed", "vectors"}: how many were made now, and how many there are.

    A batch is one transaction, so an interrupted computation goes on where it was.
    """
    with database.reading() as tx:
        total = tx.vectors.lacking(meanings.model)
    after, done = "", 0
    while batch := _batch(database, meanings, after, at):
        after, done = max(batch), done + len(batch)
        progress(done, total)
        if stopping():
            raise StoppedError
    return {"computed": done, "vectors": _publish(database, meanings)}


def _batch(database: Database, meanings: Meanings, after: str, at: datetime) -> dict[str, tuple[int, bytes]]:
    with database.reading() as tx:
        due = tx.vectors.due(meanings.model, after=after, size=_BATCH)
    if not due:
        return {}
    made = meanings.vectors([_title(body) for _, _, body in due])
    rows = {key: (revision, vector) for (key, revision, _), vector in zip(due, made, strict=True)}
    with database.transaction() as tx:
        tx.vectors.keep(meanings.model, rows)
        if meanings.indexed:
            tx.outbox.put("index", rows, at=at)
    return rows


def _publish(database: Database, meanings: Meanings) -> int:
    with database.transaction() as tx:
        tx.vectors.forget_left()
    with database.reading() as tx:
        count = tx.vectors.count(meanings.model)
        meanings.publish(tx.vectors.every(meanings.model), count)
    return count


def _title(body: Mapping[str, Any]) -> str:
    """The title in the record's main language, which is the first that it has."""
    title = next(iter(body["title"].values()), "")
    return title.strip() or next(iter(body.get("description", {}).values()), "")[:_BEGINNING]
