"""The audit as pages: a search with its answer, one entry, and its personal data for those who need it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from catalog.api.audit import Id, exported
from catalog.api.deps import PortalDep, Reading, Tx
from catalog.domain.audit import Act, AuditRecord
from catalog.domain.errors import InvalidError
from catalog.domain.policy import Action
from catalog.domain.vocabulary import label
from catalog.services import audit
from catalog.store.database import Transaction
from catalog.web.forms import Filled
from catalog.web.permission import needs
from catalog.web.render import page
from catalog.web.texts import HERE, address
from catalog.web.visitor import FormDep, SignedInDep, Visitor

router = APIRouter(prefix="/audit")

_FIELDS = ("actor", "act", "target", "organization", "since", "until", "glass")
_SIZE = 50


@router.get("", dependencies=[needs(Action.READ_AUDIT)])
def listed(request: Request, visitor: SignedInDep, tx: Reading, cursor: str = "") -> Response:
    """The form, and what it finds."""
    form = _form(request)
    try:
        wanted = audit.sought(tx, **_asked(form))
        found, after = audit.page(tx, visitor.known, wanted, cursor=cursor, size=_SIZE)
    except InvalidError as error:
        return _list(request, visitor, tx, form.refused(error, visitor.language), [], None, status=422)
    return _list(request, visitor, tx, form, found, after)


@router.get("/export.csv", dependencies=[needs(Action.READ_AUDIT)])
async def export(request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """Everything that is found, as a file."""
    return await exported(portal, visitor.known, _asked(_form(request)), visitor.language)


@router.get("/{audit_id}", dependencies=[needs(Action.READ_AUDIT)])
def read(audit_id: Id, request: Request, visitor: SignedInDep, tx: Reading) -> Response:
    """One entry, with what was before and after."""
    return _entry(request, visitor, tx, audit.read(tx, visitor.known, audit_id), None)


@router.post("/{audit_id}/texts", dependencies=[needs(Action.READ_PERSONAL)])
def texts(audit_id: Id, request: Request, visitor: FormDep, tx: Tx, portal: PortalDep) -> Response:
    """The entry with its personal data; that it was read is noted."""
    shown = audit.texts(tx, visitor.known, audit_id, at=portal.clock())
    return _entry(request, visitor, tx, audit.read(tx, visitor.known, audit_id), shown)


def _form(request: Request) -> Filled:
    return Filled({name: (value,) for name in _FIELDS if (value := request.query_params.get(name, ""))})


def _asked(form: Filled) -> dict[str, Any]:
    asked: dict[str, Any] = {name: form.one(name) for name in _FIELDS}
    since, until = _day(form, "since"), _day(form, "until")
    return asked | {"since": since, "until": until + timedelta(days=1) if until else None}


def _day(form: Filled, name: str) -> datetime | None:
    """The beginning of a day, where readers live."""
    if not form.one(name):
        return None
    try:
        return datetime.combine(date.fromisoformat(form.one(name)), time(), HERE)
    except ValueError as error:
        raise InvalidError("This is not a day.", field=name, cure="Such as 2026-11-29.") from error


def _list(
    request: Request,
    visitor: Visitor,
    tx: Transaction,
    form: Filled,
    found: list[AuditRecord],
    after: str | None,
    *,
    status: int = 200,
) -> Response:
    given = {name: form.one(name) for name in _FIELDS}
    return page(
        request,
        visitor,
        "audit.html",
        status=status,
        form=form,
        entries=found,
        acts=sorted(((str(act), label("act", act, visitor.language)) for act in Act), key=lambda pair: pair[1]),
        older=address("/audit", **given, cursor=after) if after else None,
        first="cursor" in request.query_params and address("/audit", **given),
        export=address("/audit/export.csv", **given),
        **_names(tx, found),
    )


def _entry(
    request: Request, visitor: Visitor, tx: Transaction, record: AuditRecord, shown: Mapping[str, str | None] | None
) -> Response:
    state = audit.state_of(tx, record)
    return page(
        request,
        visitor,
        "audit_entry.html",
        headers={"Cache-Control": "no-store"} if shown is not None else None,
        entry=record,
        state=state,
        shown=shown,
        **_names(tx, [record]),
    )


def _names(tx: Transaction, found: Iterable[AuditRecord]) -> dict[str, Any]:
    records = list(found)
    organizations = tx.organizations.many({record.organization for record in records})
    return {
        "people": tx.people.names({record.actor_id for record in records}),
        "organizations": {i: one.name for i, one in organizations.items()},
    }
