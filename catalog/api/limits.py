"""How large a request may be: counted while it comes in, so that no sender fills memory or disk."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalog.language import N_

#: Bytes at the most, without a file and with one.
LARGEST_BODY = 2 << 20
LARGEST_UPLOAD = 1 << 30
_UPLOADS = frozenset({"/api/v1/products", "/products/new"})
_TOO_LARGE = N_("The request is larger than is allowed.")


class Limited:
    """Ends the reading of a request that is too large; the error handler answers 413."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most, read = LARGEST_UPLOAD if scope["path"] in _UPLOADS else LARGEST_BODY, 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413, _TOO_LARGE)
            return message

        await self._app(scope, limited, send)
