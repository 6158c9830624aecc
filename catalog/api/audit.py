"""The audit: who did what, when, from where, before and after."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import StreamingResponse

from catalog.api.deps import ActorDep, Language, PageSize, PortalDep, Reading, Tx
from catalog.api.permission import needs
from catalog.api.streams import apart, stream
from catalog.domain.audit import AuditRecord
from catalog.domain.people import Actor
from catalog.domain.policy import Action
from catalog.formats import entries
from catalog.portal import Portal
from catalog.services import audit

router = APIRouter(prefix="/audit", tags=["audit"])

_Words = Annotated[str, Query(max_length=400)]
Id = Annotated[int, Path(ge=0, le=2**63 - 1)]
Moment = Annotated[datetime | None, Query()]


def _asked(
    actor: Annotated[_Words, Query(description="Id or e-mail address of who acted.")] = "",
    act: Annotated[_Words, Query(description="One of the acts, such as `published`.")] = "",
    target: Annotated[_Words, Query(description="Id of what was acted upon.")] = "",
    organization: Annotated[_Words, Query(description="Id or name of the organization concerned.")] = "",
    since: Annotated[Moment, Query(description="From this moment on; without a zone it is UTC.")] = None,
    until: Annotated[Moment, Query(description="Before this moment.")] = None,
    glass: Annotated[_Words, Query(description="Id of an emergency access: what was done under it.")] = "",
) -> Mapping[str, Any]:
    return {
        "actor": actor,
        "act": act,
        "target": target,
        "organization": organization,
        "since": utc(since),
        "until": utc(until),
        "glass": glass,
    }


Asked = Annotated[Mapping[str, Any], Depends(_asked)]


@router.get("", dependencies=[needs(Action.READ_AUDIT)])
def listed(
    tx: Reading,
    actor: ActorDep,
    asked: Asked,
    size: PageSize = 50,
    cursor: Annotated[str, Query(max_length=60, description="From the page before.")] = "",
) -> dict[str, Any]:
    """Entries, latest first; auditors see all, administrators those of their organization and beneath."""
    found, after = audit.page(tx, actor, audit.sought(tx, **asked), cursor=cursor, size=size)
    return {"entries": [asdict(entry) for entry in found], "cursor": after}


@router.get("/export.csv", response_class=StreamingResponse, dependencies=[needs(Action.READ_AUDIT)])
async def export(portal: PortalDep, actor: ActorDep, language: Language, asked: Asked) -> StreamingResponse:
    """Everything that is found, as CSV, streamed batch by batch; the export is itself an entry."""
    return await exported(portal, actor, asked, language)


async def exported(portal: Portal, actor: Actor, asked: Mapping[str, Any], language: str) -> StreamingResponse:
    """The file, for programs and for pages."""
    batches = await apart(_export, portal, actor, asked)
    return StreamingResponse(
        stream(entries.written(batches, language)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
    )


def _export(portal: Portal, actor: Actor, asked: Mapping[str, Any]) -> Iterator[list[AuditRecord]]:
    with portal.database.reading() as tx:
        wanted = audit.sought(tx, **asked)
    return audit.export(portal.database, actor, wanted, at=portal.clock())


def utc(moment: datetime | None) -> datetime | None:
    """A moment with its zone."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


@router.get("/{audit_id}", dependencies=[needs(Action.READ_AUDIT)])
def read(audit_id: Id, tx: Reading, actor: ActorDep) -> dict[str, Any]:
    """One entry, and whether its personal data is intact, erased or changed."""
    record = audit.read(tx, actor, audit_id)
    return asdict(record) | {"state": audit.state_of(tx, record)}


@router.post("/{audit_id}/texts", dependencies=[needs(Action.READ_PERSONAL)])
def texts(audit_id: Id, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, str | None]:
    """The personal data of an entry, for auditors; null for what was erased. Reading it is itself an entry."""
    return audit.texts(tx, actor, audit_id, at=portal.clock())
