"""Invitations that wait to be taken."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from catalog.domain.members import Invitation
from catalog.domain.people import Role
from catalog.store.tables import invitations

_COLUMNS = [invitations.c[name] for name in Invitation.__dataclass_fields__]


class InvitationStore:
    """Each is there until it is taken, called back or over."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, invitation: Invitation) -> None:
        self._connection.execute(insert(invitations), [asdict(invitation)])

    def get(self, invitation_id: str) -> Invitation | None:
        return self._one(invitations.c.id == invitation_id)

    def by_digest(self, digest: str) -> Invitation | None:
        return self._one(invitations.c.digest == digest)

    def waiting(self, organization_id: str, *, now: datetime, size: int = 1000) -> list[Invitation]:
        """Those that can still be taken, the latest first."""
        c = invitations.c
        rows = self._connection.execute(
            select(*_COLUMNS)
            .where(c.organization == organization_id, c.ends_at > now)
            .order_by(c.created_at.desc(), c.id)
            .limit(size)
        )
        return [_invitation(*row) for row in rows]

    def offer(self, invitation_id: str, digest: str) -> None:
        """Under which link it can be taken."""
        c = invitations.c
        self._connection.execute(update(invitations).where(c.id == invitation_id).values(digest=digest))

    def remove(self, invitation_id: str) -> bool:
        """Whether it was there: of two who take it at once, one is told that it was not."""
        done = self._connection.execute(delete(invitations).where(invitations.c.id == invitation_id))
        return done.rowcount == 1

    def forget(self, *, now: datetime) -> None:
        """Those that are over."""
        self._connection.execute(delete(invitations).where(invitations.c.ends_at <= now))

    def _one(self, where: ColumnElement[bool]) -> Invitation | None:
        row = self._connection.execute(select(*_COLUMNS).where(where)).first()
        return _invitation(*row) if row else None


def _invitation(id_: str, organization: str, email: str, role: str, *rest: object) -> Invitation:
    return Invitation(id_, organization, email, Role(role), *rest)  # type: ignore[arg-type]  # the columns are the fields
