"""Accounts: what a link by mail is for, how a session was opened, and what people are told by mail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class LinkKind(StrEnum):
    """What a link that is sent by mail is for."""

    SIGN_UP = "sign_up"
    RESET = "reset"
    ADDRESS = "address"
    #: Of an account that somebody else made.
    WELCOME = "welcome"


#: How long a link holds, from its sending.
HOLDS: Mapping[LinkKind, timedelta] = {
    LinkKind.SIGN_UP: timedelta(days=1),
    LinkKind.RESET: timedelta(hours=1),
    LinkKind.ADDRESS: timedelta(days=1),
    LinkKind.WELCOME: timedelta(days=3),
}


class AccountMatter(StrEnum):
    """What a mail to a person is about."""

    SIGN_UP = "sign_up"
    RESET = "reset"
    ADDRESS = "address"
    WELCOME = "welcome"
    #: Somebody signs up with an address that has an account.
    KNOWN = "known"
    #: The account is signed in to at a provider, so there is no password to reset.
    ELSEWHERE = "elsewhere"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 no password, a word
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    ADDRESS_WISHED = "address_wished"
    ADDRESS_CHANGED = "address_changed"
    IDENTITY_LINKED = "identity_linked"
    BLOCKED = "blocked"
    #: A role at an organization is offered.
    INVITATION = "invitation"
    #: A registrar has decided on an application for a company.
    APPLICATION = "application"
    FACT_LAPSED = "fact_lapsed"
    FACT_REVOKED = "fact_revoked"
    GLASS_BROKEN = "glass_broken"


@dataclass(frozen=True, slots=True)
class AccountNotice:
    """What is said to a person by mail."""

    #: The same for each try.
    id: str
    matter: AccountMatter
    address: str
    language: str
    at: datetime
    #: The page where it goes on.
    link: str
    facts: Mapping[str, str] = field(default_factory=dict)


class Way(StrEnum):
    """How a session was opened."""

    KEY = "key"
    PASSWORD = "password"  # noqa: S105 no password, a word
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a session is opened from."""

    address: str = ""
    #: Browser and system, in short.
    agent: str = ""
