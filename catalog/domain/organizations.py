"""Organizations: departments, operating bodies and companies, in a tree, with names that go on leading to them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from stdnum.cn import uscc as numbers

from catalog.domain.datasets import identify
from catalog.domain.errors import InvalidError
from catalog.domain.people import Level

LONGEST_NAME = 300


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


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of an organization beside its name and its place in the tree."""

    kind: OrganizationKind | None = None
    level: Level | None = None
    territory: str = ""
    uscc: str | None = None


def checked_name(name: str) -> str:
    """A name that can be one: of letters that can be read, on one line."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidError(
            "This is no name of an organization.", field="name", cure="Write 1 to {most} characters.", most=LONGEST_NAME
        )
    return name


def checked_uscc(value: str | None) -> str | None:
    """A 统一社会信用代码 with the right check character (GB 32100-2015), or none."""
    if not value or not value.strip():
        return None
    if not numbers.is_valid(value):
        raise InvalidError(
            "{value} is no 统一社会信用代码.", field="uscc", value=value[:40], cure="Write its 18 characters again."
        )
    return str(numbers.compact(value)).upper()


def in_order(above: Iterable[Level | None], beneath: Iterable[Level | None]) -> bool:
    """Whether nothing lies beneath what is of a lower level: a province never beneath a county."""
    ranks = list(Level)
    lowest_above = max((ranks.index(level) for level in above if level), default=0)
    highest_beneath = min((ranks.index(level) for level in beneath if level), default=len(ranks))
    return lowest_above <= highest_beneath
