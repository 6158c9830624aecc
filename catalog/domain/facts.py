"""Verified facts: what is known for certain of an organization or a person, by whom, on what evidence, and when.

A fact is never deleted and never changed: it ends, by its day or because it is revoked. Decisions cite its id.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from stdnum.cn import uscc

from catalog.domain.errors import InvalidError
from catalog.domain.people import GRANTABLE, Role


class Subject(StrEnum):
    """What a fact can be of."""

    ORGANIZATION = "organization"
    PERSON = "person"


class ValueType(StrEnum):
    """What a value can be."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    #: One of a list.
    CHOICE = "choice"
    #: 统一社会信用代码
    USCC = "uscc"


class FactKind(BaseModel):
    """A kind of facts, as the register has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,38}[a-z0-9]$")]
    #: language → words
    title: Mapping[str, Annotated[str, Field(min_length=1, max_length=100)]]
    subject: Subject
    value_type: ValueType
    #: What can be chosen.
    choices: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = ()
    #: Who may issue it; commands on the server always may.
    roles: tuple[Role, ...] = (Role.SECURITY_ADMIN,)
    #: Whether it has to have a last day.
    expires: bool = False
    #: Claim of an identity provider that gives it; empty: none does.
    claim: Annotated[str, Field(max_length=100)] = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.value_type is ValueType.CHOICE) != bool(self.choices):
            raise ValueError("choices")
        if not set(self.roles) <= set(GRANTABLE):
            raise ValueError("roles")
        return self


#: What every register begins with.
WELL_KNOWN = (
    FactKind(
        id="business_license",
        title={"zh": "营业执照", "en": "License of business"},
        subject=Subject.ORGANIZATION,
        value_type=ValueType.USCC,
        roles=(Role.REGISTRAR, Role.SECURITY_ADMIN),
        claim="uscc",
    ),
    FactKind(
        id="sector",
        title={"zh": "行业", "en": "Sector"},
        subject=Subject.ORGANIZATION,
        value_type=ValueType.TEXT,
        roles=(Role.REGISTRAR, Role.SECURITY_ADMIN),
    ),
    FactKind(
        id="size",
        title={"zh": "企业规模", "en": "Size"},
        subject=Subject.ORGANIZATION,
        value_type=ValueType.CHOICE,
        choices=("large", "medium", "small", "micro"),
        roles=(Role.REGISTRAR, Role.SECURITY_ADMIN),
        expires=True,
    ),
    FactKind(
        id="security_level",
        title={"zh": "网络安全等级保护", "en": "Certified security level"},
        subject=Subject.ORGANIZATION,
        value_type=ValueType.CHOICE,
        choices=("1", "2", "3", "4", "5"),
        expires=True,
    ),
    FactKind(
        id="training_passed",
        title={"zh": "培训合格", "en": "Training passed"},
        subject=Subject.PERSON,
        value_type=ValueType.TEXT,
        roles=(Role.REGISTRAR, Role.SECURITY_ADMIN),
        expires=True,
    ),
)


class Standing(StrEnum):
    """Where a fact stands at a moment."""

    COMING = "coming"
    HOLDS = "holds"
    LAPSED = "lapsed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something verified."""

    id: str
    #: Id of the organization or the person.
    subject: str
    #: Id of the kind.
    kind: str
    value: str
    #: Id of who issued it.
    issuer: str
    #: The role and the organization that it was issued for; or the provider or the file that it came from.
    issued_as: str
    #: Where the evidence is: the number of a document, or an address.
    evidence: str
    valid_from: datetime
    valid_until: datetime | None
    issued_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str = ""
    #: Why it was revoked.
    reason: str = ""

    def standing(self, at: datetime) -> Standing:
        """Where it stands at a moment."""
        if self.revoked_at is not None and self.revoked_at <= at:
            return Standing.REVOKED
        if self.valid_until is not None and self.valid_until <= at:
            return Standing.LAPSED
        return Standing.HOLDS if self.valid_from <= at else Standing.COMING


class Ended(StrEnum):
    """How a fact came to its end; what listeners are told."""

    LAPSED = "lapsed"
    REVOKED = "revoked"


_LONGEST = 500
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")


def checked(kind: FactKind, value: str) -> str:
    """The value as it is kept; InvalidError where the kind does not allow it."""
    value = " ".join(value.split())
    if not value or len(value) > _LONGEST or not value.isprintable():
        raise InvalidError("A value has up to {most} characters on one line.", field="value", most=_LONGEST)
    match kind.value_type:
        case ValueType.CHOICE:
            if value not in kind.choices:
                raise InvalidError(
                    "This is none of the values of the kind.",
                    field="value",
                    cure="One of: {choices}.",
                    choices=", ".join(kind.choices),
                )
        case ValueType.NUMBER:
            if not _NUMBER.fullmatch(value):
                raise InvalidError("This is not a number.", field="value", cure="Such as 12 or 12.5.")
        case ValueType.DAY:
            _day(value)
        case ValueType.USCC:
            value = value.upper()
            if not uscc.is_valid(value):
                raise InvalidError(
                    "This is not a unified social credit code (统一社会信用代码).",
                    field="value",
                    cure="It has 18 characters, the last of which proves the others.",
                )
    return value


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InvalidError("This is not a day.", field="value", cure="Such as 2026-11-29.") from error
