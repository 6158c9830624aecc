"""Mails about accounts: posted with the change; what a link's mail says is decided when it is sent."""

from datetime import datetime

from catalog.domain.accounts import AccountMatter, AccountNotice, LinkKind
from catalog.domain.subscriptions import Channel
from catalog.services import applications, links, members
from catalog.store.database import Transaction
from catalog.store.outbox import Letter


def tell(  # what is told, of whom, and where
    tx: Transaction,
    person_id: str,
    matter: AccountMatter,
    *,
    at: datetime,
    address: str = "",
    wished: str = "",
    path: str = "/profile",
) -> None:
    """Have a mail sent about a change that matters, to the address of now or to another one."""
    person = tx.people.get(person_id)
    if person is not None:
        body = {"matter": matter, "email": address or person.email, "wished": wished, "path": path}
        tx.outbox.post(Channel.MAIL, person_id, body, at=at)


def written(tx: Transaction, letter: Letter, portal: str, *, at: datetime) -> AccountNotice | None:
    """The mail; None where there is nothing to say any more."""
    matter = letter.body["matter"]
    if matter in list(LinkKind):
        return _linked(tx, letter, portal, at=at)
    if matter == AccountMatter.INVITATION:
        return members.written(tx, letter, portal, at=at)
    if matter == AccountMatter.APPLICATION:
        return applications.written(tx, letter, portal, at=at)
    return _told(tx, letter, AccountMatter(matter), portal, at=at)


def _linked(tx: Transaction, letter: Letter, portal: str, *, at: datetime) -> AccountNotice | None:
    link = tx.links.get(letter.target)
    if link is None:
        return None
    kind = LinkKind(link.kind)
    person = tx.people.get(link.person_id) if link.person_id else tx.people.by_email(link.email)
    matter, language = AccountMatter(kind), person.language if person else link.language
    if person is not None and person.blocked_at is not None:
        return None
    if kind is LinkKind.SIGN_UP and person is not None and person.confirmed_at is not None:
        matter, path = AccountMatter.KNOWN, "/sign-in"
    elif kind is LinkKind.RESET and person is None:
        return None
    elif kind is LinkKind.RESET and person is not None and _is_elsewhere(tx, person.id):
        matter, path = AccountMatter.ELSEWHERE, "/sign-in"
    else:
        path = links.made(tx, link.id, kind, person_id=person.id if person else None, at=at)
    return AccountNotice(f"account_{letter.id}", matter, link.email, language, at, f"{portal}{path}")


def _is_elsewhere(tx: Transaction, person_id: str) -> bool:
    return tx.credentials.password(person_id) is None and bool(tx.credentials.identities(person_id))


def _told(tx: Transaction, letter: Letter, matter: AccountMatter, portal: str, *, at: datetime) -> AccountNotice | None:
    person = tx.people.get(letter.target)
    if person is None:
        return None
    facts = {"wished": letter.body["wished"]}
    where = portal + letter.body.get("path", "/profile")
    return AccountNotice(f"account_{letter.id}", matter, letter.body["email"], person.language, at, where, facts)
