"""Use of data: authorised, metered, and refused with the clause and the cure."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from catalog.domain.datasets import Distribution
from catalog.domain.errors import (
    ForbiddenError,
    GrantRevokedError,
    InvalidError,
    NotFoundError,
    QuotaUsedUpError,
    RefusedError,
    TermOverError,
    UnauthenticatedError,
)
from catalog.domain.tokens import digest, wellformed
from catalog.domain.vocabulary import PRODUCTS, Opening
from catalog.services import datasets
from catalog.services.access import TOKEN_PREFIX
from catalog.store.access import Grant
from catalog.store.database import Transaction
from catalog.store.datasets import Stored


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file that may go out, and under which grant."""

    path: Path
    name: str
    media_type: str
    grant_id: str | None


def authorise(
    tx: Transaction, dataset_id: str, file: str | None, secret: str | None, files: Path, *, at: datetime
) -> Delivery | RefusedError:
    """Count one use of a record's file. A refusal is returned, so that it is noted and committed too."""
    stored = datasets.read(tx, dataset_id)
    part = _file(stored, file)
    folder = files / dataset_id
    path = folder / (part.file or "")
    if not path.is_file() or path.resolve().parent != folder.resolve():
        raise NotFoundError("The file is not kept here.")
    grant = None if is_open(stored) else _grant(tx, stored, secret)
    refusal = _refusal(tx, grant, at=at) if grant else None
    outcome = type(refusal).__name__ if refusal else "served"
    grant_id = grant.id if grant else None
    tx.usage.note(at=at, dataset_id=dataset_id, file=part.file or "", grant_id=grant_id, outcome=outcome)
    return refusal or Delivery(path, part.file or "", part.media_type or "application/octet-stream", grant_id)


def _file(stored: Stored, name: str | None) -> Distribution:
    kept = [d for d in stored.dataset.distributions if d.file and name in (None, d.file)]
    if not kept:
        raise NotFoundError("This record has no such file here.")
    if name is None and len(kept) > 1:
        raise InvalidError(
            "This record has several files.",
            field="file",
            cure="One of: {choices}.",
            choices=", ".join(d.file or "" for d in kept),
        )
    return kept[0]


def is_open(stored: Stored) -> bool:
    """Whether everybody may use it without a token."""
    dataset = stored.dataset
    return dataset.opening is Opening.UNCONDITIONAL and dataset.kind not in PRODUCTS and dataset.offer is None


def _grant(tx: Transaction, stored: Stored, secret: str | None) -> Grant:
    if secret is None:
        raise UnauthenticatedError(
            "This data is used under a contract: send its token.",
            cure="Ask for access, then send Authorization: Bearer TOKEN.",
        )
    grant = tx.access.grant_of_token(digest(secret)) if wellformed(secret, TOKEN_PREFIX) else None
    if grant is None:
        raise UnauthenticatedError(
            "This token is not valid.", cure="Take a new token on the page of your access request."
        )
    if grant.product_id != stored.id:
        raise ForbiddenError("This token is for another product.", cure="Ask for access to this one.")
    return grant


def _refusal(tx: Transaction, grant: Grant, *, at: datetime) -> RefusedError | None:
    if tx.usage.count_one(grant.id, now=at):
        return None
    if grant.revoked_at is not None:
        return GrantRevokedError(clause="revocation", cure="The timeline of the request gives the reason.")
    if grant.ends_at <= at:
        return TermOverError(clause="term", ended=grant.ends_at.isoformat(), cure="Ask for access again.")
    return QuotaUsedUpError(clause="calls", calls=grant.calls, cure="Ask for access with more calls.")
