"""Records: read, create, replace, withdraw."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from catalog.api.deps import ActorDep, Language, PortalDep, ReaderDep, Reading, Revision, Tx
from catalog.api.permission import needs
from catalog.api.problems import also
from catalog.domain.datasets import PORTAL, Dataset, SourceId, SourceKey
from catalog.domain.policy import Action
from catalog.services import datasets, products
from catalog.services.standing import why_not_public
from catalog.store.datasets import Stored

router = APIRouter(tags=["datasets"])


class DatasetIn(Dataset):
    """A record to be created: its key, and what it says."""

    source: SourceId = PORTAL
    source_key: SourceKey


class DatasetOut(BaseModel):
    """A record as it is kept."""

    id: str
    source: str
    source_key: str
    revision: int
    created_at: str
    updated_at: str
    standing: str
    #: Why not everybody may see it, in the reader's language.
    not_public: str | None
    dataset: Dataset


def _out(stored: Stored, response: Response, language: str) -> DatasetOut:
    response.headers["ETag"] = f'"{stored.revision}"'
    return _told(stored, language)


def _told(stored: Stored, language: str) -> DatasetOut:
    return DatasetOut(
        id=stored.id,
        source=stored.source,
        source_key=stored.source_key,
        revision=stored.revision,
        created_at=stored.created_at.isoformat(),
        updated_at=stored.updated_at.isoformat(),
        standing=stored.standing,
        not_public=why_not_public(stored, language),
        dataset=stored.dataset,
    )


@router.get("/datasets", dependencies=[needs(Action.READ)])
def listed(
    tx: Reading,
    reader: ReaderDep,
    language: Language,
    after: Annotated[str, Query(max_length=16, description="The id behind which the page begins.")] = "",
    size: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Records that the reader may see, in the order of their ids; `after` begins the next page, null at the end."""
    found = datasets.listed(tx, reader, after=after, size=size)
    return {
        "datasets": [_told(stored, language) for stored in found],
        "after": found[-1].id if len(found) == size else None,
    }


@router.get("/datasets/{dataset_id}", responses=also(410), dependencies=[needs(Action.READ)])
def read(dataset_id: str, portal: PortalDep, reader: ReaderDep, response: Response, language: Language) -> DatasetOut:
    """One record, with its revision as ETag; 410 once it was withdrawn."""
    # Opened here and not by a dependency, which would cost two more changes of thread: this is read most.
    with portal.database.reading() as tx:
        return _out(datasets.read(tx, dataset_id, reader), response, language)


@router.post("/datasets", status_code=201, dependencies=[needs(Action.WRITE, Action.PUBLISH)])
def create(
    body: DatasetIn, tx: Tx, actor: ActorDep, portal: PortalDep, response: Response, language: Language
) -> DatasetOut:
    """A new record of the key's organization."""
    dataset = Dataset.model_validate(body.model_dump(exclude={"source", "source_key"}))
    stored = datasets.create(tx, actor, body.source, body.source_key, dataset, at=portal.clock())
    return _out(stored, response, language)


@router.put("/datasets/{dataset_id}", responses=also(410), dependencies=[needs(Action.WRITE, Action.PUBLISH)])
def replace(
    dataset_id: str,
    body: Dataset,
    tx: Tx,
    actor: ActorDep,
    portal: PortalDep,
    revision: Revision,
    response: Response,
    language: Language,
) -> DatasetOut:
    """A new revision; needs If-Match with the revision that was read."""
    stored = datasets.replace(tx, actor, dataset_id, body, revision=revision, at=portal.clock())
    return _out(stored, response, language)


@router.delete("/datasets/{dataset_id}", status_code=204, responses=also(410), dependencies=[needs(Action.WITHDRAW)])
def withdraw(
    dataset_id: str,
    tx: Tx,
    actor: ActorDep,
    portal: PortalDep,
    revision: Revision,
    successor: Annotated[str | None, Query(description="Id of the record that takes its place.")] = None,
) -> None:
    """Take the record out; needs If-Match."""
    datasets.withdraw(tx, actor, dataset_id, revision=revision, successor=successor, at=portal.clock())


@router.get("/datasets/{dataset_id}/provenance", responses=also(410), dependencies=[needs(Action.READ)])
def provenance(dataset_id: str, tx: Reading, reader: ReaderDep) -> list[dict[str, Any]]:
    """Who did what to the record, latest first."""
    return datasets.provenance(tx, reader, dataset_id)


@router.post("/products", status_code=201, dependencies=[needs(Action.WRITE, Action.PUBLISH)])
def register(
    record: Annotated[str, Form(description="The product as JSON, see Dataset.")],
    file: Annotated[UploadFile, File(description="The product's file.")],
    actor: ActorDep,
    portal: PortalDep,
    response: Response,
    language: Language,
) -> DatasetOut:
    """A data product with its file, found at once."""
    try:
        product = Dataset.model_validate_json(record)
    except ValidationError as error:
        raise RequestValidationError([{**e, "loc": ("record", *e["loc"])} for e in error.errors()]) from error
    stored = products.register(
        portal.database, actor, product, file.file, file.filename or "", portal.uploads, at=portal.clock()
    )
    return _out(stored, response, language)
