"""What an identity provider says of a person, and the roles that follow from it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from catalog.domain.people import Level, Role

#: Methods (RFC 8176) by which the provider says that it has asked for more than a password.
_STRONG = frozenset({"mfa", "otp", "hwk", "sc", "swk"})


class ClaimRole(BaseModel):
    """A value of the claim, and the role that it gives."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: str
    role: Role
    #: Name or 统一社会信用代码; empty for roles of the platform.
    organization: str = ""
    level: Level | None = None
    territory: str = ""


class RoleMap(BaseModel):
    """Which values of which claim give which roles."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Its name; points lead into what it holds, as in realm_access.roles.
    claim: str = "groups"
    roles: tuple[ClaimRole, ...] = ()

    def given(self, claims: Mapping[str, Any]) -> list[ClaimRole]:
        """The roles that follow from what the provider says."""
        said: Any = claims
        for part in self.claim.split("."):
            said = said.get(part) if isinstance(said, Mapping) else None
        values = said if isinstance(said, list) else [said]
        return [rule for rule in self.roles if rule.value in values]


def role_map(path: Path | None) -> RoleMap:
    """The roles of a TOML file; none without one."""
    return RoleMap.model_validate(tomllib.loads(path.read_text("utf-8"))) if path else RoleMap()


@dataclass(frozen=True, slots=True)
class Flow:
    """One way to the provider and back; the browser keeps it sealed."""

    state: str
    nonce: str
    verifier: str
    #: Where it goes on afterwards.
    after: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody, as the provider has vouched for."""

    issuer: str
    subject: str
    name: str
    #: Empty: none that the provider has verified.
    email: str
    claims: Mapping[str, Any]

    @property
    def strong(self) -> bool:
        """Whether the provider has asked for a second factor."""
        methods = self.claims.get("amr")
        return isinstance(methods, list) and any(method in _STRONG for method in methods)
