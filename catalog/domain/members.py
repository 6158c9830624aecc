"""Members of organizations are invited by mail."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog.domain.people import Role

#: How long an invitation can be taken.
HOLDS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A role that waits for whoever reads an address."""

    id: str
    organization: str
    email: str
    role: Role
    language: str
    invited_by: str
    created_at: datetime
    ends_at: datetime
