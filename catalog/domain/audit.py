"""The audit: who did what, when, from where, before and after; and the personal data that is kept apart from it.

An entry is never changed. What it says of people is a digest of a text that is kept elsewhere with its salt: without
the salt the digest tells nothing, so to forget text and salt is to forget the text.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from catalog.domain.people import Actor

_SALT_BYTES = 32
_DIGEST_BYTES = 32


class Act(StrEnum):
    """What can be done; the words for readers are in the labels of ``act``."""

    # Records.
    PUBLISHED = "published"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    EMBARGO_LIFTED = "embargo lifted"
    # Access requests: each is an event of theirs.
    ACCESS_ASKED = "access Asked"
    ACCESS_AMENDED = "access Amended"
    ACCESS_RETURNED = "access Returned"
    ACCESS_GRANTED = "access Granted"
    ACCESS_REJECTED = "access Rejected"
    ACCESS_REVOKED = "access Revoked"
    ACCESS_TOKEN_TAKEN = "access TokenTaken"  # noqa: S105 no token, a word
    # Running the catalog.
    RUN_ASKED_FOR = "run asked for"
    RUN_DONE = "run done"
    RUN_FAILED = "run failed"
    RUN_HELD = "run held"
    STEERING_EDITED = "steering edited"
    STEERING_PUBLISHED = "steering published"
    STEERING_RESTORED = "steering restored"
    REBUILD_REFUSED = "rebuild refused"
    ROLLBACK_REFUSED = "rollback refused"
    SUBSCRIPTION_CONFIRMED = "subscription confirmed"
    SUBSCRIPTION_ENDED = "subscription ended"
    # Keys and sessions.
    KEY_CREATED = "key created"
    KEY_REVOKED = "key revoked"
    SIGNED_IN = "signed in"
    # Organizations.
    ORGANIZATION_CREATED = "organization created"
    ORGANIZATION_DESCRIBED = "organization described"
    ORGANIZATION_RENAMED = "organization renamed"
    ORGANIZATION_MOVED = "organization moved"
    ORGANIZATION_MERGED = "organization merged"
    ORGANIZATION_TOOK_OVER = "organization took over"
    ORGANIZATION_CLOSED = "organization closed"
    ORGANIZATION_SPLIT = "organization split"
    INVITED = "invited"
    INVITATION_CALLED_BACK = "invitation called back"
    INVITATION_TAKEN = "invitation taken"
    # Applications of companies.
    APPLICATION_SUBMITTED = "application submitted"
    APPLICATION_RETURNED = "application returned"
    APPLICATION_VERIFIED = "application verified"
    APPLICATION_REFUSED = "application refused"
    APPLICATION_WITHDRAWN = "application withdrawn"
    # Networks.
    NETWORK_ALLOWED = "network allowed"
    NETWORK_ENDED = "network ended"
    # People.
    ROLE_GRANTED = "role granted"
    ROLE_ENDED = "role ended"
    ROLE_REFUSED = "role refused"
    PERSON_BLOCKED = "person blocked"
    PERSON_UNBLOCKED = "person unblocked"
    SIGNED_UP = "signed up"
    PROFILE_CHANGED = "profile changed"
    ADDRESS_CHANGED = "address changed"
    PASSWORD_CHANGED = "password changed"  # noqa: S105 no password, a word
    SECOND_FACTOR_ON = "second factor on"
    SECOND_FACTOR_OFF = "second factor off"
    SECOND_FACTOR_RESET = "second factor reset"
    RECOVERY_CODES_MADE = "recovery codes made"
    RECOVERY_CODE_USED = "recovery code used"
    SESSION_ENDED = "session ended"
    IDENTITY_LINKED = "identity linked"
    IDENTITY_UNLINKED = "identity unlinked"
    SEPARATION_OFF = "separation off"
    PERSON_ERASED = "person erased"
    # Facts.
    FACT_KIND_CHANGED = "fact kind changed"
    FACT_ISSUED = "fact issued"
    FACT_REVOKED = "fact revoked"
    FACT_LAPSED = "fact lapsed"
    # Emergency access.
    GLASS_BROKEN = "glass broken"
    GLASS_ENDED = "glass ended"
    GLASS_REVIEWED = "glass reviewed"
    # The audit itself.
    AUDIT_EXPORTED = "audit exported"
    PERSONAL_DATA_READ = "personal data read"
    RETENTION_APPLIED = "retention applied"


@dataclass(slots=True)
class Origin:
    """Where an act comes from: known before it is known who acts, so ``actor`` is filled in by who finds out."""

    #: Of the network; "console" for commands on the server; empty for what the portal does by itself.
    address: str = ""
    #: Id of the request.
    request: str = ""
    actor: Actor | None = None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One entry."""

    id: int
    at: datetime
    #: The role and the organization that somebody acted for.
    actor: str
    #: Of the person or of the key; the same as ``actor`` where there is neither.
    actor_id: str
    #: One of the acts; also one that an earlier version knew.
    act: str
    target: str
    #: Id of the organization that it concerns.
    organization: str
    address: str
    request: str
    detail: Mapping[str, Any]
    #: field → before, after
    changes: Mapping[str, Mapping[str, Any]]
    #: What personal data it names → the digest of the text.
    digests: Mapping[str, str]
    #: Id of the emergency access that it was done under.
    glass: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for in the audit."""

    #: Ids; empty: anybody.
    actors: tuple[str, ...] = ()
    act: Act | None = None
    target: str = ""
    #: Ids; None: of all organizations, and of none.
    organizations: tuple[str, ...] | None = None
    #: Ids of organizations: theirs and those beneath; None: no limit.
    beneath: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    glass: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Personal data that an entry has only the digest of."""

    audit_id: int
    #: What it is, such as email.
    name: str
    #: Id of the person it is about; empty: not known.
    person: str
    salt: str | None
    text: str | None = field(repr=False)
    erased_at: datetime | None = None


class State(StrEnum):
    """What a check finds of an entry."""

    INTACT = "intact"
    ERASED = "erased"
    CHANGED = "changed"


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields that differ, each with what it was and what it is."""
    fields = dict.fromkeys((*before, *after))
    return {
        name: {"before": before.get(name), "after": after.get(name)}
        for name in fields
        if before.get(name) != after.get(name)
    }


def salt() -> str:
    """A new salt, in hexadecimal; each text has one of its own."""
    return secrets.token_hex(_SALT_BYTES)


def digest(text: str, salt: str) -> str:
    """The digest of a text under its salt: keyed BLAKE2b, in hexadecimal."""
    return hashlib.blake2b(text.encode(), key=bytes.fromhex(salt), digest_size=_DIGEST_BYTES).hexdigest()


def state(digests: Mapping[str, str], texts: Mapping[str, Text]) -> State:
    """Whether the texts of an entry are those that it was written with. One that is gone without a trace is changed."""
    found = {_state(expected, texts.get(name)) for name, expected in digests.items()}
    return next((worst for worst in (State.CHANGED, State.ERASED) if worst in found), State.INTACT)


def _state(expected: str, kept: Text | None) -> State:
    if kept is None:
        return State.CHANGED
    if kept.erased_at is not None:
        return State.ERASED
    if kept.text is None or kept.salt is None:
        return State.CHANGED
    return State.INTACT if secrets.compare_digest(digest(kept.text, kept.salt), expected) else State.CHANGED
