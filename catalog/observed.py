"""What stands around every request: an id, a line in the log, figures for Prometheus, the security headers."""

import logging
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalog.domain.audit import Origin
from catalog.headers import protected
from catalog.logs import request_id
from catalog.store.audit import ORIGIN

_log = logging.getLogger("shuyuan.http")
_requests = Counter("shuyuan_requests_total", "Answers, by method and status.", ["method", "status"])
_seconds = Histogram("shuyuan_request_seconds", "Time to the end of an answer.", ["method"])


class Observed:
    """Gives each request an id, counts and times it, logs it, and adds the security headers to its answer.

    The audit is told where the request comes from.

    What nobody foresaw is logged here with its stack, and answered by ``unforeseen``.
    """

    def __init__(self, app: ASGIApp, unforeseen: Callable[[Scope], ASGIApp]) -> None:
        self._app, self._unforeseen = app, unforeseen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        current, started, status = uuid4().hex, time.perf_counter(), 0
        token = request_id.set(current)
        came = ORIGIN.set(Origin((scope.get("client") or ("",))[0], current))

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                told = (*_rate(scope), (b"x-request-id", current.encode()))
                message["headers"] = [*protected(scope, message["headers"]), *told]
            await send(message)

        try:
            await self._app(scope, receive, observed)
        except Exception:
            if status:
                raise
            _log.exception("unforeseen")
            await self._unforeseen(scope)(scope, receive, observed)
        finally:
            _note(scope, status, time.perf_counter() - started)
            ORIGIN.reset(came)
            request_id.reset(token)


def _rate(scope: Scope) -> Iterator[tuple[bytes, bytes]]:
    """How often the key of the request may still be used."""
    if rate := scope.get("state", {}).get("rate"):
        yield b"ratelimit", rate.encode()


def _note(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"]
    _requests.labels(method, status).inc()
    _seconds.labels(method).observe(seconds)
    _log.info(
        "request", extra={"method": method, "path": scope["path"], "status": status, "ms": round(seconds * 1e3, 2)}
    )
