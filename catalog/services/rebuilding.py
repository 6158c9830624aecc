"""Whether another index is good enough to serve: measured against the one that does, by the searches of readers."""

import logging
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from catalog.domain.audit import Act
from catalog.domain.errors import NotFoundError
from catalog.domain.policy import PUBLIC
from catalog.services import indexing, quality
from catalog.services.search import text_of
from catalog.services.steering import in_force
from catalog.store.database import Database
from catalog.store.datasets import Stored
from search.finding import Finder
from search.model import Query
from search.phases import Phase, begin
from search.port import Contents, RebuildRefusedError, SearchIndex
from search.quality import Judged, summary
from search.steering import Steering

_log = logging.getLogger("shuyuan.rebuild")
#: How much lower the nDCG of another index may be.
TOLERANCE = 0.02
#: Records that are searched for by their titles where nobody has judged queries.
_PROBES = 50
_ID = "0123456789abcdefghijklmnopqrstuvwxyz"


def rebuild(
    database: Database, index: SearchIndex, judged: Path | None, progress: indexing.Progress, *, at: datetime
) -> int:
    """Build the index anew and switch to it if it is as good; a refusal is kept with its reasons."""
    try:
        return indexing.rebuild(database, index, progress, lambda filled: _worse(database, index, filled, judged))
    except RebuildRefusedError as error:
        _keep(database, Act.REBUILD_REFUSED, error, at=at)
        raise


def rollback(database: Database, index: SearchIndex, *, at: datetime, leaving: str) -> int:
    """Go back to the former index; the number of records in it. How well it searches is who asks for it to judge.

    Where the generation that is to be left serves no more, it has been done: one that was cut off may be repeated.
    """
    if leaving != serving(index):
        return index.count()
    try:
        indexing.rollback(database, index)
    except RebuildRefusedError as error:
        _keep(database, Act.ROLLBACK_REFUSED, error, at=at)
        raise
    return index.count()


def serving(index: SearchIndex) -> str:
    """The name of the generation in force."""
    return next(one.name for one in index.generations() if one.in_force)


def _keep(database: Database, act: Act, error: RebuildRefusedError, *, at: datetime) -> None:
    _log.warning(act, extra={"reasons": error.reasons})
    with database.transaction() as tx:
        tx.audit.add(at=at, actor="operator", act=act, target="index", reasons=list(error.reasons))


def _worse(database: Database, live: Contents, filled: Contents, judged: Path | None) -> list[str]:
    if not live.count():
        return []  # nothing serves that could be better
    begin(Phase.MEASURING)
    return _judged(database, live, filled, quality.judged(judged)) if judged else _probed(database, live, filled)


def _judged(database: Database, live: Contents, filled: Contents, queries: Sequence[Judged]) -> list[str]:
    with database.reading() as tx:
        steering = in_force(tx)
    try:
        before, after = (
            summary(quality.evaluate(database, contents, queries, steering))["ndcg"] or 0.0
            for contents in (live, filled)
        )
    except NotFoundError:
        # The lists that were judged are not here: the records speak for themselves.
        return _probed(database, live, filled)
    if after >= before - TOLERANCE:
        return []
    return [f"nDCG@10 of the judged queries falls from {before:.3f} to {after:.3f}."]


def _probed(database: Database, live: Contents, filled: Contents) -> list[str]:
    sample = _sample(database)
    with database.reading() as tx:
        steering = replace(in_force(tx), pins={})
    before, after = (
        [record.id for record in sample if _found(contents, record, steering)] for contents in (live, filled)
    )
    if len(after) >= len(before):
        return []
    lost = [record_id for record_id in before if record_id not in after]
    return [
        f"Of {len(sample)} records {len(after)} are found by their own titles, {len(before)} before; not {lost[0]}."
    ]


def _found(contents: Contents, record: Stored, steering: Steering) -> bool:
    """Whether a search for its title shows a record, or one of the same title, on the first page."""
    title = record.body["title"]
    page = Finder(contents, text_of, steering).find(next(iter(title.values())), Query()).page
    return any(hit.card["id"] == record.id or hit.card["title"] == title for hit in page.hits)


def _sample(database: Database) -> list[Stored]:
    """The same records each time, as long as the store is the same."""
    chance = random.Random(0)  # noqa: S311 no secret
    with database.reading() as tx:
        found = [tx.datasets.readable(PUBLIC, after="".join(chance.choices(_ID, k=4)), size=1) for _ in range(_PROBES)]
    return list({record.id: record for records in found for record in records}.values())
