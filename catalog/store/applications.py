"""Applications for companies, as histories of events."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, false, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from catalog.domain.applications import EVENTS, ApplicationState, Event
from catalog.domain.errors import ConflictError
from catalog.domain.people import Membership
from catalog.store.tables import application_events, applications


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """What lists of applications need to know."""

    id: str
    person_id: str
    name: str
    uscc: str
    territory: str
    level: str
    state: str
    version: int
    due_at: datetime
    updated_at: datetime
    organization: str | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, when it happened and who caused it."""

    at: datetime
    actor: str
    event: Event


_COLUMNS = [applications.c[name] for name in ApplicationRow.__dataclass_fields__]


class ApplicationStore:
    """Questions about applications, and their writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, application_id: str) -> ApplicationRow | None:
        row = self._connection.execute(select(*_COLUMNS).where(applications.c.id == application_id)).first()
        return ApplicationRow(*row) if row else None

    def history(self, application_id: str) -> list[Happened]:
        c = application_events.c
        rows = self._connection.execute(
            select(application_events).where(c.application_id == application_id).order_by(c.version).limit(1000)
        )
        return [Happened(row.at, row.actor, EVENTS[row.type](**row.body)) for row in rows]

    def open(self, row: ApplicationRow) -> None:
        self._connection.execute(insert(applications), [asdict(row)])

    def append(self, row: ApplicationRow, event: Event, *, at: datetime, actor: str) -> None:
        """An event, and the application as it is behind it; ConflictError when somebody else appended first."""
        body = {
            "application_id": row.id,
            "version": row.version,
            "at": at,
            "actor": actor,
            "type": type(event).__name__,
            "body": asdict(event),
        }
        try:
            self._connection.execute(insert(application_events), [body])
        except IntegrityError as error:
            raise ConflictError from error
        self._connection.execute(update(applications).where(applications.c.id == row.id).values(asdict(row)))

    def of_person(self, person_id: str, size: int = 200) -> list[ApplicationRow]:
        """The latest first."""
        c = applications.c
        rows = self._connection.execute(
            select(*_COLUMNS).where(c.person_id == person_id).order_by(c.updated_at.desc(), c.id).limit(size)
        )
        return [ApplicationRow(*row) for row in rows]

    def has_waiting(self, uscc: str) -> bool:
        """Whether a company is applied for already."""
        c = applications.c
        waits = c.state.in_([ApplicationState.SUBMITTED, ApplicationState.RETURNED])
        return self._connection.execute(select(c.id).where(c.uscc == uscc, waits)).first() is not None

    def queue(self, held: Iterable[Membership], size: int = 200) -> list[ApplicationRow]:
        """What waits for registrars of these levels and territories, the one that is due first at the top."""
        c = applications.c
        rows = self._connection.execute(
            select(*_COLUMNS)
            .where(c.state == ApplicationState.SUBMITTED, or_(false(), *map(_within, held)))
            .order_by(c.due_at, c.id)
            .limit(size)
        )
        return [ApplicationRow(*row) for row in rows]


def _within(held: Membership) -> ColumnElement[bool]:
    territory = held.territory
    while territory.endswith("00"):
        territory = territory[:-2]
    place = applications.c.territory.startswith(territory, autoescape=True) if territory else false()
    return and_(applications.c.level == held.level, place)
