"""Who did what, in the same transaction as the act. The database itself refuses to change an entry."""

from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, not_, or_, select, tuple_, update

from catalog.domain import audit as domain
from catalog.domain.audit import Act, AuditRecord, Origin, Sought, Text
from catalog.domain.people import Actor
from catalog.store.access import open_requests
from catalog.store.glass import unreviewed
from catalog.store.tables import audit, audit_gate, audit_texts, organization_lines

#: Where what is done now comes from; each request and each command has its own.
ORIGIN: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 the default is never filled in
#: What is personal in every detail, whoever writes it.
_PERSONAL = frozenset({"email", "phone", "address", "contact"})
_BATCH = 1000
#: Organizations that a search names one by one.
_NAMED = 200
_FIELDS = [audit.c[name] for name in AuditRecord.__dataclass_fields__]
_TEXTS = [audit_texts.c[name] for name in Text.__dataclass_fields__]

#: The moment and the id of the last entry that was read.
Place = tuple[datetime, int]


class AuditStore:
    """An append-only list, and the personal texts beside it, which can be forgotten."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        *,
        at: datetime,
        actor: Actor | str,
        act: Act | str,
        target: str,
        organization: str = "",
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        personal: Mapping[str, str] | None = None,
        person: str = "",
        **detail: Any,
    ) -> None:
        """One entry. ``organization`` is the id of the one it concerns: that of the actor where it is not said.

        ``personal`` is kept apart and can be erased; ``person`` is the id of whom it is about.
        """
        origin = ORIGIN.get()
        who = actor if isinstance(actor, Actor) else _known(origin, actor)
        told = _Told(detail, domain.changed(before or {}, after or {}), personal or {})
        organization = organization or _own(who)
        row = {
            "at": at,
            **(_shown(who, organization) if who else _unknown(str(actor), person or target)),
            "act": Act(act),
            "target": target,
            "organization": organization,
            "address": origin.address,
            "request": origin.request,
            "detail": told.detail,
            "changes": told.changes,
            "digests": told.digests or None,
            "glass": who.glass if who else "",
        }
        added = self._connection.execute(insert(audit).returning(audit.c.id), [row]).scalar_one()
        if told.texts:
            rows = [{"audit_id": added, "person": person, **text} for text in told.texts]
            self._connection.execute(insert(audit_texts), rows)

    def get(self, audit_id: int) -> AuditRecord | None:
        row = self._connection.execute(select(*_FIELDS).where(audit.c.id == audit_id)).first()
        return _record(row) if row else None

    def about(self, target: str, *, size: int = 100) -> list[dict[str, Any]]:
        """The latest acts upon a target, newest first."""
        rows = self._connection.execute(
            select(audit).where(audit.c.target == target).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(size)
        )
        return [dict(row._mapping) for row in rows]

    def page(self, sought: Sought, *, after: Place | None = None, size: int) -> list[AuditRecord]:
        """Entries, latest first, behind a place."""
        c = audit.c
        found = self._fitting(sought).order_by(c.at.desc(), c.id.desc()).limit(size)
        if after is not None:
            found = found.where(tuple_(c.at, c.id) < tuple_(*after))
        return [_record(row) for row in self._connection.execute(found)]

    def _fitting(self, sought: Sought) -> Select[Any]:
        found = _fitting(sought)
        return found if sought.beneath is None else found.where(self._beneath(sought.beneath))

    def _beneath(self, above: tuple[str, ...]) -> ColumnElement[bool]:
        """Of organizations beneath others: few are named, since a database that knows them chooses the better way."""
        line = organization_lines.c
        below = select(line.organization).distinct().where(line.above.in_(above))
        ids = list(self._connection.execute(below.limit(_NAMED + 1)).scalars())
        return audit.c.organization.in_(ids if len(ids) <= _NAMED else below)

    def with_texts(self) -> Iterator[tuple[AuditRecord, dict[str, Text]]]:
        """Every entry that names personal data, with what is kept of it; oldest first."""
        last = 0
        while entries := self._with_digests(after=last):
            texts = self.texts(entry.id for entry in entries)
            yield from ((entry, texts.get(entry.id, {})) for entry in entries)
            last = entries[-1].id

    def _with_digests(self, *, after: int) -> list[AuditRecord]:
        c = audit.c
        named = select(*_FIELDS).where(c.id > after, c.digests.is_not(None)).order_by(c.id).limit(_BATCH)
        return [_record(row) for row in self._connection.execute(named)]

    def texts(self, ids: Iterable[int]) -> dict[int, dict[str, Text]]:
        """The personal texts of at most a batch of entries: id → name → text."""
        found: dict[int, dict[str, Text]] = {}
        rows = self._connection.execute(select(*_TEXTS).where(audit_texts.c.audit_id.in_(list(ids))))
        for row in rows:
            found.setdefault(row.audit_id, {})[row.name] = Text(*row)
        return found

    def texts_of(self, person: str) -> int:
        """How many personal texts are kept of somebody."""
        c = audit_texts.c
        rows = self._connection.execute(select(c.audit_id).where(c.person == person, c.erased_at.is_(None)))
        return len(rows.all())

    def erase(self, person: str, *, at: datetime) -> int:
        """Forget the texts of somebody and their salts; what is left is that there were some."""
        c = audit_texts.c
        forgotten = self._connection.execute(
            update(audit_texts)
            .where(c.person == person, c.erased_at.is_(None))
            .values(salt=None, text=None, erased_at=at)
        )
        return forgotten.rowcount

    def forget(self, *, before: datetime, now: datetime, size: int) -> int:
        """Take out entries that are older, except those about cases that are still open; how many.

        The gate is open for this transaction only, and for these entries only.
        """
        c = audit.c
        stays = or_(c.target.in_(open_requests(now)), c.target.in_(unreviewed()), c.glass.in_(unreviewed()))
        old = select(c.id).where(c.at < before, not_(stays)).order_by(c.at, c.id).limit(size)
        ids = list(self._connection.execute(old).scalars())
        if ids:
            self._connection.execute(insert(audit_gate), [{"before": before}])
            self._connection.execute(delete(audit_texts).where(audit_texts.c.audit_id.in_(ids)))
            self._connection.execute(delete(audit).where(c.id.in_(ids)))
            self._connection.execute(delete(audit_gate))
        return len(ids)


class _Told:
    """What an entry says: openly, and by digests alone."""

    def __init__(
        self, detail: Mapping[str, Any], changes: Mapping[str, dict[str, Any]], personal: Mapping[str, str]
    ) -> None:
        apart = {**{name: detail[name] for name in detail if name in _PERSONAL}, **personal}
        for name in (name for name in changes if name in _PERSONAL):
            apart |= {f"{name} {when}": value for when, value in changes[name].items()}
        salted = {name: (str(text), domain.salt()) for name, text in apart.items() if text}
        self.detail = {name: value for name, value in detail.items() if name not in _PERSONAL}
        self.changes = {name: value for name, value in changes.items() if name not in _PERSONAL}
        self.digests = {name: domain.digest(text, salt) for name, (text, salt) in salted.items()}
        self.texts = [{"name": name, "text": text, "salt": salt} for name, (text, salt) in salted.items()]


def act_as(actor: Actor) -> Actor:
    """From now on it is known who acts in this request."""
    # The origin that all share who have none is left alone.
    if (origin := ORIGIN.get()).address:
        origin.actor = actor
    return actor


def _known(origin: Origin, name: str) -> Actor | None:
    return origin.actor if origin.actor is not None and origin.actor.name == name else None


def _own(who: Actor | None) -> str:
    return next((held.organization for held in who.memberships if held.organization), "") if who else ""


def _shown(who: Actor, organization: str) -> dict[str, str]:
    """Whom an entry names: of people only what they act as, for their names can be looked up, and forgotten."""
    if not who.person:
        return {"actor": who.name, "actor_id": who.id}
    held = sorted(who.memberships, key=lambda one: one.organization != organization)
    return {"actor": f"{held[0].role}:{held[0].name}" if held else "person", "actor_id": who.person}


def _unknown(name: str, person: str) -> dict[str, str]:
    """Somebody by a name alone; whoever writes it, that of a person who does something of his own is left out."""
    if name.startswith("person:"):
        return {"actor": "person", "actor_id": person}
    return {"actor": name, "actor_id": name}


def _fitting(sought: Sought) -> Select[Any]:
    c, found = audit.c, select(*_FIELDS)
    if sought.actors:
        found = found.where(c.actor_id.in_(sought.actors))
    if sought.act is not None:
        found = found.where(c.act == sought.act)
    if sought.target:
        found = found.where(c.target == sought.target)
    if sought.glass:
        found = found.where(c.glass == sought.glass)
    if sought.organizations is not None:
        found = found.where(c.organization.in_(sought.organizations))
    if sought.since is not None:
        found = found.where(c.at >= sought.since)
    if sought.until is not None:
        found = found.where(c.at < sought.until)
    return found


def _record(row: Any) -> AuditRecord:
    found = dict(row._mapping)
    return AuditRecord(**{**found, "digests": found["digests"] or {}})
