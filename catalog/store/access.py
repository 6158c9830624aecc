"""Access requests as histories of events, and the grants that follow from them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from catalog.domain.access import EVENTS, Event, State
from catalog.domain.errors import ConflictError
from catalog.store.tables import access_events, access_requests, grants, tokens


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, when it happened and who caused it."""

    version: int
    at: datetime
    actor: str
    event: Event


@dataclass(frozen=True, slots=True)
class RequestRow:
    """What lists of requests need to know."""

    id: str
    product_id: str
    applicant: str
    publisher: str
    #: the person or key that asked
    submitter: str
    state: str
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """What was granted, and what of it is used."""

    id: str
    product_id: str
    organization: str
    calls: int
    used: int
    starts_at: datetime
    ends_at: datetime
    revoked_at: datetime | None


_REQUEST = [access_requests.c[name] for name in RequestRow.__dataclass_fields__]
_LATEST = select(*_REQUEST).order_by(access_requests.c.updated_at.desc(), access_requests.c.id)


def _happened(row: Row[Any]) -> Happened:
    return Happened(row.version, row.at, row.actor, EVENTS[row.type](**row.body))


class AccessStore:
    """Questions about requests and grants, and their writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, request_id: str) -> RequestRow | None:
        row = self._connection.execute(select(*_REQUEST).where(access_requests.c.id == request_id)).first()
        return RequestRow(*row) if row else None

    def history(self, request_id: str) -> list[Happened]:
        c = access_events.c
        rows = self._connection.execute(
            select(access_events).where(c.request_id == request_id).order_by(c.version).limit(10_000)
        )
        return [_happened(row) for row in rows]

    def open(self, row: RequestRow) -> None:
        self._connection.execute(insert(access_requests), [asdict(row)])

    def append(
        self, request_id: str, version: int, events: Iterable[Event], *, at: datetime, actor: str, state: str
    ) -> None:
        """Events behind ``version``; ConflictError when somebody else appended first."""
        rows = [
            {
                "request_id": request_id,
                "version": number,
                "at": at,
                "actor": actor,
                "type": type(event).__name__,
                "body": asdict(event),
            }
            for number, event in enumerate(events, version + 1)
        ]
        try:
            self._connection.execute(insert(access_events), rows)
        except IntegrityError as error:
            raise ConflictError from error
        c = access_requests.c
        self._connection.execute(
            update(access_requests)
            .where(c.id == request_id)
            .values(state=state, version=version + len(rows), updated_at=at)
        )

    def listed(self, size: int = 200) -> list[RequestRow]:
        """Requests of everybody, latest first."""
        rows = self._connection.execute(_LATEST.limit(size))
        return [RequestRow(*row) for row in rows]

    def listed_for(self, *, applicants: Sequence[str], publishers: Sequence[str], size: int = 200) -> list[RequestRow]:
        """Requests of some organizations, or to some, latest first."""
        c = access_requests.c
        rows = self._connection.execute(
            _LATEST.where(or_(c.applicant.in_(applicants), c.publisher.in_(publishers))).limit(size)
        )
        return [RequestRow(*row) for row in rows]

    def grant(self, grant: Grant) -> None:
        self._connection.execute(insert(grants), [asdict(grant)])

    def granted(self, request_id: str) -> Grant | None:
        row = self._connection.execute(select(grants).where(grants.c.id == request_id)).first()
        return Grant(*row) if row else None

    def revoke(self, request_id: str, *, at: datetime) -> None:
        self._connection.execute(update(grants).where(grants.c.id == request_id).values(revoked_at=at))

    def add_token(self, token_id: str, grant_id: str, *, prefix: str, digest: str, at: datetime) -> None:
        self._connection.execute(
            insert(tokens),
            [{"id": token_id, "grant_id": grant_id, "prefix": prefix, "digest": digest, "created_at": at}],
        )

    def drop_tokens(self, grant_id: str) -> None:
        self._connection.execute(tokens.delete().where(tokens.c.grant_id == grant_id))

    def grant_of_token(self, digest: str) -> Grant | None:
        row = self._connection.execute(
            select(grants).join(tokens, tokens.c.grant_id == grants.c.id).where(tokens.c.digest == digest)
        ).first()
        return Grant(*row) if row else None

    def forget(self, *, before: datetime, now: datetime, size: int) -> int:
        """Take out requests that ended, and last changed before a moment, with all that hangs on them; how many."""
        c = access_requests.c
        old = select(c.id).where(c.updated_at < before, c.id.not_in(open_requests(now))).limit(size)
        ids = list(self._connection.execute(old).scalars())
        if ids:
            for column in (tokens.c.grant_id, grants.c.id, access_events.c.request_id, c.id):
                self._connection.execute(delete(column.table).where(column.in_(ids)))
        return len(ids)


def open_requests(now: datetime) -> Select[tuple[str]]:
    """Ids of the requests that wait for somebody, or whose grant still runs."""
    c = access_requests.c
    running = and_(c.state == State.GRANTED, grants.c.ends_at > now)
    return (
        select(c.id)
        .join(grants, grants.c.id == c.id, isouter=True)
        .where(or_(c.state.in_([State.NEW, State.SUBMITTED, State.RETURNED]), running))
    )
