"""How large a request may be: counted while it comes in, so that no sender fills memory or disk."""

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalog.domain.errors import TooLargeError

#: MB at the most, without a file; what comes with a file may be as large beside it.
LARGEST_BODY = 2
_UPLOADS = frozenset({"/api/v1/products", "/products/new"})


class Limited:
    """Ends the reading of a request that is too large; the error handler answers 413."""

    def __init__(self, app: ASGIApp, upload_mb: int) -> None:
        self._app, self._upload = app, upload_mb + LARGEST_BODY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit, read = self._upload if scope["path"] in _UPLOADS else LARGEST_BODY, 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit << 20:
                # As an HTTPException, which passes through the framework's reading of forms.
                raise HTTPException(413, TooLargeError(cure="At most {limit} MB.", limit=limit))
            return message

        await self._app(scope, limited, send)
