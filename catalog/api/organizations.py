"""The tree of organizations."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StringConstraints

from catalog.api.deps import ActorDep, PortalDep, Reading, Tx
from catalog.api.permission import needs, open_to_all
from catalog.domain.organizations import LONGEST_NAME, Description, OrganizationKind
from catalog.domain.people import Level
from catalog.domain.policy import Action
from catalog.services import organizations, succession
from catalog.services.succession import Part

router = APIRouter(prefix="/organizations", tags=["organizations"])
_OPEN = open_to_all("The registers are public.")

After = Annotated[str, Query(max_length=100, description="The id behind which the page begins.")]
Size = Annotated[int, Query(ge=1, le=1000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=16)]
MOST_PARTS = 20


class DescriptionIn(BaseModel):
    """What an organization is."""

    kind: OrganizationKind | None = None
    level: Level | None = None
    territory: Annotated[str, Field(max_length=6)] = ""
    uscc: Annotated[str, Field(max_length=40)] | None = None

    def description(self) -> Description:
        return Description(self.kind, self.level, self.territory, self.uscc)


class OrganizationIn(DescriptionIn):
    """A new organization."""

    name: Name
    #: Id of the organization above.
    parent: Id | None = None


class NameIn(BaseModel):
    """A new name."""

    name: Name


class PlaceIn(BaseModel):
    """A new place in the tree; null: beneath none."""

    parent: Id | None


class HeirIn(BaseModel):
    """Who answers from now on."""

    into: Id


class PartIn(BaseModel):
    """A part of a split."""

    name: Name
    uscc: Annotated[str, Field(max_length=40)] | None = None
    themes: Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=1000)] = []
    records: Annotated[list[Id], Field(max_length=10_000)] = []
    rest: bool = False

    def part(self) -> Part:
        return Part(self.name, self.uscc, tuple(self.themes), tuple(self.records), self.rest)


class SplitIn(BaseModel):
    """New organizations, and whether the one that is split ends."""

    parts: Annotated[list[PartIn], Field(min_length=1, max_length=MOST_PARTS)]
    ends: bool = False


@router.get("", dependencies=[_OPEN])
def listed(tx: Reading, after: After = "", size: Size = 100, name: str = "", parent: str = "") -> dict[str, Any]:
    """Living and ended organizations in the order of their ids; with `name` the one it leads to."""
    if name:
        entries = list(tx.organizations.many(tx.organizations.called([name]).values()).values())
    elif parent:
        entries = tx.organizations.children(parent, after=after, size=size)
    else:
        entries = tx.organizations.page(after=after, size=size)
    more = entries[-1].id if len(entries) == size and not name else None
    return {"organizations": [asdict(entry) for entry in entries], "after": more}


@router.get("/{organization_id}", dependencies=[_OPEN])
def read(organization_id: str, tx: Reading) -> dict[str, Any]:
    """One organization with its names, what it lies beneath and what lies beneath it."""
    organizations.living(tx, organization_id)
    shown = organizations.portrait(tx, organization_id)
    return asdict(shown.organization) | {
        "names": shown.names,
        "above": [asdict(one) for one in shown.above],
        "children": [asdict(one) for one in shown.children],
        "records": shown.records,
    }


@router.get("/{organization_id}/history", dependencies=[_OPEN])
def history(organization_id: str, tx: Reading) -> list[dict[str, Any]]:
    """What became of an organization, latest first; also of one that has ended."""
    return organizations.history(tx, organization_id)


@router.post("", status_code=201, dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def create(body: OrganizationIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """A new organization."""
    made = organizations.create(tx, actor, body.name, body.description(), body.parent, at=portal.clock())
    return asdict(made)


@router.put("/{organization_id}/description", dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def describe(organization_id: str, body: DescriptionIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Say anew what it is."""
    return asdict(organizations.describe(tx, actor, organization_id, body.description(), at=portal.clock()))


@router.put("/{organization_id}/name", dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def rename(organization_id: str, body: NameIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Call it otherwise; former names go on leading to it."""
    return asdict(organizations.rename(tx, actor, organization_id, body.name, at=portal.clock()))


@router.put("/{organization_id}/parent", dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def move(organization_id: str, body: PlaceIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """Put it with all beneath it under another organization."""
    return asdict(organizations.move(tx, actor, organization_id, body.parent, at=portal.clock()))


@router.post("/{organization_id}/merge", dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def merge(organization_id: str, body: HeirIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> dict[str, Any]:
    """End it; all that was its own belongs to another organization."""
    return asdict(succession.merge(tx, actor, organization_id, body.into, at=portal.clock()))


@router.post("/{organization_id}/split", status_code=201, dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def split(organization_id: str, body: SplitIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> list[dict[str, Any]]:
    """New organizations beside it, with its records as they are assigned."""
    parts = [part.part() for part in body.parts]
    made = succession.split(tx, actor, organization_id, parts, ends=body.ends, at=portal.clock())
    return [asdict(new) for new in made]


@router.post("/{organization_id}/close", status_code=204, dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def close(organization_id: str, tx: Tx, actor: ActorDep, portal: PortalDep) -> None:
    """End it, if nothing is open there."""
    succession.close(tx, actor, organization_id, at=portal.clock())
