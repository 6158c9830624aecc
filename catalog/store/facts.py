"""Verified facts and the register of their kinds."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from catalog.domain.facts import Fact, FactKind
from catalog.store.registers import add_missing
from catalog.store.tables import fact_kinds, facts

_c = facts.c
_FIELDS = [_c[name] for name in Fact.__dataclass_fields__]


class FactStore:
    """What is only added to, and ended."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def kinds(self) -> list[FactKind]:
        rows = self._connection.execute(select(fact_kinds.c.body).order_by(fact_kinds.c.id))
        return [FactKind.model_validate(row.body) for row in rows]

    def kind(self, kind_id: str) -> FactKind | None:
        row = self._connection.execute(select(fact_kinds.c.body).where(fact_kinds.c.id == kind_id)).first()
        return FactKind.model_validate(row.body) if row else None

    def add_missing_kinds(self, kinds: Iterable[FactKind]) -> None:
        add_missing(self._connection, fact_kinds, [_kind(kind) for kind in kinds])

    def put_kind(self, kind: FactKind) -> None:
        """Add a kind, or describe it anew."""
        row = _kind(kind)
        c = fact_kinds.c
        changed = self._connection.execute(update(fact_kinds).where(c.id == kind.id).values(body=row["body"]))
        if not changed.rowcount:
            self._connection.execute(insert(fact_kinds), [row])

    def add(self, fact: Fact) -> None:
        row = {name: getattr(fact, name) for name in Fact.__dataclass_fields__}
        self._connection.execute(insert(facts), [row])

    def get(self, fact_id: str) -> Fact | None:
        row = self._connection.execute(select(*_FIELDS).where(_c.id == fact_id)).first()
        return Fact(*row) if row else None

    def of(self, subject: str, *, size: int = 1000) -> list[Fact]:
        """All that was ever known of somebody, the latest first."""
        rows = self._connection.execute(
            select(*_FIELDS).where(_c.subject == subject).order_by(_c.issued_at.desc(), _c.id).limit(size)
        )
        return [Fact(*row) for row in rows]

    def holding(self, subject: str, kind: str, at: datetime) -> Fact | None:
        """The fact of a kind that holds at a moment; of several the one that was issued last."""
        row = self._connection.execute(
            select(*_FIELDS)
            .where(
                _c.subject == subject,
                _c.kind == kind,
                _c.valid_from <= at,
                or_(_c.valid_until.is_(None), _c.valid_until > at),
                or_(_c.revoked_at.is_(None), _c.revoked_at > at),
            )
            .order_by(_c.issued_at.desc(), _c.id)
            .limit(1)
        ).first()
        return Fact(*row) if row else None

    def revoke(self, fact_id: str, *, by: str, reason: str, at: datetime) -> bool:
        """End a fact; whether it had not ended before."""
        done = self._connection.execute(
            update(facts)
            .where(_c.id == fact_id, _c.revoked_at.is_(None), or_(_c.valid_until.is_(None), _c.valid_until > at))
            .values(revoked_at=at, revoked_by=by, reason=reason, told=True)
        )
        return done.rowcount == 1

    def lapsed(self, *, now: datetime, size: int) -> list[str]:
        """Ids of facts whose day has come and that nobody was told of."""
        untold = (_c.told.is_(False), _c.valid_until <= now)
        return list(
            self._connection.execute(select(_c.id).where(*untold).order_by(_c.valid_until).limit(size)).scalars()
        )

    def note_told(self, ids: Iterable[str]) -> None:
        self._connection.execute(update(facts).where(_c.id.in_(list(ids))).values(told=True))


def _kind(kind: FactKind) -> dict[str, Any]:
    return {"id": kind.id, "body": kind.model_dump(mode="json")}
