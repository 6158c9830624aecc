"""API keys: of organizations in a role, and of people, who hand on a part of what they may do themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog.domain.errors import InvalidError
from catalog.domain.people import Role, Scope

#: Days that a key of a person lasts: what is asked for where nothing is said, and the most.
USUAL_DAYS, MOST_DAYS = 365, 730
#: Keys that a person may hold at once.
MOST_KEYS = 20
LONGEST_LABEL = 100
#: The scopes that need the second factor when a key with them is made.
GUARDED = frozenset({Scope.WRITE, Scope.ACCESS, Scope.ADMIN})


@dataclass(frozen=True, slots=True)
class Key:
    """A key, without its secret."""

    id: str
    #: The beginning, by which its holder knows it.
    prefix: str
    label: str
    role: Role | None
    #: Id and name of the organization; empty for a key of a person.
    organization: str
    organization_name: str
    person_id: str | None
    #: None: everything that the role allows.
    scopes: frozenset[Scope] | None
    #: Whether its maker had given the second factor.
    strong: bool
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    #: To the hour.
    last_used_at: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)


def lasting(days: int, at: datetime) -> datetime:
    """When a key ends that is to last for some days; InvalidError for too many."""
    if not 1 <= days <= MOST_DAYS:
        raise InvalidError("A key lasts for 1 to {most} days.", field="days", most=MOST_DAYS, cure="Choose fewer days.")
    return at + timedelta(days=days)


def labeled(label: str) -> str:
    """What a key is called; InvalidError for nothing or too much."""
    label = " ".join(label.split())
    if not 1 <= len(label) <= LONGEST_LABEL:
        raise InvalidError("A key has a name.", field="label", cure="Say what it is for, in a few words.")
    return label
