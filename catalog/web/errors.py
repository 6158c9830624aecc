"""An error as a page, and the page that explains every error."""

from collections.abc import Callable
from typing import Any

import orjson
from fastapi import Request, Response

from catalog.web.render import page
from catalog.web.visitor import Visitor, language_of


def problem_page(request: Request, error: Exception, answer: Callable[[Any, str], Response]) -> Response:
    """What the API would answer, told to a person."""
    visitor = Visitor(language_of(request))
    problem = orjson.loads(bytes(answer(error, visitor.language).body))
    return page(request, visitor, "error.html", status=problem["status"], problem=problem)
