"""What is known of a person, table by table: what an erasure deletes, and what it has to leave."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, or_, select, update

from catalog.store.tables import (
    access_requests,
    audit,
    audit_texts,
    emergencies,
    facts,
    memberships,
    metadata,
    outbox,
    people,
    subscriptions,
)

#: Kept with the id of the person alone: what was held, what was done with it.
KEPT = (memberships, emergencies)


def owned() -> list[Table]:
    """Tables whose rows are a person's own, such as passwords: all that refer to people and are not kept."""
    return [
        table
        for table in reversed(metadata.sorted_tables)
        if table not in KEPT and "person_id" in table.c and table.c.person_id.references(people.c.id)
    ]


class ErasureStore:
    """Counts before, and the deed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def counts(self, person_id: str, email: str) -> dict[str, int]:
        """How much there is: what goes, and what stays."""
        mine = {str(table.name): self._count(table, table.c.person_id == person_id) for table in owned()}
        return mine | {
            "subscriptions": self._count(subscriptions, subscriptions.c.address == email),
            "texts": self._count(audit_texts, audit_texts.c.person == person_id, audit_texts.c.erased_at.is_(None)),
            "requests": self._count(access_requests, access_requests.c.submitter == person_id),
            "facts": self._count(facts, facts.c.subject == person_id),
            "entries": self._count(audit, audit.c.actor_id == person_id),
        }

    def _count(self, table: Table, *where: Any) -> int:
        return self._connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()

    def erase(self, person_id: str, email: str, *, at: datetime) -> None:
        """Delete what is a person's own; of the account only the id is left."""
        for table in owned():
            self._connection.execute(delete(table).where(table.c.person_id == person_id))
        gone = select(subscriptions.c.id).where(subscriptions.c.address == email)
        letters = or_(outbox.c.target == person_id, outbox.c.target.in_(gone))
        self._connection.execute(delete(outbox).where(letters))
        self._connection.execute(delete(subscriptions).where(subscriptions.c.address == email))
        m = memberships.c
        held = or_(m.ends_at.is_(None), m.ends_at > at)
        self._connection.execute(update(memberships).where(m.person_id == person_id, held).values(ends_at=at))
        self._connection.execute(
            update(people)
            .where(people.c.id == person_id)
            .values(email=f"erased:{person_id}", name="", confirmed_at=None, blocked_at=at, erased_at=at)
        )
