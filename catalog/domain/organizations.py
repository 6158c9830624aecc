"""Organizations: departments, operating bodies and companies, in a tree, with names that go on leading to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from catalog.domain.datasets import identify
from catalog.domain.people import Level


class OrganizationKind(StrEnum):
    """What an organization is."""

    DEPARTMENT = "department"
    OPERATOR = "operator"
    COMPANY = "company"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Organization:
    """A publisher or another body, with its 统一社会信用代码 where it is known."""

    id: str
    name: str
    uscc: str | None = None
    kind: OrganizationKind | None = None
    level: Level | None = None
    #: 统计用区划代码 of two, four or six digits; empty: not known.
    territory: str = ""
    #: Id of the organization above.
    parent: str | None = None
    ended_at: datetime | None = None
    #: Who answers for what was its own.
    successor: str | None = None

    @classmethod
    def named(cls, name: str, uscc: str | None = None) -> "Organization":
        """A new organization; the id stays whatever becomes of the name."""
        return cls(identify("organization", name), name, uscc)


@dataclass(frozen=True, slots=True)
class Line:
    """An organization with those above it, itself first; what permission needs to know of it."""

    organization: str = ""
    above: tuple[str, ...] = ()
    level: Level | None = None
    territory: str = ""


#: Of what belongs to no organization.
NOBODYS = Line()
#: id of an organization → its line
Lines = Mapping[str, Line]
