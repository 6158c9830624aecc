"""Emergency access, and what auditors say to it."""

from datetime import datetime

from sqlalchemy import Connection, Select, insert, select, update

from catalog.domain.glass import Emergency
from catalog.store.tables import emergencies

_c = emergencies.c
_FIELDS = [_c[name] for name in Emergency.__dataclass_fields__]


class EmergencyStore:
    """The times that the glass was broken."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, emergency: Emergency) -> None:
        row = {name: getattr(emergency, name) for name in Emergency.__dataclass_fields__}
        self._connection.execute(insert(emergencies), [row])

    def get(self, emergency_id: str) -> Emergency | None:
        row = self._connection.execute(select(*_FIELDS).where(_c.id == emergency_id)).first()
        return Emergency(*row) if row else None

    def listed(self, *, size: int, person: str = "") -> list[Emergency]:
        """Latest first; of one person where that is said."""
        found = select(*_FIELDS).order_by(_c.since.desc(), _c.id).limit(size)
        rows = self._connection.execute(found.where(_c.person_id == person) if person else found)
        return [Emergency(*row) for row in rows]

    def running(self, person: str, *, at: datetime) -> bool:
        """Whether somebody has emergency access at a moment."""
        return bool(self._connection.execute(select(_c.id).where(_c.person_id == person, _c.ends_at > at)).first())

    def end(self, emergency_id: str, *, at: datetime) -> None:
        self._connection.execute(update(emergencies).where(_c.id == emergency_id, _c.ends_at > at).values(ends_at=at))

    def review(self, emergency_id: str, *, by: str, words: str, at: datetime) -> bool:
        """Close it; whether it was open."""
        done = self._connection.execute(
            update(emergencies)
            .where(_c.id == emergency_id, _c.reviewed_at.is_(None))
            .values(reviewed_at=at, reviewed_by=by, review=words)
        )
        return done.rowcount == 1


def unreviewed() -> Select[tuple[str]]:
    """Ids of those that no auditor has closed."""
    return select(_c.id).where(_c.reviewed_at.is_(None))
