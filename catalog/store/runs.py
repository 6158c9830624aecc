"""The ingest ledger: cursor, counts and lease of each run, and where each row went."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, or_, select, update

from catalog.domain.runs import ENDED, Run, RunState
from catalog.store.tables import datasets, rejections, runs, sightings

_COLUMNS = [runs.c[name] for name in Run.__dataclass_fields__]
#: A record may have any number of copies.
_MOST_ROWS = 50_000


def _run(row: Row[Any]) -> Run:
    return Run(**{**row._mapping, "state": RunState(row.state), "unplaced": tuple(row.unplaced)})


class RunStore:
    """Questions about runs, and their writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, run_id: str) -> Run | None:
        row = self._connection.execute(select(*_COLUMNS).where(runs.c.id == run_id)).first()
        return _run(row) if row else None

    def add(self, run: Run) -> None:
        self._connection.execute(insert(runs), [asdict(run)])

    def recent(self, *, offset: int = 0, size: int = 20) -> list[Run]:
        rows = self._connection.execute(
            select(*_COLUMNS).order_by(runs.c.asked_at.desc(), runs.c.id).offset(offset).limit(size)
        )
        return [_run(row) for row in rows]

    def latest_done(self) -> list[Run]:
        """The latest finished reading of each source."""
        c = runs.c
        newest = (
            select(c.source, func.max(c.asked_at).label("asked_at"))
            .where(c.state == str(RunState.DONE))
            .group_by(c.source)
            .subquery()
        )
        rows = self._connection.execute(
            select(*_COLUMNS)
            .join(newest, (c.source == newest.c.source) & (c.asked_at == newest.c.asked_at))
            .where(c.state == str(RunState.DONE))
        )
        return [_run(row) for row in rows]

    def unfinished(self, source: str | None = None) -> list[Run]:
        """Runs that are queued or under way, oldest first."""
        statement = select(*_COLUMNS).where(runs.c.state.not_in([str(s) for s in ENDED]))
        if source is not None:
            statement = statement.where(runs.c.source == source)
        return [_run(row) for row in self._connection.execute(statement.order_by(runs.c.asked_at).limit(1000))]

    def take(self, run_id: str, *, now: datetime, until: datetime) -> Run | None:
        """Take the lease of a run that nobody holds; None when somebody does."""
        c = runs.c
        taken = self._connection.execute(
            update(runs)
            .where(c.id == run_id, c.state.not_in([str(s) for s in ENDED]))
            .where(or_(c.lease_until.is_(None), c.lease_until < now))
            .values(
                fence=c.fence + 1,
                lease_until=until,
                state=RunState.RUNNING,
                started_at=func.coalesce(c.started_at, now),
            )
        )
        return self.get(run_id) if taken.rowcount else None

    def save(self, run: Run) -> bool:
        """Save what the holder of the lease knows; False when the lease is lost."""
        saved = self._connection.execute(
            update(runs).where(runs.c.id == run.id, runs.c.fence == run.fence).values(**asdict(run))
        )
        return saved.rowcount == 1

    def end(self, run: Run, *, problem: str, at: datetime) -> None:
        """End a run that nobody works on; one that still does can no longer save."""
        c = runs.c
        self._connection.execute(
            update(runs)
            .where(c.id == run.id)
            .values(state=RunState.FAILED, problem=problem, finished_at=at, lease_until=None, fence=c.fence + 1)
        )

    def renew(self, run: Run, *, until: datetime) -> None:
        """Hold on to the lease, if it is still ours."""
        c = runs.c
        self._connection.execute(
            update(runs)
            .where(c.id == run.id, c.fence == run.fence, c.lease_until.is_not(None))
            .values(lease_until=until)
        )

    def sighted(self, run_id: str, dataset_ids: Iterable[str]) -> dict[str, str]:
        """Those of the ids that this run has met and taken already, with the digest they had."""
        c = sightings.c
        rows = self._connection.execute(
            select(c.dataset_id, c.digest).where(
                c.run_id == run_id, c.dataset_id.in_(list(dataset_ids)), c.digest != ""
            )
        )
        return {row.dataset_id: row.digest for row in rows}

    def note(self, seen: list[dict[str, Any]], rejected: list[dict[str, Any]]) -> None:
        """Record where each row of a batch went."""
        if seen:
            self._connection.execute(insert(sightings), seen)
        if rejected:
            self._connection.execute(insert(rejections), rejected)

    def rejections(self, run_id: str, *, offset: int = 0, size: int = 50) -> list[dict[str, Any]]:
        c = rejections.c
        rows = self._connection.execute(
            select(c.position, c.key, c.reason)
            .where(c.run_id == run_id)
            .order_by(c.position)
            .offset(offset)
            .limit(size)
        )
        return [dict(row._mapping) for row in rows]

    def missing(self, run: Run, size: int) -> list[str]:
        """Live records of the source that the run did not meet."""
        seen = exists().where(sightings.c.run_id == run.id, sightings.c.dataset_id == datasets.c.id)
        rows = self._connection.execute(
            select(datasets.c.id)
            .where(datasets.c.source == run.source, datasets.c.withdrawn_at.is_(None), ~seen)
            .order_by(datasets.c.id)
            .limit(size)
        )
        return list(rows.scalars())

    def count_missing(self, run: Run) -> int:
        seen = exists().where(sightings.c.run_id == run.id, sightings.c.dataset_id == datasets.c.id)
        return self._connection.execute(
            select(func.count())
            .select_from(datasets)
            .where(datasets.c.source == run.source, datasets.c.withdrawn_at.is_(None), ~seen)
        ).scalar_one()

    def forget_sightings_before(self, run: Run) -> None:
        """Only the latest reading of a source says where its rows are."""
        older = select(runs.c.id).where(
            runs.c.source == run.source, runs.c.id != run.id, runs.c.state.in_([str(s) for s in ENDED])
        )
        self._connection.execute(delete(sightings).where(sightings.c.run_id.in_(older)))

    def forget_rows(self, run: Run) -> None:
        """Where the rows of a run went, as if it had not begun."""
        self._connection.execute(delete(sightings).where(sightings.c.run_id == run.id))
        self._connection.execute(delete(rejections).where(rejections.c.run_id == run.id))

    def positions(self, dataset_ids: Iterable[str], run_ids: Iterable[str]) -> dict[str, list[int]]:
        """The rows of runs that were these records, of at most a page of them."""
        c = sightings.c
        rows = self._connection.execute(
            select(c.dataset_id, c.position)
            .where(c.run_id.in_(list(run_ids)), c.dataset_id.in_(list(dataset_ids)))
            .order_by(c.position)
            .limit(_MOST_ROWS)
        )
        found: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            found[row.dataset_id].append(row.position)
        return found
