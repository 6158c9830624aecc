"""create_app: routers, middleware, and the one error handler for both audiences."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Scope

from catalog import api, web
from catalog.api import errors, problems
from catalog.api.limits import Limited
from catalog.api.rates import Rates
from catalog.beside import beside
from catalog.domain.errors import CatalogError
from catalog.language import accepted
from catalog.observed import Observed
from catalog.portal import Portal

#: Addresses for programs: their errors are problem details; everybody else's are pages.
_PROGRAMS = ("/api/", "/data/", "/search/export.", "/search/feed.", "/health/", "/metrics", "/openapi.json")

Answer = Callable[[Any, str], Response]


def create_app(portal: Portal) -> FastAPI:
    """The application of a portal."""
    app = FastAPI(title="数源 Shuyuan", version="1", docs_url=None, redoc_url=None, lifespan=_alive)
    give(app, portal)
    api.include(app)
    problems.describe(app)
    app.include_router(web.router, include_in_schema=False)
    app.add_exception_handler(CatalogError, _handler(errors.of_catalog))
    app.add_exception_handler(RequestValidationError, _handler(errors.of_validation))
    app.add_exception_handler(HTTPException, _handler(errors.of_http))
    app.add_middleware(Limited, upload_mb=portal.settings.upload_mb)
    app.add_middleware(Observed, unforeseen=_unforeseen)
    return app


def give(app: FastAPI, portal: Portal) -> None:
    """Let an application answer for a portal."""
    app.state.portal = portal
    app.state.reader_of_page = web.reader_of
    app.state.rates = Rates(portal.settings.key_rate)


@asynccontextmanager
async def _alive(app: FastAPI) -> AsyncIterator[None]:
    with beside(app.state.portal):
        yield


def _handler(answer: Answer) -> Callable[[Request, Exception], Response]:
    def handle(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(_PROGRAMS):
            return answer(error, accepted(request.headers.get("accept-language")))
        return web.problem_page(request, error, answer)

    return handle


def _unforeseen(scope: Scope) -> Response:
    return _handler(errors.of_catalog)(Request(scope), CatalogError())
