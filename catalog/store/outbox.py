"""What must happen after the commit, until it has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, literal, or_, select, update

from catalog.store.tables import datasets, organization_lines, outbox

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Letter:
    """A row that says what is to be done, and may have been tried before."""

    id: int
    topic: str
    target: str
    body: Mapping[str, Any]
    tries: int
    created_at: datetime


class OutboxStore:
    """A queue of things to do about a target, oldest first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, topic: str, targets: Iterable[str], *, at: datetime) -> None:
        rows = [{"topic": topic, "target": target, "created_at": at} for target in targets]
        if rows:
            self._connection.execute(insert(outbox), rows)

    def index_owned(self, organization_id: str, *, at: datetime) -> None:
        """Give the index every record of an organization; they never come into memory."""
        self._index(select(datasets.c.id).where(datasets.c.owner == organization_id), at)

    def index_beneath(self, organization_id: str, *, at: datetime) -> None:
        """The same with the records of all organizations beneath it."""
        c = organization_lines.c
        owners = select(c.organization).where(c.above == organization_id)
        self._index(select(datasets.c.id).where(datasets.c.owner.in_(owners)), at)

    def _index(self, records: "Select[tuple[str]]", at: datetime) -> None:
        rows = records.add_columns(literal("index"), literal(at, outbox.c.created_at.type)).order_by(datasets.c.id)
        self._connection.execute(insert(outbox).from_select(["target", "topic", "created_at"], rows))

    def post(self, topic: str, target: str, body: Mapping[str, Any], *, at: datetime) -> None:
        """A letter to be sent."""
        row = {"topic": topic, "target": target, "body": dict(body), "created_at": at}
        self._connection.execute(insert(outbox), [row])

    def due(self, topic: str, size: int) -> list[tuple[int, str]]:
        """The oldest rows: their ids and targets."""
        rows = self._connection.execute(
            select(outbox.c.id, outbox.c.target).where(outbox.c.topic == topic).order_by(outbox.c.id).limit(size)
        )
        return [(row.id, row.target) for row in rows]

    def letters(self, topic: str, *, now: datetime, size: int) -> list[Letter]:
        """Letters whose time has come; those that were put off do not hold up the others."""
        c = outbox.c
        rows = self._connection.execute(
            select(c.id, c.topic, c.target, c.body, c.tries, c.created_at)
            .where(c.topic == topic, or_(c.due_at.is_(None), c.due_at <= now))
            .order_by(c.tries, c.id)
            .limit(size)
        )
        return [Letter(*row) for row in rows]

    def put_off(self, letter: Letter, *, until: datetime) -> None:
        self._connection.execute(
            update(outbox).where(outbox.c.id == letter.id).values(tries=letter.tries + 1, due_at=until)
        )

    def done(self, ids: Iterable[int]) -> None:
        self._connection.execute(delete(outbox).where(outbox.c.id.in_(list(ids))))

    def waiting_by_target(self, topics: Iterable[str]) -> dict[str, int]:
        """How many rows wait for each target."""
        rows = self._connection.execute(
            select(outbox.c.target, func.count().label("rows"))
            .where(outbox.c.topic.in_(list(topics)))
            .group_by(outbox.c.target)
            .limit(10_000)
        )
        return {row.target: row.rows for row in rows}

    def pending(self, topic: str, targets: Iterable[str]) -> set[str]:
        """Those of some targets about which something is still to be done."""
        asked, found = list(targets), set[str]()
        for start in range(0, len(asked), _BATCH):
            batch = asked[start : start + _BATCH]
            rows = self._connection.execute(
                select(outbox.c.target).where(outbox.c.topic == topic, outbox.c.target.in_(batch))
            )
            found.update(row.target for row in rows)
        return found

    def waiting(self, topic: str) -> int:
        return self._connection.execute(
            select(func.count()).select_from(outbox).where(outbox.c.topic == topic)
        ).scalar_one()
