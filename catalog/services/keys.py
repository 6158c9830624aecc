"""API keys: shown once, known by their digest; of organizations in a role, and of people."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from catalog.domain.accounts import Origin
from catalog.domain.audit import Act
from catalog.domain.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
)
from catalog.domain.keys import GUARDED, MOST_KEYS, USUAL_DAYS, Key, labeled, lasting
from catalog.domain.people import AT_ORGANIZATIONS, OPERATOR, Actor, Membership, Role, Scope
from catalog.domain.policy import Action, Target, may, roles_for
from catalog.domain.tokens import digest, mint, wellformed
from catalog.services import people, permission, sessions
from catalog.store.database import Transaction

PREFIX = "shuyuan_key"


@dataclass(frozen=True, slots=True)
class Made:
    """A new key with its secret, which is kept nowhere."""

    key: Key
    secret: str


def create(tx: Transaction, role: Role, organization: str, *, at: datetime) -> str:
    """A new key of an organization, by its name, made on the server itself; its secret."""
    owner = tx.organizations.owners({organization: None}).get(organization)
    if owner is None:
        raise InvalidError("The organization {name} was closed.", field="organization", name=organization)
    return _made(tx, OPERATOR, at, label=role, role=role, organization=owner).secret


def create_own(
    tx: Transaction,
    actor: Actor,
    label: str,
    *,
    at: datetime,
    scopes: Collection[Scope] = (Scope.READ,),
    days: int = USUAL_DAYS,
) -> Made:
    """A key of the person who asks: it may do what she may, within its scopes, and follows her roles."""
    permission.require(actor, Action.MANAGE_OWN_ACCOUNT, Target(person=actor.person))
    wanted = frozenset(scopes)
    if not wanted:
        raise InvalidError("The key has no scope.", field="scopes", cure="Choose at least one.")
    if wanted & GUARDED and not actor.strong:
        raise ForbiddenError(
            "A key that may do more than read is made with the second factor.",
            field="scopes",
            cure="Set up your second factor, or choose the scope read alone.",
        )
    tx.people.lock(actor.person)
    if tx.keys.held(actor.person, at=at) >= MOST_KEYS:
        raise ConflictError(
            "You have {most} keys.", field="label", most=MOST_KEYS, cure="Revoke one that you no longer use."
        )
    ends = lasting(days, at)
    return _made(tx, actor, at, label=labeled(label), person_id=actor.person, scopes=wanted, ends=ends)


def create_for(
    tx: Transaction,
    actor: Actor,
    organization: str,
    role: Role,
    label: str,
    *,
    at: datetime,
    scopes: Collection[Scope] | None = None,
    days: int = USUAL_DAYS,
) -> Made:
    """A key of an organization in a role, for its programs."""
    permission.require(actor, Action.MANAGE_KEYS, permission.at(tx, organization))
    if role not in AT_ORGANIZATIONS:
        raise InvalidError("This role is not held at an organization.", field="role", cure="Choose another.")
    limited = None if scopes is None else frozenset(scopes)
    ends = lasting(days, at)
    return _made(tx, actor, at, label=labeled(label), role=role, organization=organization, scopes=limited, ends=ends)


def authenticate(tx: Transaction, secret: str, *, at: datetime) -> tuple[Key, Actor]:
    """The key of a secret, and whom it stands for; UnauthenticatedError when nobody holds it."""
    key = tx.keys.by_digest(digest(secret)) if wellformed(secret, PREFIX) else None
    if key is not None and key.revoked_at is None and not key.holds(at):
        raise UnauthenticatedError("This API key has expired.", cure="Make a new one on the page of your keys.")
    actor = people.actor_of_key(tx, key, at=at) if key else None
    if key is None or actor is None:
        raise UnauthenticatedError(
            "This API key is not valid.", cure="Check for typing errors, or ask the operator for a new key."
        )
    return key, actor


def sign_in(tx: Transaction, secret: str, origin: Origin, *, at: datetime) -> str:
    """A session of the pages for the holder of a key; its secret goes into a cookie."""
    key, actor = authenticate(tx, secret, at=at)
    tx.audit.add(at=at, actor=actor, act=Act.SIGNED_IN, target=key.id)
    return sessions.open_for_key(tx, actor, origin, at=at)


def mine(tx: Transaction, actor: Actor) -> list[Key]:
    """The keys of the person who asks, latest first."""
    permission.require(actor, Action.MANAGE_OWN_ACCOUNT, Target(person=actor.person))
    return tx.keys.of_person(actor.person)


def of_organization(tx: Transaction, actor: Actor, organization: str) -> list[Key]:
    """The keys of an organization, latest first."""
    permission.require(actor, Action.MANAGE_KEYS, permission.at(tx, organization))
    return tx.keys.of_organizations([organization])


def managed(tx: Transaction, actor: Actor) -> tuple[Membership, ...]:
    """The organizations at which an actor manages keys."""
    held = actor.organizations(*roles_for(Action.MANAGE_KEYS))
    return tuple(m for m in held if may(actor, Action.MANAGE_KEYS, permission.at(tx, m.organization)))


def revoke(tx: Transaction, actor: Actor, key_id: str, *, at: datetime) -> None:
    """End a key, and with it its sessions. One that is not the actor's to end does not exist for him."""
    key = revocable(tx, actor, key_id)
    tx.keys.revoke(key_id, at=at)
    tx.audit.add(at=at, actor=actor, act=Act.KEY_REVOKED, target=key_id, organization=key.organization)


def revocable(tx: Transaction, actor: Actor, key_id: str) -> Key:
    """A key that an actor may end."""
    key = tx.keys.get(key_id)
    if key is None or key.revoked_at is not None or not _may_revoke(tx, actor, key):
        raise NotFoundError("There is no such key, or it is revoked already.")
    return key


def _may_revoke(tx: Transaction, actor: Actor, key: Key) -> bool:
    if key.person_id is not None and may(actor, Action.MANAGE_OWN_ACCOUNT, Target(person=key.person_id)):
        return True
    return bool(may(actor, Action.MANAGE_KEYS, permission.at(tx, key.organization)))


def _made(
    tx: Transaction,
    actor: Actor,
    at: datetime,
    *,
    label: str,
    role: Role | None = None,
    organization: str = "",
    person_id: str | None = None,
    scopes: frozenset[Scope] | None = None,
    ends: datetime | None = None,
) -> Made:
    secret, key_id = mint(PREFIX), uuid4().hex
    maker = actor.person or actor.id
    key = Key(
        key_id, secret[:16], label, role, organization, "", person_id, scopes, actor.strong, at, maker, ends, None, None
    )
    tx.keys.add(key, digest(secret))
    tx.audit.add(
        at=at,
        actor=actor,
        act=Act.KEY_CREATED,
        target=key_id,
        organization=organization,
        person=person_id or "",
        role=role,
        label=label,
        scopes=None if scopes is None else sorted(scopes),
    )
    return Made(key, secret)
