"""API keys: made by an operator, shown once, known by their digest."""

from datetime import datetime
from uuid import uuid4

from catalog.domain.accounts import Origin
from catalog.domain.audit import Act
from catalog.domain.errors import InvalidError, NotFoundError, UnauthenticatedError
from catalog.domain.people import OPERATOR, Actor, Membership, Role
from catalog.domain.tokens import digest, mint, wellformed
from catalog.services import sessions
from catalog.store.database import Transaction

PREFIX = "shuyuan_key"


def create(tx: Transaction, role: Role, organization: str, *, at: datetime) -> str:
    """A new key of an organization, by its name. The secret that is returned is kept nowhere."""
    secret, key_id = mint(PREFIX), uuid4().hex
    holder = tx.organizations.owners({organization: None}).get(organization)
    if holder is None:
        raise InvalidError("The organization {name} was closed.", field="organization", name=organization)
    held = Membership(role, holder)
    tx.keys.add(key_id, prefix=secret[:16], digest=digest(secret), held=held, at=at)
    tx.audit.add(at=at, actor=OPERATOR, act=Act.KEY_CREATED, target=key_id, organization=held.organization, role=role)
    return secret


def authenticate(tx: Transaction, secret: str) -> Actor:
    """Who holds this key; UnauthenticatedError when nobody does."""
    actor = tx.keys.holder(digest(secret)) if wellformed(secret, PREFIX) else None
    if actor is None:
        raise UnauthenticatedError(
            "This API key is not valid.", cure="Check for typing errors, or ask the operator for a new key."
        )
    return actor


def revoke(tx: Transaction, key_id: str, *, at: datetime) -> None:
    """End a key, and with it its sessions."""
    if not tx.keys.revoke(key_id, at=at):
        raise NotFoundError("There is no such key, or it is revoked already.")
    tx.audit.add(at=at, actor=OPERATOR, act=Act.KEY_REVOKED, target=key_id)


def sign_in(tx: Transaction, secret: str, origin: Origin, *, at: datetime) -> str:
    """A session of the pages for the holder of a key; its secret goes into a cookie."""
    actor = authenticate(tx, secret)
    tx.audit.add(at=at, actor=actor, act=Act.SIGNED_IN, target=actor.id)
    return sessions.open_for_key(tx, actor, origin, at=at)
