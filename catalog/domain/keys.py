"""Who acts: the holder of a key, in a role, for an organization."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What the holder of a key is to the catalog."""

    ADMIN = "admin"
    PUBLISHER = "publisher"
    DECIDER = "decider"
    APPLICANT = "applicant"


@dataclass(frozen=True, slots=True)
class Actor:
    """The holder of a key."""

    key_id: str
    role: Role
    organization: str

    @property
    def name(self) -> str:
        """How the audit names it."""
        return f"{self.role}:{self.organization}"


#: Commands that are run on the server itself.
OPERATOR = Actor("", Role.ADMIN, "operator")
