"""A person's data is erased on request: first told what will happen, then done; what must be kept is kept and said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from catalog.domain.audit import Act
from catalog.domain.errors import ConflictError, NotFoundError
from catalog.domain.facts import Standing
from catalog.domain.people import Actor, Membership, Role
from catalog.domain.policy import Action, Target
from catalog.services.permission import require
from catalog.store.database import Transaction

#: Nobody is the last of these and goes.
_NEEDED = (Role.ADMIN, Role.SECURITY_ADMIN)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure would do."""

    person_id: str
    name: str
    email: str
    #: Roles that end.
    memberships: tuple[Membership, ...]
    #: Roles that nobody else has: then nothing can be done.
    last: tuple[Role, ...]
    #: What there is → how much.
    counts: Mapping[str, int]


def plan(tx: Transaction, actor: Actor, person_id: str, *, at: datetime) -> Plan:
    """What will happen, for the page that asks before."""
    require(actor, Action.ERASE, Target(person=person_id))
    person = tx.people.get(person_id)
    if person is None or person.erased_at is not None:
        raise NotFoundError("There is no such person.")
    held = tx.people.held(person_id, at=at)
    last = tuple(role for role in _NEEDED if _is_last(tx, person_id, role, held, at=at))
    return Plan(person_id, person.name, person.email, held, last, tx.erasure.counts(person_id, person.email))


def erase(tx: Transaction, actor: Actor, person_id: str, *, at: datetime) -> None:
    """Account, credentials, sessions and texts go at once; decisions, contracts and the audit keep the id."""
    tx.people.lock(person_id)
    planned = plan(tx, actor, person_id, at=at)
    if planned.last:
        raise ConflictError(
            "Nobody else has the role {role}.",
            role=planned.last[0],
            cure="Have it given to somebody else first.",
        )
    for fact in tx.facts.of(person_id):
        if fact.standing(at) in (Standing.HOLDS, Standing.COMING):
            tx.facts.revoke(fact.id, by=actor.person or actor.id, reason="erased", at=at)
    tx.erasure.erase(person_id, planned.email, at=at)
    # The digests of what is written now would be of a text that nobody keeps, so nothing personal is in it.
    tx.audit.erase(person_id, at=at)
    gone = {name: count for name, count in planned.counts.items() if count}
    tx.audit.add(at=at, actor=actor, act=Act.PERSON_ERASED, target=person_id, counts=gone)


def _is_last(tx: Transaction, person_id: str, role: Role, held: tuple[Membership, ...], *, at: datetime) -> bool:
    return any(one.role is role and not one.glass for one in held) and tx.people.holders([role], at=at) == [person_id]
