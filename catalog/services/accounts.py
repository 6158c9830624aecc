"""Accounts with a password: sign up, sign in, reset, and what people change of their own.

No answer tells whether an address has an account: what a mail says is decided when it is sent.
"""

from datetime import datetime, timedelta
from uuid import uuid4

from catalog.domain.accounts import AccountMatter, LinkKind, Origin, Way
from catalog.domain.audit import Act
from catalog.domain.errors import ConflictError, GoneError, InvalidError, UnauthenticatedError
from catalog.domain.subscriptions import mail_address
from catalog.language import LANGUAGES
from catalog.services import account_letters, links, passwords, people, sessions, throttle
from catalog.store.database import Database, Transaction

LONGEST_NAME = 100
#: Mails that one address, and one client, may have sent in an hour.
_MAILS, _MAILS_OF_CLIENT = 5, 20
_HOUR = timedelta(hours=1)
#: Behind one client there may be a whole office: it may try so many times as often as one account.
_OFFICE = 6


def address_of(text: str) -> str:
    """An address as accounts have it."""
    return mail_address(text).lower()


def sign_up(tx: Transaction, email: str, language: str, *, client: str, at: datetime) -> None:
    """Have a link sent by which an account is made; or, to who has one already, a mail that says so."""
    _ask(tx, LinkKind.SIGN_UP, email, language, client=client, at=at)


def ask_reset(tx: Transaction, email: str, language: str, *, client: str, at: datetime) -> None:
    """Have a link sent by which a new password is chosen, if there is an account."""
    _ask(tx, LinkKind.RESET, email, language, client=client, at=at)


def _ask(tx: Transaction, kind: LinkKind, email: str, language: str, *, client: str, at: datetime) -> None:
    address = address_of(email)
    throttle.require(tx, "mail of client", client, most=_MAILS_OF_CLIENT, per=_HOUR, at=at)
    throttle.require(tx, "mail to address", address, most=_MAILS, per=_HOUR, at=at)
    links.ask(tx, kind, address, language, at=at)


def confirm(tx: Transaction, token: str, name: str, password: str, *, at: datetime) -> str:
    """The account that a link was sent for, with its name and password; the id of the person."""
    name, email = named(name), links.opened(tx, token, LinkKind.SIGN_UP, at=at).email
    password = passwords.checked(password, about=(email, email.partition("@")[0], name))
    link = links.spent(tx, token, LinkKind.SIGN_UP, at=at)
    person_id = _new(tx, link.email, name, link.language, at=at)
    tx.credentials.set_password(person_id, passwords.hashed(password), at=at)
    tx.audit.add(at=at, actor=people.author(tx, person_id), act=Act.SIGNED_UP, target=person_id)
    return person_id


def _new(tx: Transaction, email: str, name: str, language: str, *, at: datetime) -> str:
    """A person with a confirmed address; somebody made one may be waiting to be confirmed."""
    tx.people.add(uuid4().hex, email=email, name=name, language=language, at=at)
    found = tx.people.by_email(email)
    person = tx.people.lock(found.id) if found else None
    if person is None or person.confirmed_at is not None:
        raise ConflictError("There is an account with this address.", cure="Sign in, or choose a new password.")
    tx.people.change(person.id, confirmed_at=at, name=name)
    return str(person.id)


def choose(tx: Transaction, token: str, password: str, *, at: datetime) -> str:
    """A new password by a link; all sessions end. The id of the person."""
    kinds = (LinkKind.RESET, LinkKind.WELCOME)
    person = tx.people.get(links.opened(tx, token, *kinds, at=at).person_id)
    if person is None or person.blocked_at is not None:
        raise GoneError("This link no longer holds, or it was used already.", cure="Ask for a new one.")
    password = passwords.checked(password, about=(person.email, person.email.partition("@")[0], person.name))
    links.spent(tx, token, *kinds, at=at)
    tx.people.change(person.id, confirmed_at=person.confirmed_at or at)
    _set(tx, person.id, password, at=at)
    return str(person.id)


def change_password(
    tx: Transaction, person_id: str, current: str, password: str, *, strong: bool, origin: Origin, at: datetime
) -> str:
    """Another password; all sessions end, and this one goes on under a new secret, which is returned."""
    require_password(tx, person_id, current, field="current")
    person = tx.people.get(person_id)
    assert person is not None  # noqa: S101 who is signed in exists
    about = (person.email, person.email.partition("@")[0], person.name)
    password = passwords.checked(password, about=about, field="password")
    _set(tx, person_id, password, at=at)
    return sessions.open_for_person(tx, person_id, origin, way=Way.PASSWORD, strong=strong, waits=False, at=at)


def attempt(database: Database, person_id: str, *, at: datetime) -> None:
    """Count that somebody tries to prove to be a person who is signed in; ThrottledError where that is too often.

    Counted in a transaction of its own, so that failures count too.
    """
    with database.transaction() as tx:
        throttle.growing(tx, "proof", person_id, at=at)


def require_password(tx: Transaction, person_id: str, password: str, *, field: str = "password") -> None:
    """That it is really the person who changes something; InvalidError otherwise."""
    kept = tx.credentials.password(person_id)
    if kept is not None and not passwords.fits(kept, password):
        raise InvalidError("This is not your password.", field=field, cure="Check for typing errors.")


def _set(tx: Transaction, person_id: str, password: str, *, at: datetime) -> None:
    tx.credentials.set_password(person_id, passwords.hashed(password), at=at)
    tx.sessions.end_of_person(person_id)
    tx.links.forget_of(person_id)
    account_letters.tell(tx, person_id, AccountMatter.PASSWORD_CHANGED, at=at)
    tx.audit.add(at=at, actor=people.author(tx, person_id), act=Act.PASSWORD_CHANGED, target=person_id)


def sign_in(database: Database, email: str, password: str, origin: Origin, *, at: datetime) -> tuple[str, bool]:
    """A session for who knows the password: its secret, and whether it waits for the second factor.

    Whether there is such an account can be told neither by the answer nor by the time it takes. The password is
    compared outside of any transaction, for that takes long by intent.
    """
    address = _as_typed(email)
    with database.transaction() as tx:
        throttle.growing(tx, "sign-in", address, at=at)
        throttle.growing(tx, "client", origin.address, at=at, times=_OFFICE)
    with database.reading() as tx:
        person = tx.people.by_email(address)
        kept = tx.credentials.password(person.id) if person else None
    if not passwords.fits(kept, password) or person is None or kept is None:
        raise _refused()
    with database.transaction() as tx:
        return _signed_in(tx, person.id, kept, password, origin, at=at)


def _signed_in(
    tx: Transaction, person_id: str, kept: str, password: str, origin: Origin, *, at: datetime
) -> tuple[str, bool]:
    person = tx.people.lock(person_id)
    if person is None or person.blocked_at is not None or tx.credentials.password(person_id) != kept:
        raise _refused()
    if passwords.outdated(kept):
        tx.credentials.set_password(person_id, passwords.hashed(password), at=at)
    waits = tx.credentials.has_second_factor(person_id)
    if not waits:
        tx.audit.add(at=at, actor=people.author(tx, person_id), act=Act.SIGNED_IN, target=person_id)
    way = Way.PASSWORD
    return sessions.open_for_person(tx, person_id, origin, way=way, strong=False, waits=waits, at=at), waits


def change_name(tx: Transaction, person_id: str, name: str, language: str, *, at: datetime) -> None:
    """What the person is called, and the language of mails."""
    if language not in LANGUAGES:
        raise InvalidError("There is no such language.", field="language", cure="Choose one of the list.")
    tx.people.change(person_id, name=named(name), language=language)
    tx.audit.add(at=at, actor=people.author(tx, person_id), act=Act.PROFILE_CHANGED, target=person_id)


def wish_address(tx: Transaction, person_id: str, email: str, password: str, *, at: datetime) -> None:
    """Have a link sent to a new address; the present one is told."""
    address = address_of(email)
    require_password(tx, person_id, password, field="password")
    throttle.require(tx, "mail to address", address, most=_MAILS, per=_HOUR, at=at)
    person = tx.people.get(person_id)
    language = person.language if person else LANGUAGES[0]
    links.ask(tx, LinkKind.ADDRESS, address, language, at=at, person_id=person_id)
    account_letters.tell(tx, person_id, AccountMatter.ADDRESS_WISHED, at=at, wished=address)


def change_address(tx: Transaction, token: str, *, at: datetime) -> str:
    """From now on the account has the address that the link was sent to; both are told. The id of the person."""
    link = links.spent(tx, token, LinkKind.ADDRESS, at=at)
    person = tx.people.lock(link.person_id)
    if person is None or person.blocked_at is not None:
        raise GoneError("This link no longer holds, or it was used already.", cure="Ask for a new one.")
    if not tx.people.take_address(person.id, link.email):
        raise ConflictError("There is an account with this address.", cure="Choose another address.")
    tx.links.forget_of(person.id)
    for address in (person.email, link.email):
        account_letters.tell(tx, person.id, AccountMatter.ADDRESS_CHANGED, at=at, address=address, wished=link.email)
    tx.audit.add(
        at=at,
        actor=people.author(tx, person.id),
        act=Act.ADDRESS_CHANGED,
        target=person.id,
        person=person.id,
        before={"email": person.email},
        after={"email": link.email},
    )
    return str(person.id)


def named(name: str) -> str:
    """A name as it is kept; InvalidError where it is none."""
    found = " ".join(name.split())
    if not found or len(found) > LONGEST_NAME or not found.isprintable():
        raise InvalidError(
            "This is not a name.", field="name", cure="Use {count} characters at the most.", count=LONGEST_NAME
        )
    return found


def _as_typed(email: str) -> str:
    """The address that somebody signs in with; one that cannot be any is as wrong as one that is not known."""
    try:
        return address_of(email)
    except InvalidError:
        return ""


def _refused() -> UnauthenticatedError:
    return UnauthenticatedError(
        "The address or the password is not right.",
        field="password",
        cure="Check for typing errors, or choose a new password.",
    )
