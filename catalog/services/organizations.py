"""The tree of organizations: create, describe, rename, move; who they are, and what they were called."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from catalog.domain.audit import Act
from catalog.domain.errors import ConflictError, GoneError, InvalidError, NotFoundError
from catalog.domain.organizations import (
    Description,
    Line,
    Organization,
    checked_name,
    checked_uscc,
    in_order,
)
from catalog.domain.people import Actor
from catalog.domain.policy import Action, Target, may
from catalog.services.permission import at as of
from catalog.services.permission import require
from catalog.store.database import Transaction
from search.places import is_place

_MOST_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class Portrait:
    """An organization with what it lies beneath, what lies beneath it, its names and its records."""

    organization: Organization
    #: Former names.
    names: tuple[str, ...]
    #: The nearest first.
    above: tuple[Organization, ...]
    children: tuple[Organization, ...]
    records: int


def living(tx: Transaction, organization_id: str) -> Organization:
    """An organization; GoneError with its successor once it has ended."""
    found = tx.organizations.get(organization_id)
    if found is None:
        raise NotFoundError
    if found.ended_at is not None:
        raise GoneError("This organization has ended.", successor=found.successor)
    return found


def portrait(tx: Transaction, organization_id: str) -> Portrait:
    """All that readers see of an organization, also of one that has ended."""
    found = tx.organizations.get(organization_id)
    if found is None:
        raise NotFoundError
    line = tx.organizations.line(organization_id).above[1:]
    known = tx.organizations.many(line)
    return Portrait(
        found,
        tuple(name for name in tx.organizations.names(organization_id) if name != found.name),
        tuple(known[higher] for higher in line),
        tuple(tx.organizations.children(organization_id, size=_MOST_SHOWN)),
        tx.datasets.count_owned(organization_id),
    )


def history(tx: Transaction, organization_id: str) -> list[dict[str, Any]]:
    """What became of an organization, latest first; who did it and what concerns its members is in the audit."""
    shown = (entry for entry in tx.audit.about(organization_id) if entry["act"].startswith("organization "))
    return [{name: entry[name] for name in ("at", "act", "detail", "changes")} for entry in shown]


def create(
    tx: Transaction, actor: Actor, name: str, described: Description, parent: str | None = None, *, at: datetime
) -> Organization:
    """A new organization, beneath another one or beneath none."""
    tx.organizations.lock()
    require(actor, Action.MANAGE_ORGANIZATIONS, of(tx, parent or ""), field="parent")
    return found_anew(tx, actor, name, described, parent, at=at)


def found_anew(
    tx: Transaction,
    actor: Actor,
    name: str,
    described: Description,
    parent: str | None,
    *,
    at: datetime,
    ordered: bool = True,
) -> Organization:
    """The same for whoever was allowed to already; ``ordered``: the order of levels is looked at now."""
    name = free_name(tx, name)
    organization = replace(
        Organization.named(name),
        **_fields(checked(tx, described)),
        parent=_parent(tx, parent).id if parent else None,
    )
    tx.organizations.add([organization])
    if ordered:
        require_order(tx, organization.id)
    _note(tx, actor, "created", organization.id, at=at, name=name, parent=parent)
    return organization


def describe(
    tx: Transaction, actor: Actor, organization_id: str, described: Description, *, at: datetime
) -> Organization:
    """Say anew what it is."""
    _changing(tx, actor, organization_id)
    write_description(tx, actor, organization_id, described, at=at)
    require_order(tx, organization_id)
    return living(tx, organization_id)


def write_description(
    tx: Transaction, actor: Actor, organization_id: str, described: Description, *, at: datetime
) -> None:
    """The same, for who looks at the order of levels when all is written."""
    former = living(tx, organization_id)
    described = checked(tx, described, but=organization_id)
    tx.organizations.describe(organization_id, described)
    after = _fields(described)
    before = {name: getattr(former, name) for name in after}
    _note(tx, actor, "described", organization_id, at=at, before=before, after=after)


def rename(tx: Transaction, actor: Actor, organization_id: str, name: str, *, at: datetime) -> Organization:
    """Call it otherwise; former names go on leading to it, and it may take one of them again."""
    organization = _changing(tx, actor, organization_id)
    name = checked_name(name)
    if name != organization.name:
        if tx.organizations.called([name]).get(name) != organization_id:
            free_name(tx, name)
        tx.organizations.rename(organization_id, name)
        _note(tx, actor, "renamed", organization_id, at=at, former=organization.name, name=name)
    return living(tx, organization_id)


def move(tx: Transaction, actor: Actor, organization_id: str, parent: str | None, *, at: datetime) -> Organization:
    """Put it with all beneath it under another organization, or under none."""
    _changing(tx, actor, organization_id)
    require(actor, Action.MANAGE_ORGANIZATIONS, of(tx, parent or ""), field="parent")
    write_move(tx, actor, organization_id, parent, at=at)
    require_order(tx, organization_id)
    return living(tx, organization_id)


def write_move(tx: Transaction, actor: Actor, organization_id: str, parent: str | None, *, at: datetime) -> None:
    """The same for whoever was allowed to already, and who looks at the order of levels when all is written."""
    organization = living(tx, organization_id)
    if parent and organization_id in tx.organizations.line(_parent(tx, parent).id).above:
        raise InvalidError(
            "An organization cannot lie beneath itself.", field="parent", cure="Choose one that is not beneath it."
        )
    if parent != organization.parent:
        tx.organizations.hang(organization_id, parent)
        tx.outbox.index_beneath(organization_id, at=at)
        _note(tx, actor, "moved", organization_id, at=at, former=organization.parent, parent=parent)


def require_order(tx: Transaction, organization_id: str) -> None:
    """InvalidError where an organization lies beneath one of a lower level, or over one of a higher level."""
    line = tx.organizations.line(organization_id)
    known = tx.organizations.many(line.above[1:])
    above = [known[higher].level for higher in line.above[1:]]
    beneath = tx.organizations.levels_beneath(organization_id)
    if not in_order([*above, line.level], beneath) or not in_order(above, [line.level]):
        raise InvalidError(
            "The levels would be the wrong way round.",
            field="level",
            cure="What lies beneath an organization is of the same level or of a lower one.",
        )


def checked(tx: Transaction, described: Description, *, but: str = "") -> Description:
    """What is said of an organization, if it can be."""
    uscc = checked_uscc(described.uscc)
    if uscc and tx.organizations.numbered([uscc]).get(uscc, but) != but:
        raise ConflictError(
            "Another organization has this 统一社会信用代码.",
            field="uscc",
            cure="Write its own, or merge the two.",
            organization=tx.organizations.numbered([uscc])[uscc],
        )
    return replace(described, uscc=uscc, territory=place(described.territory))


def place(code: str) -> str:
    """A 区划代码 without the zeros that stand for nothing; InvalidError where there is no such place."""
    code = code.strip()
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    if code and not is_place(code):
        raise InvalidError(
            "There is no place {code}.",
            field="territory",
            code=code[:20],
            cure="A place is a code of two, four or six digits.",
        )
    return code


def free_name(tx: Transaction, name: str) -> str:
    """A name that leads to nobody yet: a name is taken once and for all."""
    name = checked_name(name)
    if taken := tx.organizations.called([name]).get(name):
        raise ConflictError(
            "This name leads to an organization already.",
            field="name",
            cure="Choose another name, or change that organization: {organization}.",
            organization=taken,
        )
    return name


def seat(tx: Transaction, organization_id: str) -> Target:
    """What is done to an organization is done to its place: those above may, it may not itself."""
    line = tx.organizations.line(organization_id)
    return Target(Line("", line.above[1:], line.level, line.territory))


def named(tx: Transaction, said: str, *, field: str) -> str:
    """The id of a living organization, by its id or by a name it has or had."""
    said = said.strip()
    found = tx.organizations.get(tx.organizations.called([said]).get(said, said))
    if found is None or found.ended_at is not None:
        raise InvalidError(
            "There is no organization {name}.", field=field, name=said[:40], cure="Give its id, or its whole name."
        )
    return found.id


@dataclass(frozen=True, slots=True)
class Rights:
    """What a reader may do with an organization."""

    change: bool
    add: bool
    members: bool


def rights(tx: Transaction, actor: Actor, organization_id: str) -> Rights:
    """The same, for buttons of a page."""
    here = of(tx, organization_id)
    return Rights(
        change=bool(may(actor, Action.MANAGE_ORGANIZATIONS, seat(tx, organization_id))),
        add=bool(may(actor, Action.MANAGE_ORGANIZATIONS, here)),
        members=bool(may(actor, Action.MANAGE_MEMBERS, here)),
    )


def _changing(tx: Transaction, actor: Actor, organization_id: str) -> Organization:
    tx.organizations.lock()
    organization = living(tx, organization_id)
    require(actor, Action.MANAGE_ORGANIZATIONS, seat(tx, organization_id))
    return organization


def _parent(tx: Transaction, parent: str) -> Organization:
    found = tx.organizations.get(parent)
    if found is None or found.ended_at is not None:
        raise InvalidError(
            "There is no organization {id}.", field="parent", id=parent[:40], cure="Give the id of one that exists."
        )
    return found


def _fields(described: Description) -> dict[str, Any]:
    return {name: getattr(described, name) for name in Description.__dataclass_fields__}


def _note(tx: Transaction, actor: Actor, act: str, organization_id: str, *, at: datetime, **detail: Any) -> None:
    told = Act(f"organization {act}")
    tx.audit.add(at=at, actor=actor, act=told, target=organization_id, organization=organization_id, **detail)
