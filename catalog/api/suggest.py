"""Suggestions while typing."""

from typing import Annotated

import anyio.to_thread
import orjson
from fastapi import APIRouter, Query, Request, Response

from catalog.api.deps import Language, reader_of
from catalog.api.permission import needs
from catalog.domain.people import Actor
from catalog.domain.policy import Action
from catalog.services import suggest as service
from catalog.services.suggest import Suggestion

router = APIRouter(tags=["search"])
#: What stands in the search box so far.
Typed = Annotated[str, Query(max_length=500, description="What is typed so far.")]


@router.get("/suggest", dependencies=[needs(Action.READ)])
async def suggest(request: Request, language: Language, q: Typed = "") -> Response:
    """Up to ten titles, publishers, themes, places and queries: by characters, by pinyin or by first letters."""
    found = await suggestions(request, q, language, await reader_of(request))
    return Response(orjson.dumps({"suggestions": service.told(found)}), media_type="application/json")


async def suggestions(request: Request, typed: str, language: str, reader: Actor) -> list[Suggestion]:
    """Like search a hot path: async, without a transaction; only a server is waited for on a thread."""
    index, popular = request.app.state.portal.index, request.app.state.portal.asked.popular
    if index.remote:
        return await anyio.to_thread.run_sync(service.suggest, index, typed, language, popular, reader)
    return service.suggest(index, typed, language, popular, reader)
