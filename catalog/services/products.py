"""Register a data product together with its file."""

from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from catalog.domain.datasets import PORTAL, Dataset, Identity
from catalog.domain.errors import InvalidError
from catalog.domain.people import Actor
from catalog.domain.vocabulary import PRODUCTS
from catalog.services import datasets
from catalog.services.files import keep
from catalog.store.database import Transaction
from catalog.store.datasets import Stored


def register(
    tx: Transaction, actor: Actor, dataset: Dataset, upload: BinaryIO, filename: str, files: Path, *, at: datetime
) -> Stored:
    """A data product of the actor's organization. Its file lies in its folder before the record is committed."""
    if dataset.kind not in PRODUCTS:
        raise InvalidError(
            "A data product has one of the product kinds.",
            field="kind",
            cure="One of: {choices}.",
            choices=", ".join(sorted(PRODUCTS)),
        )
    if dataset.offer is None:
        raise InvalidError(
            "A data product needs an offer.",
            field="offer",
            cure="Say who may ask, for which purposes, how many calls and days.",
        )
    identity = Identity(source=PORTAL, source_key=uuid4().hex)
    part = keep(upload, filename, files / identity.id)
    product = dataset.model_copy(update={"distributions": (*dataset.distributions, part)})
    return datasets.publish(tx, actor, identity, product, at=at, kept=frozenset({part.file or ""}))
