"""The second factor: codes of an app (TOTP, RFC 6238), and recovery codes for when the app is lost."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import pyotp

from catalog.domain.accounts import AccountMatter, Origin, Way
from catalog.domain.audit import Act
from catalog.domain.errors import InvalidError, NotFoundError, UnauthenticatedError
from catalog.domain.people import Actor
from catalog.domain.tokens import digest
from catalog.services import account_letters, accounts, people, sessions, throttle
from catalog.store.database import Database, Transaction
from catalog.store.seal import Seal

#: Seconds that a code is for, and how many steps a clock may be off.
_STEP, _OFF = 30, 1
_CODES = 10
#: Of a recovery code: without letters and digits that look alike.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_PARTS, _PART = 4, 4
_ISSUER = "数源 Shuyuan"


@dataclass(frozen=True, slots=True)
class Offered:
    """What an app is set up with."""

    secret: str
    #: The same as an address that apps read from a picture.
    address: str


def begin(tx: Transaction, seal: Seal, person_id: str, password: str) -> None:
    """A new secret, which waits for its first code; the present one holds until then."""
    accounts.require_password(tx, person_id, password)
    tx.credentials.begin_second_factor(person_id, seal.seal(pyotp.random_base32()))


def offered(tx: Transaction, seal: Seal, person_id: str) -> Offered | None:
    """The secret that waits for its first code."""
    factor, person = tx.credentials.second_factor(person_id), tx.people.get(person_id)
    if factor is None or factor.pending is None or person is None:
        return None
    secret = seal.open(factor.pending)
    label = f"{quote(_ISSUER)}:{quote(person.email)}"
    return Offered(secret, f"otpauth://totp/{label}?secret={secret}&issuer={quote(_ISSUER)}")


def confirm(
    tx: Transaction, seal: Seal, person_id: str, code: str, *, way: Way, origin: Origin, at: datetime
) -> tuple[str, list[str]]:
    """The second factor is on; all sessions end but this one, which goes on under a new secret.

    That secret, and the recovery codes, which are shown now and never again.
    """
    factor = tx.credentials.second_factor(person_id)
    if factor is None or factor.pending is None:
        raise NotFoundError("There is nothing to confirm.", cure="Begin again.")
    step = _step(seal.open(factor.pending), code, at=at)
    if step is None:
        raise _wrong()
    if not tx.credentials.confirm_second_factor(person_id, factor.pending, step=step, at=at):
        raise NotFoundError("There is nothing to confirm.", cure="Begin again.")
    tx.sessions.end_of_person(person_id)
    codes = _new_codes(tx, person_id)
    account_letters.tell(tx, person_id, AccountMatter.SECOND_FACTOR_ON, at=at)
    _audit(tx, person_id, Act.SECOND_FACTOR_ON, at=at)
    return sessions.open_for_person(tx, person_id, origin, way=way, strong=True, waits=False, at=at), codes


def sign_in(database: Database, seal: Seal, session: str, code: str, origin: Origin, *, at: datetime) -> str:
    """A session in place of the one that waits, by a code of the app or a recovery code; its secret."""
    with database.transaction() as tx:
        found = sessions.waiting(tx, session, at=at)
        if found is None:
            raise UnauthenticatedError("That took too long.", cure="Sign in again.")
        throttle.growing(tx, "code", found[0], at=at)
    person_id, way = found
    with database.transaction() as tx:
        person = tx.people.lock(person_id)
        if person is None or person.blocked_at is not None or sessions.waiting(tx, session, at=at) is None:
            raise UnauthenticatedError("That took too long.", cure="Sign in again.")
        _use(tx, seal, person_id, code, at=at)
        sessions.end(tx, session)
        _audit(tx, person_id, Act.SIGNED_IN, at=at)
        return sessions.open_for_person(tx, person_id, origin, way=way, strong=True, waits=False, at=at)


def renew_codes(tx: Transaction, seal: Seal, person_id: str, code: str, *, at: datetime) -> list[str]:
    """New recovery codes in place of all before, shown now and never again."""
    _use(tx, seal, person_id, code, at=at)
    account_letters.tell(tx, person_id, AccountMatter.RECOVERY_CODES_MADE, at=at)
    _audit(tx, person_id, Act.RECOVERY_CODES_MADE, at=at)
    return _new_codes(tx, person_id)


def remove(tx: Transaction, seal: Seal, person_id: str, code: str, *, at: datetime) -> None:
    """The second factor is off, and so are the roles that need it; all sessions end."""
    _use(tx, seal, person_id, code, at=at)
    _remove(tx, person_id, at=at)
    _audit(tx, person_id, Act.SECOND_FACTOR_OFF, at=at)


def reset(tx: Transaction, actor: Actor, person_id: str, *, at: datetime) -> None:
    """In an emergency: who lost app and codes signs in with the password, and sets up anew."""
    if not _remove(tx, person_id, at=at):
        raise NotFoundError("This person has no second factor.")
    tx.audit.add(at=at, actor=actor, act=Act.SECOND_FACTOR_RESET, target=person_id)


def _remove(tx: Transaction, person_id: str, *, at: datetime) -> bool:
    if not tx.credentials.remove_second_factor(person_id):
        return False
    tx.sessions.end_of_person(person_id)
    account_letters.tell(tx, person_id, AccountMatter.SECOND_FACTOR_OFF, at=at)
    return True


def _use(tx: Transaction, seal: Seal, person_id: str, code: str, *, at: datetime) -> None:
    """A code is good once; InvalidError for any other."""
    factor = tx.credentials.second_factor(person_id)
    if factor is None or factor.secret is None:
        raise NotFoundError("This person has no second factor.")
    found = "".join(code.split())
    if found.isdecimal():
        step = _step(seal.open(factor.secret), found, at=at)
        if step is None or not tx.credentials.use_step(person_id, step):
            raise _wrong()
    elif tx.credentials.use_recovery_code(person_id, _digest(found), at=at):
        account_letters.tell(tx, person_id, AccountMatter.RECOVERY_CODE_USED, at=at)
        _audit(tx, person_id, Act.RECOVERY_CODE_USED, at=at)
    else:
        raise _wrong()


def _step(secret: str, code: str, *, at: datetime) -> int | None:
    """The step of time that a code is of, if it is one of about now."""
    totp, now, typed = pyotp.TOTP(secret), int(at.timestamp()) // _STEP, "".join(code.split())
    steps = (now + off for off in range(-_OFF, _OFF + 1))
    fitting = [step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode())]
    return fitting[-1] if fitting else None


def _new_codes(tx: Transaction, person_id: str) -> list[str]:
    codes = ["-".join(_random(_PART) for _ in range(_PARTS)) for _ in range(_CODES)]
    tx.credentials.set_recovery_codes(person_id, [_digest(code) for code in codes])
    return codes


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _digest(code: str) -> str:
    """Of 79 random bits, so it needs no slow hash; hyphens and capitals do not matter."""
    return digest(code.replace("-", "").lower())


def _audit(tx: Transaction, person_id: str, act: Act, *, at: datetime) -> None:
    tx.audit.add(at=at, actor=people.author(tx, person_id), act=act, target=person_id)


def _wrong() -> InvalidError:
    return InvalidError(
        "This code is not right, or it was used already.",
        field="code",
        cure="Wait for the next code of your app, or use a recovery code.",
    )
