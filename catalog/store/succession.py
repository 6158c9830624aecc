"""What passes from one organization to another, and what is still open at one."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from catalog.domain.access import State
from catalog.store.tables import (
    access_requests,
    applications,
    datasets,
    grants,
    invitations,
    keys,
    memberships,
    organizations,
)


class SuccessionStore:
    """Everything that names an organization by its id."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def pass_on(self, former: str, heir: str, *, at: datetime) -> None:
        """Records, members, keys, requests and grants of one organization are another's from now on."""
        for column in (
            datasets.c.owner,
            keys.c.organization,
            access_requests.c.applicant,
            access_requests.c.publisher,
            grants.c.organization,
            invitations.c.organization,
            applications.c.organization,
        ):
            self._connection.execute(update(column.table).where(column == former).values({column.name: heir}))
        self._end_doubles(former, heir, at=at)
        held = memberships.c
        self._connection.execute(
            update(memberships).where(held.organization == former, _lasts(at)).values(organization=heir)
        )

    def _end_doubles(self, former: str, heir: str, *, at: datetime) -> None:
        """Who had a role at both has it once."""
        held, there = memberships.c, memberships.alias()
        same = and_(there.c.person_id == held.person_id, there.c.role == held.role, there.c.organization == heir)
        lasts = or_(there.c.ends_at.is_(None), there.c.ends_at > at)
        self._connection.execute(
            update(memberships)
            .where(held.organization == former, _lasts(at), select(there.c.id).where(same, lasts).exists())
            .values(ends_at=at)
        )

    def assign(self, dataset_ids: Iterable[str], heir: str) -> None:
        """Give a batch of records to an organization, with the requests for them."""
        ids = list(dataset_ids)
        self._connection.execute(update(datasets).where(datasets.c.id.in_(ids)).values(owner=heir))
        self._connection.execute(
            update(access_requests).where(access_requests.c.product_id.in_(ids)).values(publisher=heir)
        )

    def dissolve(self, organization_id: str, *, at: datetime) -> None:
        """End its keys, memberships and invitations."""
        self._connection.execute(delete(invitations).where(invitations.c.organization == organization_id))
        self._connection.execute(
            update(keys)
            .where(keys.c.organization == organization_id, keys.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )
        self._connection.execute(
            update(memberships).where(memberships.c.organization == organization_id, _lasts(at)).values(ends_at=at)
        )

    def open_at(self, organization_id: str, *, at: datetime) -> dict[str, int]:
        """What an organization still answers for, counted; nothing that is zero."""
        d, o, r, g = datasets.c, organizations.c, access_requests.c, grants.c
        waits = r.state.in_([State.SUBMITTED, State.RETURNED])
        party = or_(r.applicant == organization_id, r.publisher == organization_id)
        counted = {
            "records": select(func.count()).where(d.owner == organization_id, d.withdrawn_at.is_(None)),
            "organizations": select(func.count()).where(o.parent == organization_id, o.ended_at.is_(None)),
            "requests": select(func.count()).where(party, waits),
            "grants": select(func.count()).where(
                g.organization == organization_id, g.revoked_at.is_(None), g.ends_at > at
            ),
        }
        found = {name: self._connection.execute(statement).scalar_one() for name, statement in counted.items()}
        return {name: count for name, count in found.items() if count}

    def holdings(self, organization_id: str, *, at: datetime) -> dict[str, int]:
        """What passes on when it is merged, counted."""
        d, k, m, r, g = datasets.c, keys.c, memberships.c, access_requests.c, grants.c
        counted = {
            "records": select(func.count()).where(d.owner == organization_id),
            "members": select(func.count(func.distinct(m.person_id))).where(
                m.organization == organization_id, _lasts(at)
            ),
            "keys": select(func.count()).where(k.organization == organization_id, k.revoked_at.is_(None)),
            "requests": select(func.count()).where(or_(r.applicant == organization_id, r.publisher == organization_id)),
            "grants": select(func.count()).where(g.organization == organization_id),
        }
        return {name: self._connection.execute(statement).scalar_one() for name, statement in counted.items()}


def _lasts(at: datetime) -> ColumnElement[bool]:
    return or_(memberships.c.ends_at.is_(None), memberships.c.ends_at > at)
