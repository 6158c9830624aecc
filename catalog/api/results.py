"""A result to take away: as a file, as a feed."""

from dataclasses import replace
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from catalog.api.deps import Origin, PageReaderDep, PortalDep
from catalog.api.permission import needs
from catalog.api.search import KNOWN, PARAMETERS, asked
from catalog.api.streams import apart, stream
from catalog.domain.errors import InvalidError
from catalog.domain.people import Actor
from catalog.domain.policy import Action
from catalog.formats import atom
from catalog.formats.searches import in_words
from catalog.formats.tables import MEDIA_TYPES, MOST_ROWS, Form, Pages, written
from catalog.language import LANGUAGES, translate
from catalog.services.search import Ask, Everything, everything, search

router = APIRouter(tags=["search"])

_LANGUAGE = {
    "name": "lang",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "enum": list(LANGUAGES)},
    "description": "The language, in place of the Accept-Language header.",
}
_EXPORTED = (KNOWN - {"page", "size", "facets", "explain", "fold", "cursor"}) | {"lang"}
_FED = (KNOWN - {"size", "facets", "sort", "explain", "fold", "cursor"}) | {"lang"}
_ENTRIES = 50


def _described(known: frozenset[str]) -> dict[str, Any]:
    return {"parameters": [*(entry for entry in PARAMETERS if entry["name"] in known), _LANGUAGE]}


@router.get(
    "/search/export.{form}",
    openapi_extra=_described(_EXPORTED),
    response_class=StreamingResponse,
    dependencies=[needs(Action.READ)],
)
async def export(
    form: Form, request: Request, portal: PortalDep, origin: Origin, reader: PageReaderDep
) -> StreamingResponse:
    """Everything that a search finds, as CSV, JSON lines or Excel; streamed page by page."""
    ask = _asked(request, _EXPORTED, reader)
    found = await apart(everything, portal.index, ask, portal.steering.now)
    _fits(form, found)
    name = f"shuyuan-{portal.clock():%Y%m%d}.{form}"
    return StreamingResponse(
        stream(written(form, _addressed(found.pages, origin), ask.language)),
        media_type=MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Content-Language": ask.language},
    )


@router.get(
    "/search/feed.atom", openapi_extra=_described(_FED), response_class=Response, dependencies=[needs(Action.READ)]
)
def feed(request: Request, portal: PortalDep, origin: Origin, reader: PageReaderDep) -> Response:
    """A search as an Atom feed, what was modified last first."""
    ask = replace(_asked(request, _FED, reader), sort="modified", size=_ENTRIES, facets=())
    found = search(portal.index, ask, portal.steering.now)
    body = atom.feed(_about(request, ask, found["pages"], origin), found["hits"])
    return _unless_known(request, body)


def _asked(request: Request, known: frozenset[str], reader: Actor) -> Ask:
    ask, language = asked(request, known, reader), request.query_params.get("lang")
    return replace(ask, language=language) if language in LANGUAGES else ask


def _fits(form: Form, found: Everything) -> None:
    if form is Form.XLSX and found.total > MOST_ROWS:
        raise InvalidError(
            "A sheet of Excel holds {most} records.",
            field="form",
            most=MOST_ROWS,
            cure="Take CSV or JSON lines, or narrow the search.",
        )


def _addressed(pages: Pages, origin: str) -> Pages:
    return ([record | {"url": f"{origin}/datasets/{record['id']}"} for record in page] for page in pages)


def _about(request: Request, ask: Ask, pages: int, origin: str) -> atom.Feed:
    given = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]
    subject = in_words(ask.words, ask.filters, ask.language)
    address = f"{origin}{request.url.path}"
    return atom.Feed(
        title=" · ".join(filter(None, (subject, translate("Search results", ask.language)))),
        language="zh-CN" if ask.language == "zh" else ask.language,
        portal=origin,
        results=_at(f"{origin}/search", given),
        here=_at(address, given, ask.page),
        next=_at(address, given, ask.page + 1) if ask.page < pages else None,
        name=urlencode(sorted(given)),
    )


def _at(address: str, given: list[tuple[str, str]], page: int = 1) -> str:
    query = urlencode([*given, ("page", page)] if page > 1 else given)
    return f"{address}?{query}" if query else address


def _unless_known(request: Request, body: bytes) -> Response:
    """The body; 304 for a reader who has it already, for feeds are asked for again and again."""
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Language"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=f"{atom.MEDIA_TYPE}; charset=utf-8")
