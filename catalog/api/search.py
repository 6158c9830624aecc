"""Search."""

from typing import Annotated, Any

import anyio.to_thread
import orjson
from fastapi import APIRouter, Query, Request, Response

from catalog.domain.errors import InvalidError
from catalog.language import accepted
from catalog.services import search as service
from catalog.services.search import DEFAULT_FACETS, Ask
from search.facets import FACETS

router = APIRouter(tags=["search"])
_KNOWN = {"q", "size", "page", "sort", "facets", *FACETS}


_FACET_PARAMETERS = [
    {"name": name, "in": "query", "required": False, "schema": {"type": "array", "items": {"type": "string"}},
     "description": "Narrows to records that have one of these values."}
    for name in FACETS
]


@router.get("/search", openapi_extra={"parameters": _FACET_PARAMETERS}, responses={200: {"content": {"application/json": {"example": {
    "total": 1, "pages": 1, "next": None,
    "hits": [{"id": "wdaci77gnihwzv2u", "title": "空气质量监测数据", "publisher": "贵阳市生态环境局",
              "score": 7.1, "highlights": {"title": [[0, 4]]}}],
    "facets": {"opening": [{"value": "unconditional", "label": "无条件开放", "count": 1}]}}}}}})
async def find(
    request: Request,
    q: Annotated[str, Query(max_length=500, description="Words, as people type them.")] = "",
    size: Annotated[int, Query(ge=1, le=100)] = 20,
    page: Annotated[int, Query(ge=1, le=2_000_000)] = 1,
    sort: Annotated[str, Query(description="relevance, modified or issued")] = "relevance",
    facets: Annotated[str, Query(description="Facets to count, with commas between them.")] = ",".join(DEFAULT_FACETS),
) -> Response:
    """Find records. A facet's value, given back as a parameter of the facet's name, narrows the search.

    Async and without a transaction: this is the hot path, and an embedded search is one short call.
    """
    ask = Ask(
        words=q,
        filters=_filters(request),
        facets=tuple(name for name in facets.split(",") if name),
        sort=sort,
        page=page,
        size=size,
        language=accepted(request.headers.get("accept-language")),
    )
    index = request.app.state.portal.index
    if index.remote:
        found = await anyio.to_thread.run_sync(service.search, index, ask)
    else:
        found = service.search(index, ask)
    found["next"] = _next(request, page, found["pages"])
    return Response(orjson.dumps(found), media_type="application/json")


def _filters(request: Request) -> dict[str, tuple[str, ...]]:
    filters: dict[str, tuple[str, ...]] = {}
    for name, value in request.query_params.multi_items():
        if name not in _KNOWN:
            raise InvalidError("There is no parameter {name}.", field=name, name=name, cure="One of: {choices}.", choices=", ".join(sorted(_KNOWN)))
        if name in FACETS:
            filters[name] = (*filters.get(name, ()), value)
    return filters


def _next(request: Request, page: int, pages: int) -> Any:
    return str(request.url.include_query_params(page=page + 1)) if page < pages else None
