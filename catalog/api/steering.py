"""Steering of the search: a draft, its preview, versions, and reports of queries."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from catalog.api.deps import ActorDep, PortalDep, Reading, Revision, Tx
from catalog.api.permission import needs
from catalog.domain.policy import Action
from catalog.domain.steering import Changes, Draft, Version
from catalog.services import asked, rehearsal, steering

router = APIRouter(prefix="/steering", tags=["steering"])


class Note(BaseModel):
    """Why a draft is published."""

    note: str = Field("", max_length=500)


class DraftOut(BaseModel):
    """What is being edited."""

    revision: int
    changes: Changes


class VersionOut(BaseModel):
    """A version; `published_at` is null for a draft that a restore put aside."""

    number: int
    author: str
    at: str
    note: str
    changes: Changes
    published_at: str | None


def _draft(draft: Draft, response: Response) -> DraftOut:
    response.headers["ETag"] = f'"{draft.revision}"'
    return DraftOut(revision=draft.revision, changes=draft.changes)


def _version(version: Version) -> VersionOut:
    return VersionOut(
        number=version.number,
        author=version.author,
        at=version.at.isoformat(),
        note=version.note,
        changes=version.changes,
        published_at=version.published_at and version.published_at.isoformat(),
    )


@router.get("/draft", dependencies=[needs(Action.STEER)])
def read(tx: Reading, actor: ActorDep, response: Response) -> DraftOut:
    """The draft, with its revision as ETag."""
    return _draft(steering.draft(tx, actor), response)


@router.put("/draft", dependencies=[needs(Action.STEER)])
def edit(body: Changes, tx: Tx, actor: ActorDep, portal: PortalDep, revision: Revision, response: Response) -> DraftOut:
    """Keep the draft; needs If-Match with the revision that was read."""
    return _draft(steering.edit(tx, actor, body, revision=revision, at=portal.clock()), response)


@router.post("/draft/preview", dependencies=[needs(Action.STEER)])
def preview(actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """What the draft would change on the judged queries, and on those that readers ask most."""
    today, judged = portal.clock().date(), portal.settings.judged_queries
    return rehearsal.rehearse(portal.database, portal.index, actor, judged, today=today)


@router.post("/publish", status_code=201, dependencies=[needs(Action.STEER)])
def publish(body: Note, tx: Tx, actor: ActorDep, portal: PortalDep, revision: Revision) -> VersionOut:
    """Put the draft in force; needs If-Match with its revision."""
    return _version(steering.publish(tx, actor, body.note, revision=revision, at=portal.clock()))


@router.get("/versions", dependencies=[needs(Action.STEER)])
def versions(tx: Reading, actor: ActorDep) -> list[VersionOut]:
    """The latest hundred versions, newest first."""
    return [_version(version) for version in steering.versions(tx, actor)]


@router.post("/versions/{number}/restore", status_code=201, dependencies=[needs(Action.STEER)])
def restore(number: Annotated[int, Path(ge=0, le=2**31 - 1)], tx: Tx, actor: ActorDep, portal: PortalDep) -> VersionOut:
    """Put a version in force again, as a new one; 0 is what comes with the product."""
    return _version(steering.restore(tx, actor, number, at=portal.clock()))


@router.get("/reports/{kind}", dependencies=[needs(Action.STEER)])
def report(kind: str, tx: Reading, actor: ActorDep) -> list[dict[str, Any]]:
    """Queries without hits (`no-hits`), or whose results nobody opened (`unopened`); the most asked first."""
    return [asdict(counted) for counted in asked.report(tx, actor, kind)]
