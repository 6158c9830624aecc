"""The audit as auditors read it: searched, page by page, exported, checked; administrators see that of their own."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from catalog.domain.audit import Act, AuditRecord, Sought, State, state
from catalog.domain.errors import InvalidError, NotFoundError
from catalog.domain.people import Actor, Scope
from catalog.domain.policy import Action, may, roles_for
from catalog.services.permission import require
from catalog.store.audit import Place
from catalog.store.database import Database, Transaction

_BATCH = 1000
_LARGEST = 2**63 - 1
#: Entries that did not stand the check and are named.
_NAMED = 100


def sought(
    tx: Transaction,
    *,
    actor: str = "",
    act: str = "",
    target: str = "",
    organization: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    glass: str = "",
) -> Sought:
    """What is looked for: ``actor`` is an id or an e-mail address, ``organization`` an id or a name it has or had."""
    found = tx.people.by_email(actor.lower()) if "@" in actor else None
    ours = tx.organizations.called([organization]).get(organization, organization) if organization else ""
    return Sought(
        actors=((found.id,) if found else (actor,)) if actor else (),
        act=_act(act) if act else None,
        target=target,
        organizations=(ours,) if ours else None,
        since=since,
        until=until,
        glass=glass,
    )


def _act(name: str) -> Act:
    try:
        return Act(name)
    except ValueError as error:
        raise InvalidError("There is no such act.", field="act", cure="Choose one of the list.") from error


def page(
    tx: Transaction, actor: Actor, wanted: Sought, *, cursor: str = "", size: int
) -> tuple[list[AuditRecord], str | None]:
    """Entries, latest first, and the cursor of the next page."""
    found = tx.audit.page(_seen(actor, wanted), after=_place(cursor), size=size + 1)
    shown = found[:size]
    return shown, _cursor(shown[-1]) if len(found) > size else None


def read(tx: Transaction, actor: Actor, audit_id: int) -> AuditRecord:
    """One entry; it does not exist for those who may not see it."""
    record = tx.audit.get(audit_id)
    allowed = _seen(actor, Sought())
    if record is None or not _beneath(tx, record.organization, allowed.beneath):
        raise NotFoundError
    return record


def _beneath(tx: Transaction, organization: str, above: tuple[str, ...] | None) -> bool:
    return above is None or bool(set(tx.organizations.line(organization).above) & set(above))


def texts(tx: Transaction, actor: Actor, audit_id: int, *, at: datetime) -> dict[str, str | None]:
    """The personal data of an entry, None for what was erased; that it was read is an act too."""
    require(actor, Action.READ_PERSONAL)
    record = read(tx, actor, audit_id)
    kept = tx.audit.texts([audit_id]).get(audit_id, {})
    tx.audit.add(at=at, actor=actor, act=Act.PERSONAL_DATA_READ, target=f"audit/{audit_id}", names=sorted(kept))
    return {name: kept[name].text if name in kept else None for name in record.digests}


def state_of(tx: Transaction, record: AuditRecord) -> State:
    """Whether the personal data of an entry is still what it was written with."""
    return state(record.digests, tx.audit.texts([record.id]).get(record.id, {}))


def export(database: Database, actor: Actor, wanted: Sought, *, at: datetime) -> Iterator[list[AuditRecord]]:
    """Every entry that is found, in batches, each read for itself; that it was exported is an act too."""
    allowed = _seen(actor, wanted)
    with database.transaction() as tx:
        tx.audit.add(at=at, actor=actor, act=Act.AUDIT_EXPORTED, target="audit", sought=_told(wanted))
    return _batches(database, allowed)


def _batches(database: Database, allowed: Sought) -> Iterator[list[AuditRecord]]:
    after: Place | None = None
    while True:
        with database.reading() as tx:
            batch = tx.audit.page(allowed, after=after, size=_BATCH)
        if not batch:
            return
        yield batch
        after = (batch[-1].at, batch[-1].id)


def _told(wanted: Sought) -> dict[str, Any]:
    given = {name: getattr(wanted, name) for name in Sought.__dataclass_fields__}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in given.items() if value}


def check(database: Database) -> dict[str, Any]:
    """Compute the digests of personal data again: how many entries are intact, erased or changed, and which changed."""
    counted: Counter[State] = Counter()
    wrong: list[int] = []
    with database.reading() as tx:
        for record, kept in tx.audit.with_texts():
            found = state(record.digests, kept)
            counted[found] += 1
            if found is State.CHANGED and len(wrong) < _NAMED:
                wrong.append(record.id)
    return {str(one): counted[one] for one in State} | {"entries": wrong}


def _seen(actor: Actor, wanted: Sought) -> Sought:
    """What is looked for, as far as the actor may see: all of it, or what concerns his organizations and below."""
    if may(actor, Action.READ_AUDIT):
        return wanted
    own = tuple(held.organization for held in actor.organizations(*roles_for(Action.READ_AUDIT)))
    if not own or not _in_scope(actor):
        require(actor, Action.READ_AUDIT)
    return replace(wanted, beneath=own)


def _in_scope(actor: Actor) -> bool:
    """Whether a key may be used for it at all."""
    return actor.scopes is None or Scope.ADMIN in actor.scopes


def _cursor(record: AuditRecord) -> str:
    return f"{record.at.astimezone(UTC):%Y%m%d%H%M%S%f}-{record.id}"


def _place(cursor: str) -> Place | None:
    if not cursor:
        return None
    moment, _, number = cursor.partition("-")
    try:
        return datetime.strptime(moment, "%Y%m%d%H%M%S%f").replace(tzinfo=UTC), int(number) & _LARGEST
    except ValueError as error:
        raise InvalidError("This is not a cursor.", field="cursor", cure="Take the one of the page before.") from error
