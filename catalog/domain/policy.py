"""The policy: who may do what, where, with things in which state. What no rule allows is forbidden.

``may`` answers for one thing and says which rule allows it, or what forbids it and who could; ``reach`` answers for
all records at once, from the same table.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property, lru_cache

from catalog.domain.organizations import NOBODYS, Line
from catalog.domain.people import (
    AT_ORGANIZATIONS,
    GUEST,
    Actor,
    Membership,
    Role,
    Scope,
)
from catalog.domain.vocabulary import Grade, Visibility


class Standing(StrEnum):
    """The state of a record, as permission sees it."""

    DRAFT = "draft"
    PRIVATE = "private"
    EMBARGOED = "embargoed"
    #: Graded core or important (GB/T 43697), whatever its visibility.
    CLASSIFIED = "classified"
    PUBLIC = "public"


def standing(visibility: str, grade: str | None) -> Standing:
    """Where a record stands."""
    if grade in {Grade.CORE, Grade.IMPORTANT}:
        return Standing.CLASSIFIED
    return Standing(Visibility(visibility).value)


class Action(StrEnum):
    """What is done; the scope a key needs for it is in ``SCOPES``."""

    # Records.
    READ = "read a record"
    WRITE = "write a record"
    PUBLISH = "publish a record"
    WITHDRAW = "withdraw a record"
    VIEW_AS = "view as another reader"
    # Access requests.
    ASK = "ask for access"
    DECIDE = "decide on access"
    READ_OWN_REQUEST = "read a request of one's own"
    READ_REQUEST = "read a request to one's own"
    # Running the catalog.
    INGEST = "ask for runs"
    STEER = "steer the search"
    OPERATE = "operate the index"
    MANAGE_SUBSCRIPTIONS = "manage subscriptions"
    MANAGE_NETWORKS = "allow networks"
    # Organizations and people.
    MANAGE_ORGANIZATIONS = "manage organizations"
    MANAGE_MEMBERS = "manage members"
    VERIFY_ORGANIZATION = "verify an organization"
    APPLY = "apply for an organization"
    MANAGE_OWN_ACCOUNT = "manage one's own account"
    GRANT_PLATFORM_ROLES = "grant roles of the platform"
    BLOCK = "block a person"
    ERASE = "erase personal data"
    MANAGE_KEYS = "manage keys of an organization"
    # Facts and evidence.
    ISSUE_FACT = "issue a fact"
    READ_FACT = "read a fact"
    READ_AUDIT = "read the audit"
    READ_PERSONAL = "read personal data in the audit"
    MANAGE_FACT_KINDS = "manage kinds of facts"
    BREAK_GLASS = "break the glass"
    REVIEW_GLASS = "review emergency access"


class Where(StrEnum):
    """Where a role counts."""

    ANYWHERE = "anywhere"
    #: At the organization whose thing it is.
    OWN = "own organization"
    #: There, or at one above it.
    BENEATH = "own organization and those beneath"
    #: Of that level, within that territory.
    TERRITORY = "own level and territory"
    #: It is one's own.
    SELF = "oneself"


@dataclass(frozen=True, slots=True)
class Target:
    """What something is done to."""

    line: Line = NOBODYS
    #: Of the thing, in its own words; empty where it has none.
    state: str = ""
    #: Id of the person, or else of the key, that brought it in.
    submitter: str = ""
    #: Id of the person it is about.
    person: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table."""

    action: Action
    roles: tuple[Role, ...]
    where: Where
    #: Empty: in every state.
    states: tuple[str, ...] = ()
    #: Nobody decides on what he submitted.
    not_own: bool = False


def _rules() -> Iterator[Rule]:
    r, w, s = Role, Where, Standing
    unpublished = (s.DRAFT, s.PRIVATE, s.EMBARGOED)
    yield Rule(Action.READ, (r.ANYBODY,), w.ANYWHERE, (s.PUBLIC,))
    yield Rule(Action.READ, (r.EDITOR, r.STEWARD), w.OWN, unpublished)
    yield Rule(Action.READ, (r.ACCESS_OFFICER,), w.OWN, (s.PRIVATE, s.EMBARGOED))
    yield Rule(Action.READ, (r.STEWARD, r.ORGANIZATION_ADMIN), w.OWN, (s.CLASSIFIED,))
    yield Rule(Action.READ, (r.ORGANIZATION_ADMIN,), w.BENEATH, unpublished)
    yield Rule(Action.READ, (r.ADMIN,), w.ANYWHERE, unpublished)
    yield Rule(Action.WRITE, (r.EDITOR,), w.OWN, (s.DRAFT,))
    yield Rule(Action.WRITE, (r.STEWARD,), w.OWN)
    yield Rule(Action.WRITE, (r.ADMIN,), w.ANYWHERE, (*unpublished, s.PUBLIC))
    yield Rule(Action.PUBLISH, (r.STEWARD,), w.OWN)
    yield Rule(Action.PUBLISH, (r.ADMIN,), w.ANYWHERE, (*unpublished, s.PUBLIC))
    yield Rule(Action.WITHDRAW, (r.STEWARD,), w.OWN)
    yield Rule(Action.WITHDRAW, (r.ADMIN,), w.ANYWHERE, (*unpublished, s.PUBLIC))
    yield Rule(Action.VIEW_AS, (r.EDITOR, r.STEWARD, r.ORGANIZATION_ADMIN, r.ADMIN), w.ANYWHERE)
    yield Rule(Action.ASK, (r.APPLICANT,), w.OWN)
    yield Rule(Action.DECIDE, (r.ACCESS_OFFICER,), w.OWN, not_own=True)
    yield Rule(Action.READ_OWN_REQUEST, (r.APPLICANT, r.ORGANIZATION_ADMIN), w.OWN)
    yield Rule(Action.READ_REQUEST, (r.ACCESS_OFFICER, r.STEWARD, r.ORGANIZATION_ADMIN), w.OWN)
    yield Rule(Action.READ_REQUEST, (r.ADMIN, r.AUDITOR), w.ANYWHERE)
    yield from (
        Rule(action, (r.ADMIN,), w.ANYWHERE)
        for action in (
            Action.INGEST,
            Action.STEER,
            Action.OPERATE,
            Action.MANAGE_SUBSCRIPTIONS,
            Action.MANAGE_NETWORKS,
        )
    )
    yield Rule(Action.MANAGE_ORGANIZATIONS, (r.ADMIN,), w.ANYWHERE)
    yield Rule(Action.MANAGE_ORGANIZATIONS, (r.ORGANIZATION_ADMIN,), w.BENEATH)
    yield Rule(Action.MANAGE_MEMBERS, (r.ORGANIZATION_ADMIN,), w.BENEATH)
    yield Rule(Action.MANAGE_MEMBERS, (r.SECURITY_ADMIN,), w.ANYWHERE)
    yield Rule(Action.VERIFY_ORGANIZATION, (r.REGISTRAR,), w.TERRITORY, not_own=True)
    yield Rule(Action.APPLY, (r.PERSON,), w.SELF)
    yield Rule(Action.MANAGE_OWN_ACCOUNT, (r.PERSON,), w.SELF)
    yield Rule(Action.GRANT_PLATFORM_ROLES, (r.SECURITY_ADMIN,), w.ANYWHERE, not_own=True)
    yield Rule(Action.BLOCK, (r.SECURITY_ADMIN,), w.ANYWHERE, not_own=True)
    yield Rule(Action.ERASE, (r.PERSON,), w.SELF)
    yield Rule(Action.ERASE, (r.SECURITY_ADMIN,), w.ANYWHERE)
    yield Rule(Action.MANAGE_KEYS, (r.ORGANIZATION_ADMIN,), w.BENEATH)
    yield Rule(Action.MANAGE_KEYS, (r.SECURITY_ADMIN,), w.ANYWHERE)
    yield Rule(Action.ISSUE_FACT, (r.REGISTRAR,), w.TERRITORY, not_own=True)
    yield Rule(Action.ISSUE_FACT, (r.SECURITY_ADMIN,), w.ANYWHERE, not_own=True)
    yield Rule(Action.READ_FACT, AT_ORGANIZATIONS, w.OWN)
    yield Rule(Action.READ_FACT, (r.PERSON,), w.SELF)
    yield Rule(Action.READ_FACT, (r.REGISTRAR, r.ACCESS_OFFICER, r.SECURITY_ADMIN, r.AUDITOR), w.ANYWHERE)
    yield Rule(Action.READ_AUDIT, (r.AUDITOR,), w.ANYWHERE)
    yield Rule(Action.READ_AUDIT, (r.ORGANIZATION_ADMIN,), w.BENEATH)
    yield Rule(Action.READ_PERSONAL, (r.AUDITOR,), w.ANYWHERE)
    yield Rule(Action.MANAGE_FACT_KINDS, (r.SECURITY_ADMIN,), w.ANYWHERE)
    yield Rule(Action.REVIEW_GLASS, (r.AUDITOR,), w.ANYWHERE, not_own=True)
    yield Rule(Action.BREAK_GLASS, (r.ADMIN, r.SECURITY_ADMIN), w.ANYWHERE)
    # Who runs commands on the server can read its files anyway. Even so nobody decides there on access.
    yield from (
        Rule(action, (r.OPERATOR,), w.ANYWHERE) for action in Action if action not in (Action.ASK, Action.DECIDE)
    )


#: The whole table; ``docs/permissions.md`` is written from it.
POLICY: tuple[Rule, ...] = tuple(_rules())

#: What a key needs to be used for an action. Search and public records need no key at all.
SCOPES: Mapping[Action, Scope] = {
    Action.READ: Scope.READ,
    Action.WRITE: Scope.WRITE,
    Action.PUBLISH: Scope.WRITE,
    Action.WITHDRAW: Scope.WRITE,
    Action.ASK: Scope.ACCESS,
    Action.DECIDE: Scope.ACCESS,
    Action.READ_OWN_REQUEST: Scope.ACCESS,
    Action.READ_REQUEST: Scope.ACCESS,
}


class Bar(StrEnum):
    """What forbids something."""

    ROLE = "no role for it"
    ELSEWHERE = "the role is held elsewhere"
    STATE = "not in this state"
    OWN_SUBMISSION = "nobody decides on what he submitted"
    SCOPE = "the key is for other things"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something may be done: the rule that allows it, or what forbids it and the rules by which it could be."""

    rule: Rule | None = None
    bar: Bar | None = None
    who: tuple[Rule, ...] = ()

    def __bool__(self) -> bool:
        return self.rule is not None


def may(actor: Actor, action: Action, target: Target | None = None) -> Verdict:
    """May the actor do this to that?"""
    target = target or Target()
    rules = rules_of(action)
    found = [rule for rule in rules if _there(actor, rule, target)]
    fitting = [rule for rule in found if not rule.states or target.state in rule.states]
    if action is Action.READ and not _in_view(actor, target.state):
        fitting = []
    mine = target.submitter != "" and target.submitter in (actor.person, actor.id)
    free = [rule for rule in fitting if not (rule.not_own and mine)]
    if free and not _in_scope(actor, action, free[0]):
        return Verdict(bar=Bar.SCOPE)
    if free:
        return Verdict(free[0])
    held = any(membership.role in rule.roles for rule in rules for membership in held_by(actor))
    bar = Bar.OWN_SUBMISSION if fitting else Bar.STATE if found else Bar.ELSEWHERE if held else Bar.ROLE
    could = tuple(rule for rule in rules if not rule.states or target.state in rule.states)
    return Verdict(bar=bar, who=could)


def could(actor: Actor, action: Action) -> Verdict:
    """May the actor do this to something, somewhere?"""
    rules = rules_of(action)
    held = [rule for rule in rules if any(membership.role in rule.roles for membership in held_by(actor))]
    if not held:
        return Verdict(bar=Bar.ROLE, who=rules)
    return Verdict(held[0]) if _in_scope(actor, action, held[0]) else Verdict(bar=Bar.SCOPE)


@cache
def rules_of(action: Action) -> tuple[Rule, ...]:
    """The lines of the table for an action."""
    return tuple(rule for rule in POLICY if rule.action is action)


def roles_for(action: Action) -> tuple[Role, ...]:
    """The roles that some rule gives it to."""
    return tuple(dict.fromkeys(role for rule in rules_of(action) for role in rule.roles))


def held_by(actor: Actor) -> tuple[Membership, ...]:
    """What an actor was given, and what everybody has."""
    person = (Membership(Role.PERSON),) if actor.person else ()
    return (*actor.memberships, *person, Membership(Role.ANYBODY))


def _there(actor: Actor, rule: Rule, target: Target) -> bool:
    return any(
        membership.role in rule.roles and _covers(actor, membership, rule.where, target)
        for membership in held_by(actor)
    )


def _covers(actor: Actor, membership: Membership, where: Where, target: Target) -> bool:
    match where:
        case Where.ANYWHERE:
            return True
        case Where.OWN:
            return bool(membership.organization) and membership.organization == target.line.organization
        case Where.BENEATH:
            return bool(membership.organization) and membership.organization in target.line.above
        case Where.TERRITORY:
            return membership.level is target.line.level and _within(target.line.territory, membership.territory)
        case Where.SELF:
            return bool(actor.person) and actor.person == target.person


def _within(territory: str, of: str) -> bool:
    """Whether a place lies in another: 5201 and 520102 in 520000, whose last pairs of digits stand for nothing."""
    while of.endswith("00"):
        of = of[:-2]
    return bool(of) and territory.startswith(of)


def _in_view(actor: Actor, state: str) -> bool:
    return actor.sees is None or state in actor.sees or state == Standing.PUBLIC


def _in_scope(actor: Actor, action: Action, rule: Rule) -> bool:
    if actor.scopes is None or Role.ANYBODY in rule.roles:
        return True
    return SCOPES.get(action, Scope.ADMIN) in actor.scopes


# All records at once.


@lru_cache(maxsize=4096)
def seals(state: Standing, line: Line) -> tuple[str, ...]:
    """What a record is sealed with: a reader who holds one of these may be shown it."""
    return (state, f"{state}@{line.organization}", *(f"{state}>{above}" for above in line.above))


@dataclass(frozen=True)
class Reach:
    """The records that a reader may be shown: by standing; by standing at organizations, and beneath them."""

    anywhere: frozenset[Standing] = frozenset()
    own: frozenset[tuple[Standing, str]] = frozenset()
    beneath: frozenset[tuple[Standing, str]] = frozenset()

    @cached_property
    def seals(self) -> tuple[str, ...]:
        """The same as seals, in one order."""
        here = (f"{state}@{organization}" for state, organization in self.own)
        below = (f"{state}>{organization}" for state, organization in self.beneath)
        return tuple(sorted((*self.anywhere, *here, *below)))


@lru_cache(maxsize=2048)
def reach(actor: Actor) -> Reach:
    """What an actor may read."""
    held = [
        (state, rule.where, membership.organization)
        for rule in rules_of(Action.READ)
        for membership in held_by(actor)
        if membership.role in rule.roles and _in_scope(actor, Action.READ, rule)
        for state in _standings(rule)
        if _in_view(actor, state)
    ]
    anywhere = frozenset(state for state, where, _ in held if where is Where.ANYWHERE)
    own, beneath = (
        frozenset((state, at) for state, there, at in held if there is where and at and state not in anywhere)
        for where in (Where.OWN, Where.BENEATH)
    )
    # Each organization lies beneath itself.
    return Reach(anywhere, own - beneath, beneath)


def _standings(rule: Rule) -> Iterable[Standing]:
    return (Standing(state) for state in rule.states) if rule.states else Standing


#: What everybody may be shown.
PUBLIC = reach(GUEST)
