"""Streams are apart: they hold no transaction, and have a few threads of their own, so that nobody else waits."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import ParamSpec, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter

P = ParamSpec("P")
T = TypeVar("T")

#: So many pages are being read and written at a time; a stream holds a thread for one page only.
_THREADS = CapacityLimiter(4)


async def apart(function: Callable[..., T], *arguments: object) -> T:
    """What a function gives, done on a thread of the streams."""
    return await anyio.to_thread.run_sync(function, *arguments, limiter=_THREADS)


async def stream(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, each made when the reader has taken the one before."""
    while (piece := await apart(next, pieces, None)) is not None:
        if piece:
            yield piece
