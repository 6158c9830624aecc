"""What must happen after the commit, until it has."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from catalog.store.tables import outbox

_BATCH = 1000


class OutboxStore:
    """A queue of things to do about a target, oldest first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, topic: str, targets: Iterable[str], *, at: datetime) -> None:
        rows = [{"topic": topic, "target": target, "created_at": at} for target in targets]
        if rows:
            self._connection.execute(insert(outbox), rows)

    def due(self, topic: str, size: int) -> list[tuple[int, str]]:
        """The oldest rows: their ids and targets."""
        rows = self._connection.execute(
            select(outbox.c.id, outbox.c.target).where(outbox.c.topic == topic).order_by(outbox.c.id).limit(size)
        )
        return [(row.id, row.target) for row in rows]

    def done(self, ids: Iterable[int]) -> None:
        self._connection.execute(delete(outbox).where(outbox.c.id.in_(list(ids))))

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
