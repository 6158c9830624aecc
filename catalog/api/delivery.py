"""The metered download."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from catalog.api.deps import Credentials, PortalDep
from catalog.api.permission import open_to_all
from catalog.api.problems import also
from catalog.domain.errors import RefusedError
from catalog.services import usage

router = APIRouter(tags=["delivery"])


@router.get(
    "/data/{dataset_id}",
    response_class=FileResponse,
    responses=also(410, 429),
    dependencies=[open_to_all("Open data is for everybody; other data needs the token of a grant.")],
)
def deliver(
    dataset_id: str,
    portal: PortalDep,
    credentials: Credentials,
    file: Annotated[str | None, Query(description="Which file, where a record has several.")] = None,
) -> FileResponse:
    """A record's file. Open data needs no token; a product needs the token of a grant, and each call is counted."""
    secret = credentials.credentials if credentials else None
    with portal.database.transaction() as tx:
        answer = usage.authorise(tx, dataset_id, file, secret, portal.settings.files_folder, at=portal.clock())
    if isinstance(answer, RefusedError):
        raise answer
    return FileResponse(answer.path, media_type=answer.media_type, filename=answer.name)
