"""How organizations end: merged into another, split into several, or closed; what was theirs has a living owner."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from catalog.domain.audit import Act
from catalog.domain.errors import ConflictError, InvalidError
from catalog.domain.organizations import Description, Organization
from catalog.domain.people import Actor
from catalog.domain.policy import Action
from catalog.services.organizations import found_anew, living, require_order, seat
from catalog.services.permission import require
from catalog.store.database import Transaction
from catalog.store.datasets import Stored

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """A new organization, and which records become its own: named ones, those of themes, or everything else."""

    name: str
    uscc: str | None = None
    themes: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    rest: bool = False


def merge(tx: Transaction, actor: Actor, organization_id: str, heir: str, *, at: datetime) -> Organization:
    """End an organization; all that was its own, and its names, belong to another one from now on."""
    tx.organizations.lock()
    living(tx, organization_id)
    _require_heir(tx, organization_id, heir)
    for party in (organization_id, heir):
        require(actor, Action.MANAGE_ORGANIZATIONS, seat(tx, party))
    _bequeath(tx, organization_id, heir, at=at)
    require_order(tx, heir)
    _note(tx, actor, "merged", organization_id, at=at, into=heir)
    _note(tx, actor, "took over", heir, at=at, merged=organization_id)
    return living(tx, heir)


def close(tx: Transaction, actor: Actor, organization_id: str, *, at: datetime) -> None:
    """End an organization at which nothing is open; its keys and memberships end too."""
    tx.organizations.lock()
    living(tx, organization_id)
    require(actor, Action.MANAGE_ORGANIZATIONS, seat(tx, organization_id))
    if still_open := tx.succession.open_at(organization_id, at=at):
        raise ConflictError(
            "Something is still open at this organization: {what}.",
            cure="Withdraw, decide or move it first, or merge the organization into another.",
            what=", ".join(f"{name} {count}" for name, count in still_open.items()),
        )
    tx.succession.dissolve(organization_id, at=at)
    tx.organizations.end(organization_id, successor=None, at=at)
    _note(tx, actor, "closed", organization_id, at=at)


def split(
    tx: Transaction, actor: Actor, organization_id: str, parts: Sequence[Part], *, ends: bool, at: datetime
) -> list[Organization]:
    """New organizations beside one, with its records as they are assigned, and its members.

    If it ``ends``, the part that takes everything else is its successor; if not, everything else stays.
    """
    tx.organizations.lock()
    former = living(tx, organization_id)
    require(actor, Action.MANAGE_ORGANIZATIONS, seat(tx, organization_id))
    _check_parts(tx, organization_id, parts, ends=ends)
    described = Description(former.kind, former.level, former.territory)
    made = [
        found_anew(tx, actor, part.name, replace(described, uscc=part.uscc), former.parent, at=at) for part in parts
    ]
    _assign(tx, organization_id, parts, made, at=at)
    for new in made:
        tx.people.copy_members(organization_id, new.id, by=actor.person or actor.id, at=at, fresh=lambda: uuid4().hex)
    if ends:
        rest = next(new for part, new in zip(parts, made, strict=True) if part.rest)
        _bequeath(tx, organization_id, rest.id, at=at)
        require_order(tx, rest.id)
    _note(tx, actor, "split", organization_id, at=at, into=[new.id for new in made], ends=ends)
    return [living(tx, new.id) for new in made]


def _bequeath(tx: Transaction, former: str, heir: str, *, at: datetime) -> None:
    tx.outbox.index_owned(former, at=at)
    while children := tx.organizations.children(former, size=_BATCH):
        for child in children:
            tx.outbox.index_beneath(child.id, at=at)
            tx.organizations.hang(child.id, heir)
    tx.succession.pass_on(former, heir, at=at)
    tx.organizations.end(former, successor=heir, at=at)


def _require_heir(tx: Transaction, organization_id: str, heir: str) -> None:
    found = tx.organizations.get(heir)
    if found is None or found.ended_at is not None:
        raise InvalidError(
            "There is no organization {id}.", field="into", id=heir[:40], cure="Give the id of one that exists."
        )
    if organization_id in tx.organizations.line(heir).above:
        raise InvalidError(
            "An organization cannot be merged into itself, or into one beneath it.",
            field="into",
            cure="Move that one to another place first.",
        )


def _check_parts(tx: Transaction, organization_id: str, parts: Sequence[Part], *, ends: bool) -> None:
    if not parts:
        raise InvalidError("A split makes at least one organization.", field="parts", cure="Name one.")
    if sum(part.rest for part in parts) != int(ends):
        raise InvalidError(
            "One part takes everything else if the organization ends; if it goes on, it keeps that itself.",
            field="parts",
            cure="Say for one part, or for none, that it takes everything else.",
        )
    themes, records = ([value for part in parts for value in getattr(part, name)] for name in ("themes", "records"))
    if len(set(themes)) < len(themes) or len(set(records)) < len(records):
        raise InvalidError(
            "A theme or a record is assigned twice.", field="parts", cure="Assign each to one organization."
        )
    for start in range(0, len(records), _BATCH):
        batch = records[start : start + _BATCH]
        owned = tx.datasets.many(batch)
        if wrong := [i for i in batch if i not in owned or owned[i].owner != organization_id]:
            raise InvalidError(
                "The organization has no record {id}.", field="parts", id=wrong[0], cure="Give ids of its records."
            )


def foreseen(tx: Transaction, actor: Actor, organization_id: str, parts: Sequence[Part], *, ends: bool) -> list[int]:
    """How many records each part of a split would get; at the end how many would stay."""
    require(actor, Action.MANAGE_ORGANIZATIONS, seat(tx, organization_id))
    _check_parts(tx, organization_id, parts, ends=ends)
    counts = [0] * (len(parts) + 1)
    for shares in _shared(tx, organization_id, parts):
        for place, ids in shares.items():
            counts[place] += len(ids)
    if ends:
        rest = next(place for place, part in enumerate(parts) if part.rest)
        counts[rest], counts[-1] = counts[rest] + counts[-1], 0
    return counts


def _assign(tx: Transaction, former: str, parts: Sequence[Part], made: Sequence[Organization], *, at: datetime) -> None:
    for shares in _shared(tx, former, parts):
        for place, ids in shares.items():
            if place < len(parts):
                tx.succession.assign(ids, made[place].id)
                tx.outbox.put("index", ids, at=at)


def _shared(tx: Transaction, former: str, parts: Sequence[Part]) -> Iterator[dict[int, list[str]]]:
    """In batches, the part of each record, or the place behind all parts: what names it comes before its theme."""
    named = {record: place for place, part in enumerate(parts) for record in part.records}
    by_theme = {theme: place for place, part in enumerate(parts) for theme in part.themes}
    for batch in _owned(tx, former):
        shares: dict[int, list[str]] = {}
        for stored in batch:
            themes = (by_theme[theme] for theme in stored.body.get("themes", ()) if theme in by_theme)
            place = named.get(stored.id, next(themes, len(parts)))
            shares.setdefault(place, []).append(stored.id)
        yield shares


def _owned(tx: Transaction, organization_id: str) -> Iterator[list[Stored]]:
    after = ""
    while batch := tx.datasets.owned_by(organization_id, after=after, size=_BATCH):
        yield batch
        after = batch[-1].id


def _note(tx: Transaction, actor: Actor, act: str, organization_id: str, *, at: datetime, **detail: Any) -> None:
    told = Act(f"organization {act}")
    tx.audit.add(at=at, actor=actor, act=told, target=organization_id, organization=organization_id, **detail)
