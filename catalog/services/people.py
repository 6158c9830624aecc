"""People: whom a session or a key of theirs stands for, the roles they are given, and blocking them."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from catalog.domain.accounts import AccountMatter
from catalog.domain.audit import Act
from catalog.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, SeparationError
from catalog.domain.keys import Key
from catalog.domain.people import (
    AT_ORGANIZATIONS,
    GRANTABLE,
    OF_THE_PLATFORM,
    OPERATOR,
    STRONG,
    Actor,
    Membership,
    Role,
)
from catalog.domain.policy import Action, Target
from catalog.domain.subscriptions import mail_address
from catalog.services import account_letters, permission
from catalog.store.database import Transaction


def actor_of(tx: Transaction, person_id: str, *, at: datetime, strong: bool) -> Actor | None:
    """Whom a person acts as; None for one who is blocked, not confirmed or gone.

    ``strong``: the second factor was given. Without it the roles that need it do not count, and are ``withheld``.
    """
    person = tx.people.get(person_id)
    if person is None or person.confirmed_at is None or person.blocked_at is not None:
        return None
    held = tx.people.held(person_id, at=at)
    withheld = () if strong else tuple(membership for membership in held if membership.role in STRONG)
    counting = tuple(membership for membership in held if membership not in withheld)
    return Actor(person_id, f"person:{person.name}", counting, person=person_id, strong=strong, withheld=withheld)


def actor_of_key(tx: Transaction, key: Key, *, at: datetime) -> Actor | None:
    """Whom a key stands for; nobody once it, or its person, no longer holds."""
    if not key.holds(at):
        return None
    if key.person_id is not None:
        person = actor_of(tx, key.person_id, at=at, strong=key.strong)
        return person and replace(person, id=key.id, scopes=key.scopes)
    role = key.role or Role.ANYBODY
    held = Membership(role, key.organization, name=key.organization_name)
    return Actor(key.id, f"{role}:{key.organization_name}", (held,), scopes=key.scopes)


def author(tx: Transaction, person_id: str) -> Actor:
    """Somebody who acts for himself alone, such as by a link, as the audit names people."""
    person = tx.people.get(person_id)
    return Actor(person_id, f"person:{person.name}" if person else "person", person=person_id)


def grant(
    tx: Transaction, actor: Actor, person_id: str, held: Membership, *, at: datetime, separation: bool = True
) -> str:
    """Give a role; the id of the membership. Nobody grants to himself.

    ``separation``: administrator, security administrator and auditor exclude one another (三员分立).
    """
    _well_formed(tx, held)
    permission.require(actor, *_granting(tx, held))
    if actor.person and actor.person == person_id:
        raise ForbiddenError("Nobody grants roles to himself.", cure="Ask another administrator.")
    return give(tx, person_id, held, by=actor, at=at, separation=separation)


def give(tx: Transaction, person_id: str, held: Membership, *, by: Actor, at: datetime, separation: bool) -> str:
    """Give a role that was decided on elsewhere, such as by an invitation or an identity provider."""
    if tx.people.lock(person_id) is None:
        raise NotFoundError("There is no such person.")
    others = tx.people.held(person_id, at=at)
    if held in others:
        raise ConflictError("The person has this role already.")
    if separation and held.role in OF_THE_PLATFORM and any(other.role in OF_THE_PLATFORM for other in others):
        raise SeparationError(cure="Give the role to somebody else, or end the other one first.")
    membership_id = uuid4().hex
    tx.people.grant(membership_id, person_id, held, by=by.id, at=at)
    _noted(tx, by, Act.ROLE_GRANTED, person_id, membership_id, held, at=at)
    return membership_id


def end(tx: Transaction, actor: Actor, membership_id: str, *, at: datetime) -> None:
    """Take a role back."""
    found = tx.people.membership(membership_id, at=at)
    if found is None:
        raise NotFoundError("There is no such membership, or it has ended.")
    person_id, held = found
    permission.require(actor, *_granting(tx, held))
    _require_another(tx, held, at=at)
    take(tx, person_id, membership_id, held, by=actor, at=at)


def _require_another(tx: Transaction, held: Membership, *, at: datetime) -> None:
    """An organization that has an administrator keeps one."""
    if held.role is not Role.ORGANIZATION_ADMIN:
        return
    # Of two who leave at the same moment one comes second.
    tx.organizations.lock()
    if tx.people.count_holders(held.organization, held.role, at=at) == 1:
        raise ConflictError(
            "This is the last administrator of the organization.", cure="Make somebody else an administrator first."
        )


def take(tx: Transaction, person_id: str, membership_id: str, held: Membership, *, by: Actor, at: datetime) -> None:
    """Take a role back, as was decided elsewhere."""
    if not tx.people.end(membership_id, at=at):
        raise NotFoundError("There is no such membership, or it has ended.")
    _noted(tx, by, Act.ROLE_ENDED, person_id, membership_id, held, at=at)


def _noted(
    tx: Transaction, by: Actor, act: Act, person_id: str, membership_id: str, held: Membership, *, at: datetime
) -> None:
    role = {"role": held.role, "level": held.level, "territory": held.territory}
    tx.audit.add(
        at=at,
        actor=by,
        act=act,
        target=person_id,
        organization=held.organization,
        membership=membership_id,
        before=role if act is Act.ROLE_ENDED else None,
        after=role if act is Act.ROLE_GRANTED else None,
    )


def block(tx: Transaction, actor: Actor, person_id: str, *, at: datetime) -> None:
    """From now on the person cannot sign in; sessions and keys end at once."""
    permission.require(actor, Action.BLOCK, Target(person=person_id, submitter=person_id))
    person = tx.people.lock(person_id)
    if person is None or person.blocked_at is not None:
        raise NotFoundError("There is no such person, or the person is blocked already.")
    tx.people.change(person_id, blocked_at=at)
    tx.sessions.end_of_person(person_id)
    tx.links.forget_of(person_id)
    account_letters.tell(tx, person_id, AccountMatter.BLOCKED, at=at)
    tx.audit.add(at=at, actor=actor, act=Act.PERSON_BLOCKED, target=person_id)


def unblock(tx: Transaction, actor: Actor, person_id: str, *, at: datetime) -> None:
    """The person can sign in again."""
    permission.require(actor, Action.BLOCK, Target(person=person_id, submitter=person_id))
    person = tx.people.lock(person_id)
    if person is None or person.blocked_at is None:
        raise NotFoundError("There is no such person, or the person is not blocked.")
    tx.people.change(person_id, blocked_at=None)
    tx.audit.add(at=at, actor=actor, act=Act.PERSON_UNBLOCKED, target=person_id)


def create_admin(
    tx: Transaction, actor: Actor, email: str, role: Role, language: str, *, at: datetime, separation: bool
) -> str:
    """Somebody with a role of the platform, known by the address; made where there is nobody. The id of the person."""
    if role not in OF_THE_PLATFORM:
        raise InvalidError(
            "This is no role of the platform.", field="role", cure="Name admin, security_admin or auditor."
        )
    address = mail_address(email).lower()
    tx.people.add(uuid4().hex, email=address, name=address.partition("@")[0], language=language, at=at)
    person = tx.people.by_email(address)
    assert person is not None  # noqa: S101 just made
    grant(tx, actor, person.id, Membership(role), at=at, separation=separation)
    return str(person.id)


def found(tx: Transaction, email: str) -> str:
    """The id of the person with an address."""
    person = tx.people.by_email(mail_address(email).lower())
    if person is None:
        raise NotFoundError("There is no such person.")
    return str(person.id)


def listed(tx: Transaction, *, after: str, size: int, at: datetime) -> list[dict[str, Any]]:
    """People by address, for operators; without the secrets."""
    return [
        {
            "id": person["id"],
            "email": person["email"],
            "name": person["name"],
            "state": "blocked" if person["blocked_at"] else "active" if person["confirmed_at"] else "unconfirmed",
            "second_factor": tx.credentials.has_second_factor(person["id"]),
            "roles": [":".join(filter(None, (held.role, held.name))) for held in tx.people.held(person["id"], at=at)],
        }
        for person in tx.people.listed(after=after, size=size)
    ]


def note_separation(tx: Transaction, reason: str, *, at: datetime) -> None:
    """Where the separation of duties is switched off, the audit says so at each start, with the reason."""
    if reason:
        tx.audit.add(at=at, actor=OPERATOR, act=Act.SEPARATION_OFF, target="portal", reason=reason)


def _granting(tx: Transaction, held: Membership) -> tuple[Action, Target]:
    """What giving or taking a role is, as the policy sees it."""
    if held.organization:
        return Action.MANAGE_MEMBERS, permission.at(tx, held.organization)
    return Action.GRANT_PLATFORM_ROLES, Target()


def _well_formed(tx: Transaction, held: Membership) -> None:
    if held.role not in GRANTABLE:
        raise InvalidError("This role is granted to nobody.", field="role")
    if held.role in AT_ORGANIZATIONS and tx.organizations.get(held.organization) is None:
        raise InvalidError("This role is held at an organization.", field="organization", cure="Name one.")
    if held.role not in AT_ORGANIZATIONS and held.organization:
        raise InvalidError("This role is not held at an organization.", field="organization", cure="Leave it empty.")
    if held.role is Role.REGISTRAR and not (held.level and held.territory):
        raise InvalidError("A registrar has a level and a territory.", field="territory", cure="Name both.")
