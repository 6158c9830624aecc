"""Members of an organization: invite them by mail, change and end their roles."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from catalog.domain.accounts import AccountMatter, AccountNotice
from catalog.domain.errors import ConflictError, ForbiddenError, GoneError, InvalidError, NotFoundError
from catalog.domain.members import HOLDS, Invitation
from catalog.domain.people import AT_ORGANIZATIONS, Actor, Membership, Role
from catalog.domain.policy import Action, Target
from catalog.domain.subscriptions import Channel, mail_address
from catalog.domain.tokens import digest, mint, wellformed
from catalog.services import people, throttle
from catalog.services.organizations import living
from catalog.services.permission import at as of
from catalog.services.permission import require
from catalog.store.database import Transaction
from catalog.store.outbox import Letter

PREFIX = "shuyuan_invitation"
#: Of one organization in one hour.
_MOST = 100


@dataclass(frozen=True, slots=True)
class Members:
    """Who holds which role, and who is invited to one."""

    members: list[dict[str, Any]]
    invitations: list[Invitation]


def listed(tx: Transaction, actor: Actor, organization_id: str, *, at: datetime) -> Members:
    """The members of an organization, for those who manage them."""
    _managing(tx, actor, organization_id)
    return Members(tx.people.members(organization_id, at=at), tx.invitations.waiting(organization_id, now=at))


def invite(
    tx: Transaction, actor: Actor, organization_id: str, email: str, role: Role, *, language: str, at: datetime
) -> Invitation:
    """Offer a role by mail to whoever reads an address, with an account or without one."""
    _managing(tx, actor, organization_id)
    _require_role(role)
    email = mail_address(email).lower()
    own = tx.people.get(actor.person) if actor.person else None
    if own is not None and own.email == email:
        raise ForbiddenError("Nobody grants roles to himself.", field="email", cure="Ask another administrator.")
    if any(one.email == email and one.role is role for one in tx.invitations.waiting(organization_id, now=at)):
        raise ConflictError(
            "This address is invited to this role already.", field="email", cure="Call the earlier invitation back."
        )
    throttle.require(tx, "invitation", organization_id, most=_MOST, per=timedelta(hours=1), at=at)
    tx.invitations.forget(now=at)
    made = Invitation(uuid4().hex, organization_id, email, role, language, actor.person or actor.id, at, at + HOLDS)
    tx.invitations.add(made)
    tx.outbox.post(Channel.MAIL, made.id, {"matter": AccountMatter.INVITATION}, at=at)
    _note(tx, actor, "invited", organization_id, at=at, role=role, invitation=made.id)
    return made


def written(tx: Transaction, letter: Letter, portal: str, *, at: datetime) -> AccountNotice | None:
    """The mail, with a new link each time it is tried; None once the invitation is over."""
    invitation = tx.invitations.get(letter.target)
    one = tx.organizations.get(invitation.organization) if invitation else None
    if invitation is None or one is None or invitation.ends_at <= at:
        return None
    token = mint(PREFIX)
    tx.invitations.offer(invitation.id, digest(token))
    person = tx.people.by_email(invitation.email)
    language = person.language if person else invitation.language
    facts = {"organization": one.name, "day": invitation.ends_at.date().isoformat()}
    link, about = f"{portal}/invitations?token={token}", f"invitation_{letter.id}"
    return AccountNotice(about, AccountMatter.INVITATION, invitation.email, language, at, link, facts)


def call_back(tx: Transaction, actor: Actor, organization_id: str, invitation_id: str, *, at: datetime) -> None:
    """The link that was sent leads nowhere any more."""
    _managing(tx, actor, organization_id)
    found = tx.invitations.get(invitation_id)
    if found is None or found.organization != organization_id or not tx.invitations.remove(invitation_id):
        raise NotFoundError
    _note(tx, actor, "invitation called back", organization_id, at=at, invitation=invitation_id)


def offered(tx: Transaction, token: str, *, at: datetime) -> Invitation:
    """What a link offers; GoneError once it was taken, called back or is over."""
    found = tx.invitations.by_digest(digest(token)) if wellformed(token, PREFIX) else None
    if found is None or found.ends_at <= at:
        raise GoneError("This invitation no longer holds.", cure="Ask the organization for a new one.")
    return found


def accept(tx: Transaction, actor: Actor, token: str, *, at: datetime) -> Invitation:
    """Take the role; only whom the invitation was sent to can."""
    invitation = offered(tx, token, at=at)
    require(actor, Action.MANAGE_OWN_ACCOUNT, _self(actor))
    person = tx.people.get(actor.person)
    if person is None or person.email != invitation.email:
        raise ForbiddenError(
            "This invitation was sent to another address.", cure="Sign in with the account of that address."
        )
    living(tx, invitation.organization)
    if not tx.invitations.remove(invitation.id):
        raise GoneError("This invitation no longer holds.", cure="Ask the organization for a new one.")
    held = Membership(invitation.role, invitation.organization)
    inviter = Actor(invitation.invited_by, f"invitation:{invitation.invited_by}")
    people.give(tx, actor.person, held, by=inviter, at=at, separation=True)
    _note(tx, actor, "invitation taken", invitation.organization, at=at, role=invitation.role)
    return invitation


def change(tx: Transaction, actor: Actor, organization_id: str, membership_id: str, role: Role, *, at: datetime) -> str:
    """Another role in place of one; the id of the new membership."""
    _require_role(role)
    person_id, held = _held(tx, organization_id, membership_id, at=at)
    if role is held.role:
        return membership_id
    given = people.grant(tx, actor, person_id, Membership(role, organization_id), at=at)
    people.end(tx, actor, membership_id, at=at)
    return given


def end(tx: Transaction, actor: Actor, organization_id: str, membership_id: str, *, at: datetime) -> None:
    """Take a role back; the last administrator stays."""
    _held(tx, organization_id, membership_id, at=at)
    people.end(tx, actor, membership_id, at=at)


def _managing(tx: Transaction, actor: Actor, organization_id: str) -> None:
    living(tx, organization_id)
    require(actor, Action.MANAGE_MEMBERS, of(tx, organization_id))


def _held(tx: Transaction, organization_id: str, membership_id: str, *, at: datetime) -> tuple[str, Membership]:
    found = tx.people.membership(membership_id, at=at)
    if found is None or found[1].organization != organization_id:
        raise NotFoundError
    return found


def _require_role(role: Role) -> None:
    if role not in AT_ORGANIZATIONS:
        raise InvalidError(
            "This role is not held at an organization.",
            field="role",
            cure="One of: {choices}.",
            choices=", ".join(AT_ORGANIZATIONS),
        )


def _self(actor: Actor) -> Target:
    return Target(person=actor.person)


def _note(tx: Transaction, actor: Actor, act: str, organization_id: str, *, at: datetime, **detail: Any) -> None:
    tx.audit.add(at=at, actor=actor, act=act, target=organization_id, organization=organization_id, **detail)
