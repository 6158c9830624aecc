"""Register a data product together with its file."""

from datetime import datetime
from typing import BinaryIO
from uuid import uuid4

from catalog.domain.datasets import PORTAL, Dataset, Identity
from catalog.domain.errors import CatalogError, InvalidError
from catalog.domain.people import Actor
from catalog.domain.vocabulary import PRODUCTS
from catalog.services import datasets
from catalog.services.files import Uploads
from catalog.store.database import Database
from catalog.store.datasets import Stored


def register(
    database: Database,
    actor: Actor,
    dataset: Dataset,
    upload: BinaryIO,
    filename: str,
    uploads: Uploads,
    *,
    at: datetime,
) -> Stored:
    """A data product of the actor's organization. Its file lies in its folder before the record is committed.

    It is written and examined between two transactions, so that nobody waits for it.
    """
    _check(dataset)
    with database.reading() as tx:
        datasets.check_writing(tx, actor, dataset)
    identity = Identity(source=PORTAL, source_key=uuid4().hex)
    part = uploads.keep(upload, filename, identity.id)
    product = dataset.model_copy(update={"distributions": (*dataset.distributions, part)})
    try:
        with database.transaction() as tx:
            return datasets.publish(tx, actor, identity, product, at=at, kept=frozenset({part.file or ""}))
    except CatalogError:
        uploads.drop(identity.id)
        raise


def _check(dataset: Dataset) -> None:
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
