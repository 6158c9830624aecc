"""Search."""

from typing import Annotated
from urllib.parse import urlencode

import anyio.to_thread
import orjson
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from catalog.domain.errors import InvalidError
from catalog.language import accepted
from catalog.services import search as service
from catalog.services.search import DEFAULT_FACETS, Ask
from search.facets import FACETS

router = APIRouter(tags=["search"])


class SearchIn(BaseModel):
    """What may be asked. A facet's value, given back as a parameter of the facet's name, narrows the search."""

    q: Annotated[str, Field(max_length=500, description="Words, as people type them.")] = ""
    size: Annotated[int, Field(ge=1, le=100, description="Hits a page.")] = 20
    page: Annotated[int, Field(ge=1, le=2_000_000, description="Page, from 1.")] = 1
    sort: Annotated[str, Field(description="relevance, modified or issued")] = "relevance"
    facets: Annotated[str, Field(description="Facets to count, with commas between them.")] = ",".join(DEFAULT_FACETS)
    explain: Annotated[bool, Field(description="Whether each hit says why it was found.")] = False
    exact: Annotated[bool, Field(description="Whether the words are neither corrected nor loosened.")] = False


KNOWN = frozenset({*SearchIn.model_fields, *FACETS})
PARAMETERS = [
    {"name": name, "in": "query", "required": False, "schema": schema, "description": schema.get("description", "")}
    for name, schema in SearchIn.model_json_schema()["properties"].items()
] + [
    {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {"type": "array", "items": {"type": "string"}},
        "description": "Narrows to records that have one of these values.",
    }
    for name in FACETS
]
_EXAMPLE = {
    "total": 1,
    "pages": 1,
    "next": None,
    "hits": [
        {
            "id": "wdaci77gnihwzv2u",
            "title": "空气质量监测数据",
            "publisher": "贵阳市生态环境局",
            "score": 7.1,
            "highlights": {"title": [[0, 4]]},
        }
    ],
    "facets": {"opening": [{"value": "unconditional", "label": "无条件开放", "count": 1}]},
}


@router.get(
    "/search",
    openapi_extra={"parameters": PARAMETERS},
    responses={200: {"content": {"application/json": {"example": _EXAMPLE}}}},
)
async def find(request: Request) -> Response:
    """Find records, with facets counted.

    This is the hot path: async, without a transaction, and read in one step instead of by dependencies. An embedded
    search is one short call.
    """
    ask = asked(request)
    index, steering = request.app.state.portal.index, request.app.state.portal.steering.now
    if index.remote:
        found = await anyio.to_thread.run_sync(service.search, index, ask, steering)
    else:
        found = service.search(index, ask, steering)
    found["next"] = _next(request, ask.page, found["pages"])
    return Response(orjson.dumps(found), media_type="application/json")


def asked(request: Request, known: frozenset[str] = KNOWN) -> Ask:
    """What an address asks for; InvalidError for a parameter that is not known there."""
    single: dict[str, str] = {}
    filters: dict[str, tuple[str, ...]] = {}
    for name, value in request.query_params.multi_items():
        if name in FACETS:
            filters[name] = (*filters.get(name, ()), value)
        elif name in known:
            single[name] = value
        else:
            raise InvalidError(
                "There is no parameter {name}.",
                field=name,
                name=name,
                cure="One of: {choices}.",
                choices=", ".join(sorted(known)),
            )
    try:
        given = SearchIn.model_validate(single)
    except ValidationError as error:
        raise RequestValidationError([{**e, "loc": ("query", *e["loc"])} for e in error.errors()]) from error
    facets = tuple(name for name in given.facets.split(",") if name)
    language = accepted(request.headers.get("accept-language"))
    today = request.app.state.portal.clock().date()
    return Ask(
        given.q,
        filters,
        facets,
        given.sort,
        given.page,
        given.size,
        language,
        today,
        explain=given.explain,
        exact=given.exact,
    )


def _next(request: Request, page: int, pages: int) -> str | None:
    if page >= pages:
        return None
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]
    return f"{request.url.path}?{urlencode([*others, ('page', page + 1)])}"
