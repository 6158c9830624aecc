"""Sign in by what an identity provider vouches for: the account, its roles of now, and its session."""

import hashlib
import logging
from datetime import datetime, timedelta
from uuid import uuid4

from catalog.domain.accounts import AccountMatter, Origin, Way
from catalog.domain.audit import Act
from catalog.domain.errors import CatalogError, ConflictError, InvalidError, UnauthenticatedError
from catalog.domain.oidc import ClaimRole, Identity, RoleMap
from catalog.domain.people import AT_ORGANIZATIONS, Actor, Membership
from catalog.services import account_letters, accounts, facts, people, sessions
from catalog.store.database import Transaction

_log = logging.getLogger("shuyuan.oidc")
#: How long somebody may be on the way to the provider and back.
FLOW = timedelta(minutes=10)
#: Who grants what follows from claims.
PROVIDER = Actor("provider", "provider")
#: Of addresses for people of whom the provider tells none; mail to it goes nowhere (RFC 2606).
_NOWHERE = "provider.invalid"


def sign_in(
    tx: Transaction,
    identity: Identity,
    roles: RoleMap,
    origin: Origin,
    *,
    language: str,
    separation: bool,
    at: datetime,
) -> tuple[str, bool]:
    """A session: its secret, and whether it waits for the second factor, which the provider may have asked for."""
    person_id = tx.credentials.person_of(identity.issuer, identity.subject)
    if person_id is None:
        person_id = _linked(tx, identity, language, at=at)
    person = tx.people.lock(person_id)
    if person is None or person.blocked_at is not None:
        raise UnauthenticatedError("This account was blocked.", cure="Turn to the administrator of the portal.")
    refresh(tx, person_id, _wanted(tx, roles.given(identity.claims)), separation=separation, at=at)
    facts.claimed(tx, person_id, identity.issuer, identity.claims, at=at)
    waits = not identity.strong and tx.credentials.has_second_factor(person_id)
    tx.audit.add(at=at, actor=people.author(tx, person_id), act=Act.SIGNED_IN, target=person_id, issuer=identity.issuer)
    secret = sessions.open_for_person(
        tx, person_id, origin, way=Way.PROVIDER, strong=identity.strong, waits=waits, at=at
    )
    return secret, waits


def refresh(tx: Transaction, person_id: str, wanted: list[Membership], *, separation: bool, at: datetime) -> None:
    """The roles that follow from claims are those of now; roles that were granted here stay as they are."""
    given = tx.people.granted(person_id, by=PROVIDER.id, at=at)
    for membership_id, held in given.items():
        if held not in wanted:
            people.take(tx, person_id, membership_id, held, by=PROVIDER, at=at)
    for held in wanted:
        if held in tx.people.held(person_id, at=at):
            continue
        try:
            people.give(tx, person_id, held, by=PROVIDER, at=at, separation=separation)
        except ConflictError as error:
            _log.warning("role not given", extra={"person": person_id, "role": held.role, "why": str(error)})
            tx.audit.add(at=at, actor=PROVIDER, act=Act.ROLE_REFUSED, target=person_id, role=held.role)


def _linked(tx: Transaction, identity: Identity, language: str, *, at: datetime) -> str:
    """The account of somebody who comes for the first time: a new one, or one of that address without a password.

    Never one with a password: then who has the mailbox at the provider would have the account here.
    """
    email = _address(identity)
    known = tx.people.by_email(email)
    if known is not None and tx.credentials.password(known.id) is not None:
        raise ConflictError("There is an account with this address, which has a password.", cure="Sign in with it.")
    tx.people.add(uuid4().hex, email=email, name=_name(identity), language=language, at=at)
    person = tx.people.by_email(email)
    assert person is not None  # noqa: S101 just made
    tx.people.change(person.id, confirmed_at=person.confirmed_at or at)
    tx.credentials.link(identity.issuer, identity.subject, person.id, at=at)
    if known is not None:
        account_letters.tell(tx, person.id, AccountMatter.IDENTITY_LINKED, at=at)
    tx.audit.add(at=at, actor=PROVIDER, act=Act.IDENTITY_LINKED, target=person.id, issuer=identity.issuer)
    # Of two who come at once with one identity the first has made the account.
    return tx.credentials.person_of(identity.issuer, identity.subject) or str(person.id)


def _address(identity: Identity) -> str:
    try:
        return accounts.address_of(identity.email)
    except InvalidError:
        digest = hashlib.sha256(f"{identity.issuer} {identity.subject}".encode()).hexdigest()
        return f"{digest[:32]}@{_NOWHERE}"


def _name(identity: Identity) -> str:
    try:
        return accounts.named(identity.name[: accounts.LONGEST_NAME])
    except CatalogError:
        return identity.email.partition("@")[0] or "-"


def _wanted(tx: Transaction, rules: list[ClaimRole]) -> list[Membership]:
    found = (_membership(tx, rule) for rule in rules)
    return list(dict.fromkeys(membership for membership in found if membership is not None))


def _membership(tx: Transaction, rule: ClaimRole) -> Membership | None:
    if rule.role not in AT_ORGANIZATIONS:
        return Membership(rule.role, level=rule.level, territory=rule.territory)
    organization = tx.organizations.called_or_coded(rule.organization)
    if organization is None:
        _log.warning("no such organization", extra={"organization": rule.organization, "role": rule.role})
        return None
    return Membership(rule.role, organization)
