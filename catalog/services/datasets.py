"""Publish, replace, read and withdraw records."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from catalog.domain.audit import Act
from catalog.domain.datasets import PORTAL, Dataset, Identity, identify
from catalog.domain.errors import (
    ConflictError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotFoundError,
    RevisionMissingError,
    RevisionStaleError,
)
from catalog.domain.people import GUEST, Actor
from catalog.domain.policy import PUBLIC, Action, Standing, may, reach, standing
from catalog.services.permission import at as at_organization
from catalog.services.permission import record, require, seen
from catalog.store.database import Transaction
from catalog.store.datasets import Stored

_CURE = "Take out the characters that cannot be shown."


@dataclass(frozen=True, slots=True)
class Content:
    """The body of a record and the digest that tells whether it changed."""

    body: Mapping[str, Any]
    digest: str


def content(dataset: Dataset) -> Content:
    """What is kept of a record: its fields that differ from the defaults; InvalidError for text that no store takes."""
    body = dataset.model_dump(mode="json", exclude_defaults=True)
    try:
        written = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise InvalidError("The record holds a broken character.", field="dataset", cure=_CURE) from error
    if b"\\u0000" in written:
        raise InvalidError("The record holds a NUL character.", field="dataset", cure=_CURE)
    return Content(body, hashlib.sha256(written).hexdigest())


def read(tx: Transaction, dataset_id: str, actor: Actor = GUEST) -> Stored:
    """A record as an actor may see it; GoneError once it was withdrawn."""
    stored = seen(tx, actor, dataset_id)
    if stored is None:
        raise NotFoundError
    if not stored.live:
        raise GoneError(successor=_successor(tx, actor, stored))
    return stored


def _successor(tx: Transaction, actor: Actor, stored: Stored) -> str | None:
    """What takes the place of a record, if it exists for a reader."""
    return stored.successor if stored.successor and seen(tx, actor, stored.successor) else None


def listed(tx: Transaction, actor: Actor, *, after: str, size: int) -> list[Stored]:
    """The records that a reader may see, in the order of their ids."""
    return tx.datasets.readable(reach(actor), after=after, size=size)


def newest(tx: Transaction, size: int) -> list[Stored]:
    """The public records that were written last."""
    return tx.datasets.newest(PUBLIC, size)


def made_from(tx: Transaction, actor: Actor, stored: Stored) -> list[Stored]:
    """What a record was made from, as far as it exists for a reader."""
    ids = stored.body.get("made_from", ())
    return [one for one in tx.datasets.seen(ids, reach(actor)).values() if one.live] if ids else []


def check_writing(tx: Transaction, actor: Actor, dataset: Dataset) -> None:
    """Whether a record could be published, before its files are taken in; nothing is written."""
    name = dataset.publisher.name
    _require_writing(tx, actor, dataset, tx.organizations.called({name: dataset.publisher.uscc}).get(name, ""))


def _require_writing(tx: Transaction, actor: Actor, dataset: Dataset, owner: str) -> None:
    """Whether a record may be written so: its draft by one role, what others see by another."""
    state = standing(dataset.visibility, dataset.grade)
    action = Action.WRITE if state is Standing.DRAFT else Action.PUBLISH
    require(actor, action, at_organization(tx, owner, state=state), field="publisher.name")


def create(tx: Transaction, actor: Actor, source: str, source_key: str, dataset: Dataset, *, at: datetime) -> Stored:
    """A new record under a key that its organization chose, or as another source has it."""
    owner = _owner(tx, dataset) if source == PORTAL else ""
    return publish(tx, actor, Identity(source=source, source_key=source_key, owner=owner), dataset, at=at)


def publish(
    tx: Transaction,
    actor: Actor,
    identity: Identity,
    dataset: Dataset,
    *,
    at: datetime,
    kept: frozenset[str] = frozenset(),
) -> Stored:
    """A new record; ConflictError when its source and key are taken.

    ``kept`` names the files that were put into the record's folder for it; others it cannot name.
    """
    owner = _owner(tx, dataset)
    _require_writing(tx, actor, dataset, owner)
    if identity.source != PORTAL and not may(actor, Action.INGEST):
        raise ForbiddenError(
            "Records of other sources come by ingest.", field="source", cure='Leave it out, or write "portal".'
        )
    entered = identity.source == PORTAL
    if tx.datasets.get(identity.id) or (entered and tx.datasets.has_key(PORTAL, identity.source_key, owner)):
        raise ConflictError(
            "There is a record of this source and key already.",
            field="source_key",
            cure="Replace that record, or choose another key.",
        )
    _check_references(tx, actor, dataset, kept)
    new = row(identity.source, identity.source_key, content(dataset), owner, at=at, dataset_id=identity.id)
    tx.datasets.add([new])
    return _written(tx, actor, identity.id, Act.PUBLISHED, at=at)


def replace(
    tx: Transaction, actor: Actor, dataset_id: str, dataset: Dataset, *, revision: int | None, at: datetime
) -> Stored:
    """A new revision of a record, from the revision that the writer had read."""
    stored = read(tx, dataset_id, actor)
    # Who answers for a record may have changed by a split: the name in it does not bring that back.
    same = dataset.publisher.name == stored.body["publisher"]["name"]
    owner = stored.owner if same else _owner(tx, dataset)
    require(actor, Action.WRITE, record(tx, stored), field="publisher.name")
    _require_writing(tx, actor, dataset, owner)
    _check_revision(stored, revision)
    _check_references(tx, actor, dataset, _kept(stored))
    written = content(dataset)
    new = row(
        stored.source,
        stored.source_key,
        written,
        owner,
        at=at,
        revision=stored.revision + 1,
        dataset_id=stored.id,
    )
    tx.datasets.replace([new])
    return _written(tx, actor, dataset_id, Act.REPLACED, at=at, before=stored.body, after=written.body)


def withdraw(
    tx: Transaction, actor: Actor, dataset_id: str, *, revision: int | None, successor: str | None, at: datetime
) -> None:
    """Take a record out; its address answers that it is gone, and names the successor."""
    stored = read(tx, dataset_id, actor)
    require(actor, Action.WITHDRAW, record(tx, stored))
    _check_revision(stored, revision)
    if successor is not None and (successor == dataset_id or seen(tx, actor, successor) is None):
        raise InvalidError(
            "The successor is not another record.",
            field="successor",
            cure="Give the id of the record that takes its place.",
        )
    tx.datasets.withdraw([dataset_id], at=at, successor=successor)
    tx.outbox.put("index", [dataset_id], at=at)
    tx.audit.add(
        at=at,
        actor=actor,
        act=Act.WITHDRAWN,
        target=dataset_id,
        organization=stored.owner,
        revision=stored.revision + 1,
        successor=successor,
    )


def provenance(tx: Transaction, actor: Actor, dataset_id: str) -> list[dict[str, Any]]:
    """Who did what to a record that exists for a reader, latest first: of the audit what everybody may know.

    What it was before is not told: a reader may not see each of its revisions, nor each record that these name.
    """
    read(tx, dataset_id, actor)
    return [
        {"at": entry["at"], "act": entry["act"], "actor": entry["actor"], "detail": _public(entry["detail"])}
        for entry in tx.audit.about(dataset_id)
    ]


def _public(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {name: detail[name] for name in ("revision",) if name in detail}


def row(
    source: str,
    source_key: str,
    kept: Content,
    owner: str,
    *,
    at: datetime,
    revision: int = 1,
    run_id: str | None = None,
    dataset_id: str = "",
) -> dict[str, Any]:
    """A record as a row of its table; ``owner`` is the id of the organization that answers for it.

    ``dataset_id`` is its id where that does not follow from source and key alone.
    """
    visibility, ends = kept.body.get("visibility", "public"), kept.body.get("public_from")
    return {
        "id": dataset_id or identify(source, source_key),
        "source": source,
        "source_key": source_key,
        "revision": revision,
        "kind": kept.body.get("kind", "dataset"),
        "visibility": visibility,
        "publisher": kept.body["publisher"]["name"],
        "owner": owner,
        "standing": standing(visibility, kept.body.get("grade")),
        "public_from": date.fromisoformat(ends) if ends else None,
        "digest": kept.digest,
        "body": kept.body,
        "created_at": at,
        "updated_at": at,
        "withdrawn_at": None,
        "successor": None,
        "run_id": run_id,
    }


def _check_revision(stored: Stored, revision: int | None) -> None:
    if revision is None:
        raise RevisionMissingError(cure='Send the header If-Match: "{revision}".', revision=stored.revision)
    if revision != stored.revision:
        raise RevisionStaleError(cure="Read it again: revision {revision} is in force.", revision=stored.revision)


def _owner(tx: Transaction, dataset: Dataset) -> str:
    """The organization that the publisher's name leads to."""
    name = dataset.publisher.name
    owner = tx.organizations.owners({name: dataset.publisher.uscc}).get(name)
    if owner is None:
        raise InvalidError(
            "The organization {name} was closed.",
            field="publisher.name",
            name=name,
            cure="Name the one that answers for the record now.",
        )
    return owner


def _kept(stored: Stored) -> frozenset[str]:
    """Names of the files that a record has already."""
    return frozenset(part["file"] for part in stored.body.get("distributions", ()) if part.get("file"))


def _check_references(tx: Transaction, actor: Actor, dataset: Dataset, kept: frozenset[str]) -> None:
    for part in dataset.distributions:
        if part.file is not None and part.file not in kept:
            raise InvalidError(
                "The portal keeps no file {name} for this record.",
                field="distributions",
                name=part.file,
                cure="Give the address of the file, or register a product with its file.",
            )
    if dataset.license is not None and tx.licenses.get(dataset.license) is None:
        raise InvalidError(
            "This license is not in the register.", field="license", cure="Choose an id from /api/v1/licenses."
        )
    known = tx.datasets.seen(dataset.made_from, reach(actor)) if dataset.made_from else {}
    for dataset_id in dataset.made_from:
        source = known.get(dataset_id)
        if source is None or not source.live:
            raise InvalidError(
                "There is no record {id}.",
                field="made_from",
                id=dataset_id,
                cure="Give ids of records of this catalog.",
            )


def _written(tx: Transaction, actor: Actor, dataset_id: str, act: Act, *, at: datetime, **bodies: Any) -> Stored:
    tx.outbox.put("index", [dataset_id], at=at)
    stored = read(tx, dataset_id, actor)
    tx.audit.add(
        at=at,
        actor=actor,
        act=act,
        target=dataset_id,
        organization=stored.owner,
        revision=stored.revision,
        **bodies,
    )
    return stored
