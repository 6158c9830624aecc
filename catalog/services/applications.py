"""Companies join by an application, which a registrar of the place verifies or refuses."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from catalog.domain import applications as domain
from catalog.domain.accounts import AccountMatter, AccountNotice
from catalog.domain.applications import DUE, ApplicationState, Command, Company, Said, Submit, Verified, level_of
from catalog.domain.errors import ConflictError, InvalidError, NotFoundError
from catalog.domain.organizations import Description, Line, OrganizationKind, checked_uscc
from catalog.domain.people import Actor, Level, Membership, Role
from catalog.domain.policy import Action, Target, may
from catalog.domain.subscriptions import Channel
from catalog.services import organizations, people
from catalog.services.permission import require
from catalog.store.applications import ApplicationRow, Happened
from catalog.store.database import Transaction
from catalog.store.outbox import Letter

#: What an applicant may have waiting at once.
_MOST_WAITING = 5


@dataclass(frozen=True, slots=True)
class Case:
    """An application as its parties see it."""

    id: str
    applicant: str
    email: str
    state: str
    company: Company
    level: str
    due_at: datetime
    organization: str | None
    timeline: list[dict[str, Any]]
    #: The commands that this reader may give now.
    actions: list[str]


def apply(tx: Transaction, actor: Actor, company: Company, *, at: datetime) -> Case:
    """A person applies for a company."""
    require(actor, Action.APPLY, Target(person=actor.person))
    waiting = {ApplicationState.SUBMITTED, ApplicationState.RETURNED}
    if sum(row.state in waiting for row in tx.applications.of_person(actor.person)) >= _MOST_WAITING:
        raise ConflictError("Too many of your applications wait to be decided.", cure="Wait, or withdraw one.")
    company = _checked(tx, company)
    if tx.applications.has_waiting(company.uscc):
        raise ConflictError("This company is applied for already.", field="uscc", cure="Wait until that is decided.")
    row = ApplicationRow(
        uuid4().hex, actor.person, **_row(company), state="new", version=0, due_at=at + DUE, updated_at=at
    )
    tx.applications.open(row)
    _append(tx, actor, row, domain.Application(), {Role.PERSON}, Submit(company), at=at)
    return read(tx, actor, row.id)


def act(tx: Transaction, actor: Actor, application_id: str, command: Command, *, at: datetime) -> Case:
    """A party takes a step."""
    row = _seen(tx, actor, application_id)
    application = domain.fold(h.event for h in tx.applications.history(application_id))
    if isinstance(command, domain.Amend):
        command = domain.Amend(_checked(tx, command.company))
    _append(tx, actor, row, application, _parts(actor, row), command, at=at)
    return _view(tx, actor, _known(tx, application_id))


def read(tx: Transaction, actor: Actor, application_id: str) -> Case:
    """One application with its timeline; it does not exist for those who have no part in it."""
    return _view(tx, actor, _seen(tx, actor, application_id))


def written(tx: Transaction, letter: Letter, portal: str, *, at: datetime) -> AccountNotice | None:
    """The mail about a decision; None where nobody is left to read it."""
    row = tx.applications.get(letter.target)
    person = tx.people.get(row.person_id) if row else None
    if row is None or person is None or person.blocked_at is not None:
        return None
    link, about = f"{portal}/applications/{row.id}", f"application_{letter.id}"
    return AccountNotice(
        about, AccountMatter.APPLICATION, person.email, person.language, at, link, {"company": row.name}
    )


def mine(tx: Transaction, actor: Actor) -> list[ApplicationRow]:
    """The applications of a person, the latest first."""
    require(actor, Action.APPLY, Target(person=actor.person))
    return tx.applications.of_person(actor.person)


def queue(tx: Transaction, actor: Actor) -> list[ApplicationRow]:
    """What waits for a registrar, the one that is due first at the top; never his own."""
    held = [membership for membership in actor.memberships if membership.role is Role.REGISTRAR]
    return [row for row in tx.applications.queue(held) if row.person_id != actor.person]


def _append(
    tx: Transaction,
    actor: Actor,
    row: ApplicationRow,
    application: domain.Application,
    parts: set[Role],
    command: Command,
    *,
    at: datetime,
) -> None:
    event = domain.decide(application, parts, command)
    state = domain.evolve(application, event).state
    row = replace(row, state=state, version=row.version + 1, updated_at=at)
    match event:
        case Said():
            row = replace(row, **_row(_company(event)), due_at=at + DUE)
        case Verified():
            row = replace(row, organization=_founded(tx, actor, row, at=at))
    tx.applications.append(row, event, at=at, actor=actor.name)
    if command.__class__ in (domain.Return, domain.Verify, domain.Refuse):
        tx.outbox.post(Channel.MAIL, row.id, {"matter": AccountMatter.APPLICATION}, at=at)
    tx.audit.add(at=at, actor=actor, act=f"application {state}", target=row.id, uscc=row.uscc)


def _founded(tx: Transaction, actor: Actor, row: ApplicationRow, *, at: datetime) -> str:
    """The company, and the applicant as its administrator."""
    tx.organizations.lock()
    described = Description(OrganizationKind.COMPANY, None, row.territory, row.uscc)
    made = organizations.found_anew(tx, actor, row.name, described, None, at=at)
    for role in (Role.ORGANIZATION_ADMIN, Role.APPLICANT):
        people.give(tx, row.person_id, Membership(role, made.id), by=actor, at=at, separation=True)
    return made.id


def _checked(tx: Transaction, company: Company) -> Company:
    uscc = checked_uscc(company.uscc)
    if uscc is None:
        raise InvalidError("A company has a 统一社会信用代码.", field="uscc", cure="Write its 18 characters.")
    territory = organizations.place(company.territory)
    if not territory:
        raise InvalidError("A company has a place.", field="territory", cure="Write the code of its place.")
    described = Description(uscc=uscc, territory=territory)
    organizations.checked(tx, described)
    return replace(company, name=organizations.free_name(tx, company.name), uscc=uscc, territory=territory)


def _row(company: Company) -> dict[str, Any]:
    return {
        "name": company.name,
        "uscc": company.uscc,
        "territory": company.territory,
        "level": level_of(company.territory),
    }


def _company(event: Said) -> Company:
    return Company(event.name, event.uscc, event.territory, event.evidence, event.contact)


def _known(tx: Transaction, application_id: str) -> ApplicationRow:
    row = tx.applications.get(application_id)
    if row is None:
        raise NotFoundError
    return row


def _seen(tx: Transaction, actor: Actor, application_id: str) -> ApplicationRow:
    row = _known(tx, application_id)
    if not _parts(actor, row):
        raise NotFoundError
    return row


def _parts(actor: Actor, row: ApplicationRow) -> set[Role]:
    """The parts that an actor has in an application; nobody verifies his own."""
    if actor.person and actor.person == row.person_id:
        return {Role.PERSON}
    line = Line("", (), Level(row.level), row.territory)
    return {Role.REGISTRAR} if may(actor, Action.VERIFY_ORGANIZATION, Target(line, submitter=row.person_id)) else set()


def _view(tx: Transaction, actor: Actor, row: ApplicationRow) -> Case:
    history = tx.applications.history(row.id)
    application = domain.fold(h.event for h in history)
    person = tx.people.get(row.person_id)
    assert application.company is not None  # noqa: S101 every application begins with one
    return Case(
        id=row.id,
        applicant=person.name if person else "",
        email=person.email if person else "",
        state=application.state,
        company=application.company,
        level=row.level,
        due_at=row.due_at,
        organization=row.organization,
        timeline=[_step(h) for h in history],
        actions=sorted(kind.__name__.lower() for kind in domain.allowed(application, _parts(actor, row))),
    )


def _step(happened: Happened) -> dict[str, Any]:
    event = happened.event
    return {"at": happened.at, "actor": happened.actor, "act": type(event).__name__.lower(), "words": event.words}
