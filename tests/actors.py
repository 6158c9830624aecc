"""Actors for tests, as keys of organizations are."""

from catalog.domain.people import Actor, Membership, Role
from catalog.store.database import Transaction


def acting(tx: Transaction, role: Role, organization: str) -> Actor:
    """Somebody in a role at the organization of this name."""
    held = Membership(role, tx.organizations.owners({organization: None})[organization], name=organization)
    return Actor(f"{role}-{held.organization}", f"{role}:{organization}", (held,))
