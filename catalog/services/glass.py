"""The glass is broken by one's own act, told to those who watch, ends by itself, and is reviewed afterwards."""

from datetime import datetime, timedelta
from uuid import uuid4

from catalog.domain.accounts import AccountMatter
from catalog.domain.audit import Act
from catalog.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from catalog.domain.glass import TAKEABLE, Emergency
from catalog.domain.people import AT_ORGANIZATIONS, Actor, Membership, Role
from catalog.domain.policy import Action, Target, may
from catalog.services import account_letters
from catalog.services.permission import require
from catalog.store.database import Transaction

_LONGEST = 1000
_LISTED = 200
#: Who is told at once.
_WATCHING = (Role.SECURITY_ADMIN, Role.AUDITOR)


def break_glass(
    tx: Transaction, actor: Actor, held: Membership, reason: str, *, hours: int, most: int, at: datetime
) -> Emergency:
    """Take a role at once, for ``hours`` of which there are ``most``; security administrators and auditors are told.

    The roles that allow it count only in sessions that gave a second factor, so who gets here has given it.
    """
    require(actor, Action.BREAK_GLASS)
    if not actor.person:
        raise ForbiddenError("Emergency access is for people, not for keys.", cure="Sign in with your own account.")
    held, reason = _checked(tx, held), _words("reason", reason)
    if not 1 <= hours <= most:
        raise InvalidError("Emergency access lasts from 1 to {most} hours.", field="hours", most=most)
    if tx.emergencies.running(actor.person, at=at):
        raise ConflictError("You have emergency access already.", cure="Let it end first.")
    if held in actor.memberships:
        raise ConflictError("You have this role already.")
    emergency = Emergency(
        uuid4().hex, actor.person, uuid4().hex, held.role, held.organization, reason, at, at + timedelta(hours=hours)
    )
    tx.emergencies.add(emergency)
    tx.people.grant(
        emergency.membership_id, actor.person, held, by=actor.person, at=at, until=emergency.ends_at, glass=emergency.id
    )
    tx.audit.add(
        at=at,
        actor=actor,
        act=Act.GLASS_BROKEN,
        target=emergency.id,
        organization=held.organization,
        role=held.role,
        reason=reason,
        ends_at=emergency.ends_at.isoformat(),
    )
    for person_id in tx.people.holders(_WATCHING, at=at):
        account_letters.tell(
            tx, person_id, AccountMatter.GLASS_BROKEN, at=at, path=f"/emergencies/{emergency.id}", wished=reason
        )
    return emergency


def end(tx: Transaction, actor: Actor, emergency_id: str, *, at: datetime) -> Emergency:
    """Give the role back before its time."""
    emergency = read(tx, actor, emergency_id)
    if emergency.person_id != actor.person or not tx.people.end(emergency.membership_id, at=at):
        raise ConflictError("This emergency access is over, or it is not yours.")
    tx.emergencies.end(emergency_id, at=at)
    tx.audit.add(at=at, actor=actor, act=Act.GLASS_ENDED, target=emergency_id, organization=emergency.organization)
    return read(tx, actor, emergency_id)


def review(tx: Transaction, actor: Actor, emergency_id: str, words: str, *, at: datetime) -> Emergency:
    """An auditor closes it with words, once it is over; never his own."""
    emergency = read(tx, actor, emergency_id)
    require(actor, Action.REVIEW_GLASS, Target(submitter=emergency.person_id))
    if emergency.ends_at > at:
        raise ConflictError("This emergency access is not over yet.", cure="Review it when it has ended.")
    words = _words("words", words)
    if not tx.emergencies.review(emergency_id, by=actor.person or actor.id, words=words, at=at):
        raise ConflictError("This emergency access was reviewed already.")
    tx.audit.add(at=at, actor=actor, act=Act.GLASS_REVIEWED, target=emergency_id, words=words)
    return read(tx, actor, emergency_id)


def listed(tx: Transaction, actor: Actor) -> list[Emergency]:
    """All of them for those who watch, one's own for everybody else; latest first."""
    if _watches(actor):
        return tx.emergencies.listed(size=_LISTED)
    if not actor.person:
        require(actor, Action.REVIEW_GLASS)
    return tx.emergencies.listed(size=_LISTED, person=actor.person)


def read(tx: Transaction, actor: Actor, emergency_id: str) -> Emergency:
    """One of them; it does not exist for those who have no part in it."""
    emergency = tx.emergencies.get(emergency_id)
    if emergency is None or not (_watches(actor) or (actor.person and actor.person == emergency.person_id)):
        raise NotFoundError
    return emergency


def _watches(actor: Actor) -> bool:
    return bool(may(actor, Action.REVIEW_GLASS)) or actor.is_a(Role.SECURITY_ADMIN)


def _checked(tx: Transaction, held: Membership) -> Membership:
    if held.role not in TAKEABLE:
        raise InvalidError(
            "This role cannot be taken in an emergency.",
            field="role",
            cure="One of: {choices}.",
            choices=", ".join(TAKEABLE),
        )
    here = held.role in AT_ORGANIZATIONS
    if here and tx.organizations.get(held.organization) is None:
        raise InvalidError("This role is held at an organization.", field="organization", cure="Name one.")
    if not here and held.organization:
        raise InvalidError("This role is not held at an organization.", field="organization", cure="Leave it empty.")
    return held


def _words(field: str, text: str) -> str:
    text = text.strip()
    if not text or len(text) > _LONGEST:
        raise InvalidError("This is needed: up to {most} characters.", field=field, most=_LONGEST)
    return text
