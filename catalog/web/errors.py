"""An error as a page, and the page that explains every error."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Request, Response

from catalog.api.errors import STATUS
from catalog.language import translate
from catalog.web.permission import open_to_all
from catalog.web.render import page
from catalog.web.visitor import Visitor, VisitorDep, language_of, visitor_of

router = APIRouter()
_SERVER_ERROR = 500
#: What an error page shows where it is known.
_SILENT = {"cure": None, "errors": (), "successor": None}


@dataclass(frozen=True, slots=True)
class Explained:
    """One kind of error."""

    name: str
    status: int
    message: str


@router.get("/errors", dependencies=[open_to_all("What each error means.")])
def explained(request: Request, visitor: VisitorDep) -> Response:
    """Every error there is, under the address that problem details give as their type."""
    errors = [
        Explained(kind.__name__, status, translate((kind.__doc__ or "").strip(), visitor.language))
        for kind, status in sorted(STATUS.items(), key=lambda entry: (entry[1], entry[0].__name__))
    ]
    return page(request, visitor, "errors.html", errors=errors)


def problem_page(request: Request, error: Exception, answer: Callable[[Any, str], Response]) -> Response:
    """What the API would answer, told to a person."""
    language = language_of(request)
    problem = _SILENT | orjson.loads(bytes(answer(error, language).body))
    status = problem["status"]
    # What went wrong may be the database itself, so nothing is asked of it then.
    visitor = Visitor(language) if status >= _SERVER_ERROR else visitor_of(request, request.app.state.portal)
    return page(request, visitor, "error.html", status=status, problem=problem, back=_back(request))


def _back(request: Request) -> str:
    """Where to go on after signing in: this page, or the one whose form was sent."""
    if request.method == "GET":
        return str(request.url.replace(scheme="", netloc=""))
    form = urlsplit(request.headers.get("referer", ""))
    return form.path if form.netloc == request.headers.get("host") else "/"
