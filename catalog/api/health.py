"""Whether the portal lives, whether it is ready, and its figures for Prometheus."""

from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from catalog.api.deps import PortalDep
from catalog.api.permission import open_to_all
from catalog.services.search import count
from search.port import SearchUnavailableError

router = APIRouter(tags=["health"])
_OPEN = open_to_all("Figures of the running portal, without records.")


@router.get("/health/live", dependencies=[_OPEN])
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/health/ready", dependencies=[_OPEN])
def ready(portal: PortalDep, response: Response) -> dict[str, Any]:
    """Database and index answer, how many records are public, and how many writes are not searchable yet; else 503."""
    with portal.database.reading() as tx:
        waiting = tx.outbox.waiting("index")
    try:
        documents = count(portal.index)
    except SearchUnavailableError:
        response.status_code = 503
        return {"status": "search is down", "waiting": waiting}
    return {"status": "ready", "documents": documents, "waiting": waiting}


@router.get("/metrics", response_class=Response, dependencies=[_OPEN])
def metrics() -> Response:
    """Figures in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
