"""Who did what, in the same transaction as the act."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from catalog.store.tables import audit


class AuditStore:
    """An append-only list."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, *, at: datetime, actor: str, act: str, target: str, **detail: Any) -> None:
        self._connection.execute(
            insert(audit), [{"at": at, "actor": actor, "act": act, "target": target, "detail": detail}]
        )

    def about(self, target: str, *, size: int = 100) -> list[dict[str, Any]]:
        """The latest acts upon a target, newest first."""
        rows = self._connection.execute(
            select(audit).where(audit.c.target == target).order_by(audit.c.id.desc()).limit(size)
        )
        return [dict(row._mapping) for row in rows]
