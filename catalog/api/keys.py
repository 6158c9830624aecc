"""API keys of people and of organizations."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from catalog.api.deps import ActorDep, Origin, PortalDep, Reading, Tx
from catalog.api.permission import needs
from catalog.domain.keys import USUAL_DAYS, Key
from catalog.domain.people import Role, Scope
from catalog.domain.policy import Action
from catalog.services import keys
from catalog.services.keys import Made

router = APIRouter(tags=["keys"])
_MOMENTS = ("created_at", "expires_at", "revoked_at", "last_used_at")


class KeyIn(BaseModel):
    """A key to be made."""

    label: str = Field(description="What it is for.")
    scopes: list[Scope] = Field([Scope.READ], description="What it may be used for.")
    days: int = Field(USUAL_DAYS, description="How long it lasts.")


class OrganizationKeyIn(KeyIn):
    """A key of an organization, in a role."""

    role: Role


class KeyOut(BaseModel):
    """A key without its secret."""

    id: str
    prefix: str
    label: str
    role: Role | None
    organization: str
    scopes: list[Scope] | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


class MadeOut(KeyOut):
    """A new key: its secret is shown now and never again."""

    key: str
    curl: str


def told(key: Key) -> dict[str, Any]:
    """A key as JSON tells it."""
    moments = {name: at.isoformat() if (at := getattr(key, name)) else None for name in _MOMENTS}
    scopes = None if key.scopes is None else sorted(key.scopes)
    named = {name: getattr(key, name) for name in ("id", "prefix", "label", "role", "organization")}
    return named | moments | {"scopes": scopes}


@router.get("/keys", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def mine(tx: Reading, actor: ActorDep) -> list[KeyOut]:
    """The keys of the person who asks, latest first."""
    return [KeyOut(**told(key)) for key in keys.mine(tx, actor)]


@router.post("/keys", status_code=201, dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def create(body: KeyIn, tx: Tx, actor: ActorDep, portal: PortalDep, response: Response, at: Origin) -> MadeOut:
    """A key of the person who asks."""
    made = keys.create_own(tx, actor, body.label, scopes=body.scopes, days=body.days, at=portal.clock())
    return _shown(made, response, at)


@router.delete("/keys/{key_id}", status_code=204, dependencies=[needs(Action.MANAGE_OWN_ACCOUNT, Action.MANAGE_KEYS)])
def revoke(key_id: str, tx: Tx, actor: ActorDep, portal: PortalDep) -> None:
    """End a key at once."""
    keys.revoke(tx, actor, key_id, at=portal.clock())


@router.get("/organizations/{organization_id}/keys", dependencies=[needs(Action.MANAGE_KEYS)])
def of_organization(organization_id: str, tx: Reading, actor: ActorDep) -> list[KeyOut]:
    """The keys of an organization, latest first."""
    return [KeyOut(**told(key)) for key in keys.of_organization(tx, actor, organization_id)]


@router.post("/organizations/{organization_id}/keys", status_code=201, dependencies=[needs(Action.MANAGE_KEYS)])
def create_for(
    organization_id: str,
    body: OrganizationKeyIn,
    tx: Tx,
    actor: ActorDep,
    portal: PortalDep,
    response: Response,
    at: Origin,
) -> MadeOut:
    """A key of an organization, in a role."""
    made = keys.create_for(
        tx, actor, organization_id, body.role, body.label, scopes=body.scopes, days=body.days, at=portal.clock()
    )
    return _shown(made, response, at)


def curl(origin: str, secret: str) -> str:
    """A line that works when it is pasted."""
    return f"curl -G '{origin}/api/v1/search' --data-urlencode 'q=空气质量' -H 'Authorization: Bearer {secret}'"


def _shown(made: Made, response: Response, origin: str) -> MadeOut:
    response.headers["Cache-Control"] = "no-store"
    return MadeOut(**told(made.key), key=made.secret, curl=curl(origin, made.secret))
