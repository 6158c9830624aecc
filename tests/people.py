"""People for tests: an account as it is after signing up, its mails, and a clock that can be set forward."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import uuid4

import pyotp

from catalog.domain.people import OPERATOR, Membership
from catalog.domain.subscriptions import Channel
from catalog.portal import Portal
from catalog.services import letters, passwords, people
from catalog.store.database import Transaction
from ingest.carriers import MailFolder

PASSWORD = "vier hohe Pappeln 77"


class Clock:
    """The time, which stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


def add_person(tx: Transaction, email: str, *held: Membership, at: datetime, password: str = PASSWORD) -> str:
    """Somebody whose address is confirmed, with a password and roles; the id."""
    person_id = uuid4().hex
    tx.people.add(person_id, email=email, name="王芳", language="zh", at=at)
    tx.people.change(person_id, confirmed_at=at)
    if password:
        tx.credentials.set_password(person_id, passwords.hashed(password), at=at)
    for membership in held:
        people.give(tx, person_id, membership, by=OPERATOR, at=at, separation=True)
    return person_id


def add_second_factor(tx: Transaction, portal: Portal, person_id: str, *, at: datetime) -> Callable[[datetime], str]:
    """The second factor of somebody, and the app that shows its codes."""
    secret = pyotp.random_base32()
    sealed = portal.seal.seal(secret)
    tx.credentials.begin_second_factor(person_id, sealed)
    tx.credentials.confirm_second_factor(person_id, sealed, step=0, at=at)
    return pyotp.TOTP(secret).at


def mails(portal: Portal) -> list[EmailMessage]:
    """Every mail until now, oldest first: what waits in the outbox is sent."""
    folder = MailFolder(portal.settings.mail_folder, portal.settings.mail_from)
    while letters.send(portal.database, Channel.MAIL, folder, "http://testserver", portal.clock):
        pass
    paths = sorted(portal.settings.mail_folder.glob("*.eml"), key=lambda path: int(path.stem.rpartition("_")[2]))
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]


def link_of(mail: EmailMessage) -> str:
    """The address of a page that a mail leads to."""
    return next(line for line in str(mail.get_content()).splitlines() if line.startswith("http"))
