"""Search."""

from datetime import date
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

import anyio.to_thread
import orjson
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from catalog.api.deps import ReaderDep, reader_of
from catalog.api.permission import needs
from catalog.api.problems import also
from catalog.domain.errors import InvalidError
from catalog.domain.people import GUEST, Actor
from catalog.domain.policy import Action
from catalog.language import accepted
from catalog.portal import Portal
from catalog.services import facets as values
from catalog.services import search as service
from catalog.services.search import DEFAULT_FACETS, Ask
from catalog.services.walking import walk
from search.facets import DATES, FILTERS
from search.periods import OPEN

router = APIRouter(tags=["search"])


class SearchIn(BaseModel):
    """What may be asked. A facet's value, given back as a parameter of the facet's name, narrows the search."""

    q: Annotated[str, Field(max_length=500, description="Words, as people type them.")] = ""
    size: Annotated[int, Field(ge=1, le=100, description="Hits a page.")] = 20
    page: Annotated[int, Field(ge=1, le=2_000_000, description="Page, from 1.")] = 1
    sort: Annotated[str, Field(description="relevance, modified or issued")] = "relevance"
    fold: Annotated[bool, Field(description="Near-identical records of the first 1,000 hits as one hit.")] = False
    cursor: Annotated[
        str,
        Field(max_length=2000, description="* begins a walk through the whole result as it is now; then see `next`."),
    ] = ""
    modified_from: Annotated[date | None, Field(description="Modified on this day or later.")] = None
    modified_to: Annotated[date | None, Field(description="Modified on this day or earlier.")] = None
    issued_from: Annotated[date | None, Field(description="Issued on this day or later.")] = None
    issued_to: Annotated[date | None, Field(description="Issued on this day or earlier.")] = None
    facets: Annotated[str, Field(description="Facets to count, with commas between them.")] = ",".join(DEFAULT_FACETS)
    explain: Annotated[bool, Field(description="Whether each hit says why it was found.")] = False
    exact: Annotated[bool, Field(description="Whether the words are neither corrected nor loosened.")] = False


#: Filters that are named as they are; the days have two names each.
NARROWING = tuple(name for name in FILTERS if name not in DATES)
KNOWN = frozenset({*SearchIn.model_fields, *NARROWING})
PARAMETERS = [
    {"name": name, "in": "query", "required": False, "schema": schema, "description": schema.get("description", "")}
    for name, schema in SearchIn.model_json_schema()["properties"].items()
] + [
    {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {"type": "array", "items": {"type": "string"}},
        "description": "Narrows to records that have one of these values; an empty one: that have none.",
    }
    for name in NARROWING
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


_CONTAINS = {"name": "contains", "in": "query", "required": False, "schema": {"type": "string"}}
_NOT_OF_VALUES = {"sort", "facets", "fold", "cursor"}
_PARAMETERS_OF_VALUES = [*(one for one in PARAMETERS if one["name"] not in _NOT_OF_VALUES), _CONTAINS]


@router.get(
    "/search",
    openapi_extra={"parameters": PARAMETERS},
    responses={200: {"content": {"application/json": {"example": _EXAMPLE}}}, **also(410)},
    dependencies=[needs(Action.READ)],
)
async def find(request: Request) -> Response:
    """Find records, with facets counted.

    This is the hot path: async, without a transaction, and read in one step instead of by dependencies. An embedded
    search is one short call, unless a model is asked too.
    """
    given, ask = read(request, reader=await reader_of(request))
    portal: Portal = request.app.state.portal
    steering = portal.steering.now
    if given.cursor:
        return _json(await anyio.to_thread.run_sync(_walked, request, portal, ask, given.cursor))
    asked = partial(service.answered, portal.index, portal.answers, ask, steering, portal.meanings)
    found = await anyio.to_thread.run_sync(asked) if portal.index.remote or portal.meanings else asked()
    if not found.total:
        await anyio.to_thread.run_sync(service.require_built, portal.database, portal.index)
    following = _next(request, page=str(ask.page + 1)) if ask.page < found.pages else None
    return Response(found.body[:-1] + b',"next":' + orjson.dumps(following) + b"}", media_type="application/json")


@router.get(
    "/search/facets/{name}", openapi_extra={"parameters": _PARAMETERS_OF_VALUES}, dependencies=[needs(Action.READ)]
)
def values_of_a_facet(request: Request, name: str, reader: ReaderDep) -> Response:
    """Every value of a facet, counted under the other filters, page by page."""
    contains = request.query_params.get("contains", "")
    _, ask = read(request, KNOWN | {"contains"}, reader)
    portal: Portal = request.app.state.portal
    return _json(values.values(portal.index, ask, name, contains, steering=portal.steering.now))


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


def _walked(request: Request, portal: Portal, ask: Ask, cursor: str) -> dict[str, Any]:
    found = walk(portal.index, portal.snapshots, ask, cursor, portal.clock(), portal.steering.now)
    found["next"] = _next(request, cursor=found["cursor"]) if found["cursor"] else None
    return found


def asked(request: Request, known: frozenset[str] = KNOWN, reader: Actor = GUEST) -> Ask:
    """What an address asks for; InvalidError for a parameter that is not known there."""
    return read(request, known, reader)[1]


def read(request: Request, known: frozenset[str] = KNOWN, reader: Actor = GUEST) -> tuple[SearchIn, Ask]:
    """The parameters of an address, and what they ask for, for a reader."""
    single: dict[str, str] = {}
    filters: dict[str, tuple[str, ...]] = {}
    for name, value in request.query_params.multi_items():
        if name in NARROWING:
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
    filters |= _periods(given)
    ask = Ask(
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
        fold=given.fold,
        reader=reader,
    )
    return given, ask


def _periods(given: SearchIn) -> dict[str, tuple[str, ...]]:
    periods = {name: (getattr(given, f"{name}_from"), getattr(given, f"{name}_to")) for name in DATES}
    return {name: (f"{first or OPEN}/{last or OPEN}",) for name, (first, last) in periods.items() if first or last}


def _next(request: Request, **changed: str) -> str:
    others = [(name, value) for name, value in request.query_params.multi_items() if name not in changed]
    return f"{request.url.path}?{urlencode([*others, *changed.items()])}"
