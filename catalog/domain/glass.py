"""Emergency access: a role that somebody takes for a short time and a stated reason, and answers for afterwards."""

from dataclasses import dataclass
from datetime import datetime

from catalog.domain.people import AT_ORGANIZATIONS, Role

#: Not the auditor, who is to judge it; not the registrar, whose decisions can wait.
TAKEABLE = (*AT_ORGANIZATIONS, Role.ADMIN, Role.SECURITY_ADMIN)


@dataclass(frozen=True, slots=True)
class Emergency:
    """One time that the glass was broken."""

    id: str
    person_id: str
    membership_id: str
    role: str
    #: Id of the organization; empty: the platform.
    organization: str
    reason: str
    since: datetime
    ends_at: datetime
    reviewed_at: datetime | None = None
    reviewed_by: str = ""
    #: What the auditor says to it.
    review: str = ""
