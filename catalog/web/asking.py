"""What the address of a page of results asks for."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request

from catalog.api.deps import PortalDep
from catalog.services.search import Ask
from catalog.web.addresses import SIZE
from catalog.web.filters import SHOWN
from catalog.web.narrowing import Narrowing, narrowing
from catalog.web.visitor import VisitorDep

#: What stands in the search box.
Words = Annotated[str, Query(max_length=500)]


@dataclass(frozen=True, slots=True)
class Asking:
    """A search, and the fields that it was narrowed with."""

    ask: Ask
    narrowing: Narrowing


def _asking(
    request: Request,
    visitor: VisitorDep,
    portal: PortalDep,
    q: Words = "",
    sort: str = "relevance",
    page: Annotated[int, Query(ge=1, le=2_000_000)] = 1,
    size: Annotated[int, Query(ge=1, le=100)] = SIZE,
    exact: bool = False,
) -> Asking:
    language, today = visitor.language, portal.clock().date()
    narrowed = narrowing(request, language)
    ask = Ask(
        q,
        narrowed.filters,
        tuple(SHOWN),
        sort,
        page,
        size,
        language,
        today,
        exact=exact,
        fold=True,
        reader=visitor.actor,
    )
    return Asking(ask, narrowed)


AskingDep = Annotated[Asking, Depends(_asking)]
