"""One run: batches, cursor and lease. Records and ledger are saved in the same transaction."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from catalog.domain.datasets import LONGEST_KEY, identify
from catalog.domain.errors import (
    AddressRefusedError,
    CatalogError,
    InvalidError,
    LeaseLostError,
    NotFoundError,
    RunBusyError,
    SourceBrokenError,
)
from catalog.domain.networks import Use
from catalog.domain.registers import License
from catalog.domain.runs import ENDED, Run, RunState
from catalog.services.datasets import Content, content, row
from catalog.services.files import keep
from catalog.services.networks import Gate
from catalog.settings import Settings
from catalog.store.database import Database, Transaction
from catalog.store.datasets import Mark
from ingest.source import Record, Rejected
from ingest.sources import forget_download, open_source

BATCH = 1000
#: How long a worker that is cut off keeps others from going on with its run.
LEASE = timedelta(seconds=15)

Clock = Callable[[], datetime]
Progress = Callable[[Run], None]


@dataclass
class _Batch:
    """What a batch will write."""

    created: list[dict[str, Any]] = field(default_factory=list)
    updated: list[dict[str, Any]] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    licenses: dict[str, License] = field(default_factory=dict)
    unchanged: int = 0


def perform(
    database: Database,
    settings: Settings,
    run_id: str,
    *,
    clock: Clock,
    progress: Progress = lambda _run: None,
    stopping: Callable[[], bool] = lambda: False,
) -> Run:
    """Take a run from its cursor to its end; what is raised leaves it where another worker can go on.

    When ``stopping``, the run is let go after a batch.
    """
    run = _take(database, run_id, clock)
    with _kept_lease(database, run, clock):
        return _perform(database, settings, run, clock, progress, stopping)


def _perform(
    database: Database, settings: Settings, run: Run, clock: Clock, progress: Progress, stopping: Callable[[], bool]
) -> Run:
    try:
        gate = Gate(database, clock, Use.SOURCE, run.source)
        source = open_source(run, settings.downloads_folder, gate)
        run = _begin(database, run, source.fingerprint)
        for batch in _batched(source.records(run.cursor), BATCH):
            run = replace(run, total=source.total, unplaced=tuple(sorted(source.unplaced)))
            run = _save_batch(database, run, batch, settings.files_folder, clock)
            progress(run)
            if stopping():
                return _release(database, run)
    except (SourceBrokenError, AddressRefusedError, InvalidError) as error:
        run = replace(run, state=RunState.FAILED, problem=str(error))
    else:
        run = _withdraw(database, replace(run, total=run.read), settings.withdraw_share, clock)
    run = _finish(database, run, clock)
    forget_download(run, settings.downloads_folder)
    return run


def _begin(database: Database, run: Run, fingerprint: str) -> Run:
    """Go on at the cursor, if the source is the one that was read so far; else read it from its beginning."""
    if run.fingerprint in (None, fingerprint):
        return replace(run, fingerprint=fingerprint)
    with database.transaction() as tx:
        tx.runs.forget_rows(run)
        run = replace(
            run, cursor=0, read=0, created=0, updated=0, unchanged=0, rejected=0, total=None, fingerprint=fingerprint
        )
        if not tx.runs.save(run):
            raise LeaseLostError
    return run


@contextmanager
def _kept_lease(database: Database, run: Run, clock: Clock) -> Iterator[None]:
    """Renew the lease beside the work: one page of a slow source may take longer than the lease lasts."""
    ending = threading.Event()

    def renew() -> None:
        while not ending.wait(LEASE.total_seconds() / 3):
            with suppress(CatalogError), database.transaction() as tx:
                tx.runs.renew(run, until=clock() + LEASE)

    thread = threading.Thread(target=renew, name=f"lease-{run.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def _take(database: Database, run_id: str, clock: Clock) -> Run:
    """The lease of a run; waits for that of a worker that was cut off to run out."""
    deadline = clock() + 2 * LEASE
    while True:
        now = clock()
        with database.transaction() as tx:
            taken = tx.runs.take(run_id, now=now, until=now + LEASE)
            run = tx.runs.get(run_id)
        if taken:
            return taken
        if run is None:
            raise NotFoundError
        if run.state in ENDED or now > deadline:
            raise RunBusyError
        time.sleep(0.2)


def _save_batch(database: Database, run: Run, items: list[Record | Rejected], files: Path, clock: Clock) -> Run:
    now = clock()
    _keep_files(run, items, files)
    with database.transaction() as tx:
        batch = _sort(tx, run, items, now)
        run = replace(
            run,
            cursor=items[-1].position + 1,
            read=run.read + len(items),
            created=run.created + len(batch.created),
            updated=run.updated + len(batch.updated),
            unchanged=run.unchanged + batch.unchanged,
            rejected=run.rejected + len(batch.rejected),
            lease_until=now + LEASE,
        )
        _write(tx, run, batch, now)
    return run


def _write(tx: Transaction, run: Run, batch: _Batch, now: datetime) -> None:
    tx.licenses.add_missing(batch.licenses.values())
    tx.datasets.add(batch.created)
    tx.datasets.replace(batch.updated)
    tx.outbox.put("index", [r["id"] for r in (*batch.created, *batch.updated)], at=now)
    tx.runs.note(batch.seen, batch.rejected)
    if not tx.runs.save(run):
        raise LeaseLostError


def _keep_files(run: Run, items: list[Record | Rejected], files: Path) -> None:
    """Copy the files of a batch before its records are committed; a copy that is there already stays."""
    for item in items:
        for path in item.files if isinstance(item, Record) else ():
            with path.open("rb") as file:
                keep(file, path.name, files / identify(run.source, item.key))


def _sort(tx: Transaction, run: Run, items: list[Record | Rejected], now: datetime) -> _Batch:
    """Where each row of a batch goes: created, updated, unchanged or rejected."""
    batch = _Batch()
    records = []
    for item in items:
        if isinstance(item, Rejected):
            _reject(batch, run, item.position, item.key, item.reason)
        elif len(item.key) > LONGEST_KEY:
            _reject(batch, run, item.position, item.key[:LONGEST_KEY], "The key is too long.")
        elif isinstance(kept := _content(item), Content):
            records.append((identify(run.source, item.key), item, kept))
        else:
            _reject(batch, run, item.position, item.key.replace("\0", ""), kept)
    ids = [dataset_id for dataset_id, _, _ in records]
    seen, marks = tx.runs.sighted(run.id, ids), tx.datasets.marks(ids)
    owners = tx.organizations.owners(dict(_named(item) for _, item, _ in records))
    for dataset_id, item, kept in records:
        mark = marks.get(dataset_id)
        owner = _owner(mark, item.dataset.publisher.name, owners)
        if owner is None:
            _reject(batch, run, item.position, item.key, "The organization of this name was closed.")
            continue
        _place(batch, run, dataset_id, item, kept, owner, seen=seen, mark=mark, now=now)
        seen.setdefault(dataset_id, kept.digest)
    return batch


def _owner(mark: Mark | None, publisher: str, owners: Mapping[str, str]) -> str | None:
    """Who answers for a record: the same as before while it names the same publisher, whatever was split or merged."""
    stays = mark and not mark.withdrawn and mark.publisher == publisher
    return mark.owner if mark and stays else owners.get(publisher)


def _named(item: Record) -> tuple[str, str | None]:
    return item.dataset.publisher.name, item.dataset.publisher.uscc


def _content(item: Record) -> Content | str:
    """What is kept of a record, or why it cannot be."""
    try:
        return content(item.dataset)
    except InvalidError as error:
        return str(error)


def _place(
    batch: _Batch,
    run: Run,
    dataset_id: str,
    item: Record,
    kept: Content,
    owner: str,
    *,
    seen: dict[str, str],
    mark: Mark | None,
    now: datetime,
) -> None:
    if seen.get(dataset_id, kept.digest) != kept.digest:
        _reject(batch, run, item.position, item.key, "This run has met the key already, with other content.")
        return
    batch.seen.append({"run_id": run.id, "position": item.position, "dataset_id": dataset_id, "digest": kept.digest})
    if dataset_id in seen:
        batch.unchanged += 1
        return
    _register(batch, item)
    if mark is None:
        batch.created.append(row(run.source, item.key, kept, owner, at=now, run_id=run.id))
    elif mark.withdrawn and not mark.by_run:
        # A person has taken it out; the source does not bring it back.
        batch.unchanged += 1
    elif mark.digest == kept.digest and not mark.withdrawn:
        batch.unchanged += 1
    else:
        revision = mark.revision + 1
        batch.updated.append(row(run.source, item.key, kept, owner, at=now, revision=revision, run_id=run.id))


def _reject(batch: _Batch, run: Run, position: int, key: str, reason: str) -> None:
    """Note why a row is refused, and that the source still has it: what is known under its key is not withdrawn."""
    if key:
        batch.seen.append(
            {"run_id": run.id, "position": position, "dataset_id": identify(run.source, key), "digest": ""}
        )
    batch.rejected.append({"run_id": run.id, "position": position, "key": key, "reason": reason})


def _register(batch: _Batch, item: Record) -> None:
    if item.license is not None:
        batch.licenses[item.license.id] = item.license


def _withdraw(database: Database, run: Run, share: float, clock: Clock) -> Run:
    """After a complete reading: take out what the source no longer has, unless that is suspiciously much."""
    with database.reading() as tx:
        missing, live = tx.runs.count_missing(run), tx.datasets.count(source=run.source)
    if missing > share * live:
        problem = f"{missing} of {live} records are gone from the source; more than {share:.0%} is not withdrawn."
        return replace(run, state=RunState.HELD, problem=problem)
    while missing:
        run = _withdraw_batch(database, run, clock())
        with database.reading() as tx:
            missing = tx.runs.count_missing(run)
    return replace(run, state=RunState.DONE)


def _withdraw_batch(database: Database, run: Run, now: datetime) -> Run:
    with database.transaction() as tx:
        ids = tx.runs.missing(run, BATCH)
        tx.datasets.withdraw(ids, at=now, run_id=run.id)
        tx.outbox.put("index", ids, at=now)
        run = replace(run, withdrawn=run.withdrawn + len(ids), lease_until=now + LEASE)
        if not tx.runs.save(run):
            raise LeaseLostError
    return run


def _release(database: Database, run: Run) -> Run:
    """Let the next worker go on at once."""
    run = replace(run, lease_until=None)
    with database.transaction() as tx:
        tx.runs.save(run)
    return run


def _finish(database: Database, run: Run, clock: Clock) -> Run:
    now = clock()
    run = replace(run, finished_at=now, lease_until=None)
    with database.transaction() as tx:
        if not tx.runs.save(run):
            raise LeaseLostError
        if run.state is not RunState.FAILED:
            tx.runs.forget_sightings_before(run)
        tx.audit.add(
            at=now,
            actor=run.asked_by,
            act=f"run {run.state}",
            target=run.id,
            source=run.source,
            created=run.created,
            updated=run.updated,
            withdrawn=run.withdrawn,
        )
    return run


def _batched(items: Iterable[Record | Rejected], size: int) -> Iterator[list[Record | Rejected]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
