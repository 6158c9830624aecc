"""People and the roles they hold."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from catalog.domain.people import Level, Membership, Role
from catalog.store.registers import add_missing
from catalog.store.tables import memberships, organizations, people


class PeopleStore:
    """Accounts, and memberships in organizations and of the platform."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, person_id: str, *, email: str, name: str, language: str, at: datetime) -> None:
        """A person, unless the address is known: of two who come at once one is kept."""
        row = {"id": person_id, "email": email, "name": name, "language": language, "created_at": at}
        add_missing(self._connection, people, [row])

    def get(self, person_id: str) -> Row[Any] | None:
        return self._connection.execute(select(people).where(people.c.id == person_id)).first()

    def by_email(self, email: str) -> Row[Any] | None:
        return self._connection.execute(select(people).where(people.c.email == email)).first()

    def lock(self, person_id: str) -> Row[Any] | None:
        """A person, whom no other transaction changes or grants to before this one ends."""
        return self._connection.execute(select(people).where(people.c.id == person_id).with_for_update()).first()

    def change(self, person_id: str, **values: Any) -> None:
        """Write columns of a person."""
        self._connection.execute(update(people).where(people.c.id == person_id).values(**values))

    def take_address(self, person_id: str, email: str) -> bool:
        """Give a person an address; False when it is somebody else's."""
        try:
            with self._connection.begin_nested():
                self.change(person_id, email=email)
        except IntegrityError:
            return False
        return True

    def listed(self, *, size: int, after: str = "") -> list[dict[str, Any]]:
        """People by address, a page of them behind an address."""
        c = people.c
        rows = self._connection.execute(select(people).where(c.email > after).order_by(c.email).limit(size))
        return [dict(row._mapping) for row in rows]

    def names(self, ids: Iterable[str]) -> dict[str, str]:
        """Id → name, of at most a batch of ids; people who are not known any more are left out."""
        rows = self._connection.execute(select(people.c.id, people.c.name).where(people.c.id.in_(list(ids))))
        return {row.id: row.name for row in rows}

    def grant(
        self,
        membership_id: str,
        person_id: str,
        held: Membership,
        *,
        by: str,
        at: datetime,
        until: datetime | None = None,
        glass: str = "",
    ) -> None:
        """Give a role; ``until`` a moment, by an emergency access."""
        self._connection.execute(
            insert(memberships),
            [
                {
                    "id": membership_id,
                    "person_id": person_id,
                    "role": held.role,
                    "organization": held.organization or None,
                    "level": held.level,
                    "territory": held.territory,
                    "granted_by": by,
                    "since": at,
                    "ends_at": until,
                    "glass": glass,
                }
            ],
        )

    def end(self, membership_id: str, *, at: datetime) -> bool:
        """Take a role back; whether it was held."""
        c = memberships.c
        done = self._connection.execute(update(memberships).where(c.id == membership_id, _holds(at)).values(ends_at=at))
        return done.rowcount == 1

    def membership(self, membership_id: str, *, at: datetime) -> tuple[str, Membership] | None:
        """Whose a membership is, and what it is; None once it has ended."""
        c = memberships.c
        row = self._connection.execute(
            select(c.person_id, c.role, c.organization, c.level, c.territory, organizations.c.name)
            .join(organizations, organizations.c.id == c.organization, isouter=True)
            .where(c.id == membership_id, _holds(at))
        ).first()
        return (row.person_id, _membership(row)) if row else None

    def granted(self, person_id: str, *, by: str, at: datetime) -> dict[str, Membership]:
        """What somebody granted to a person, by the ids of the memberships."""
        c = memberships.c
        rows = self._connection.execute(
            select(c.id, c.role, c.organization, c.level, c.territory, organizations.c.name)
            .join(organizations, organizations.c.id == c.organization, isouter=True)
            .where(c.person_id == person_id, c.granted_by == by, _holds(at))
        )
        return {row.id: _membership(row) for row in rows}

    def members(self, organization_id: str, *, at: datetime, size: int = 1000) -> list[dict[str, Any]]:
        """Who holds which role at an organization, by name."""
        c = memberships.c
        rows = self._connection.execute(
            select(c.id, c.person_id, people.c.name, people.c.email, c.role, c.since)
            .join(people, people.c.id == c.person_id)
            .where(c.organization == organization_id, _holds(at))
            .order_by(people.c.name, c.person_id, c.role)
            .limit(size)
        )
        return [dict(row._mapping) for row in rows]

    def count_holders(self, organization_id: str, role: Role, *, at: datetime) -> int:
        """How many people hold a role at an organization."""
        c = memberships.c
        return self._connection.execute(
            select(func.count(func.distinct(c.person_id))).where(
                c.organization == organization_id, c.role == role, _holds(at)
            )
        ).scalar_one()

    def copy_members(self, organization_id: str, to: str, *, by: str, at: datetime, fresh: Callable[[], str]) -> None:
        """Who holds a role at one organization holds it at another one too."""
        c = memberships.c
        held = self._connection.execute(
            select(c.person_id, c.role).distinct().where(c.organization == organization_id, _holds(at))
        )
        for row in held.all():
            self.grant(fresh(), row.person_id, Membership(Role(row.role), to), by=by, at=at)

    def holders(self, roles: Iterable[Role], *, at: datetime, organization: str | None = None) -> list[str]:
        """Ids of who holds one of the roles, of the platform or at an organization, and can act."""
        c = memberships.c
        found = (
            select(c.person_id)
            .distinct()
            .join(people, people.c.id == c.person_id)
            .where(c.role.in_(list(roles)), c.organization == organization, _holds(at), people.c.blocked_at.is_(None))
            .order_by(c.person_id)
        )
        return list(self._connection.execute(found).scalars())

    def held(self, person_id: str, *, at: datetime) -> tuple[Membership, ...]:
        """The roles of a person, at a moment."""
        c = memberships.c
        rows = self._connection.execute(
            select(c.role, c.organization, c.level, c.territory, organizations.c.name, c.glass)
            .join(organizations, organizations.c.id == c.organization, isouter=True)
            .where(c.person_id == person_id, _holds(at))
            .order_by(c.since, c.id)
        )
        return tuple(_membership(row) for row in rows)


def _holds(at: datetime) -> Any:
    return or_(memberships.c.ends_at.is_(None), memberships.c.ends_at > at)


def _membership(row: Any) -> Membership:
    level = Level(row.level) if row.level else None
    return Membership(
        Role(row.role), row.organization or "", level, row.territory, row.name or "", getattr(row, "glass", "")
    )
