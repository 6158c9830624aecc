"""A bounded load on loopback: connections that are kept, one request after another on each."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import uvloop


@dataclass(frozen=True, slots=True)
class Load:
    """What a load met: milliseconds of each answer, and answers a second."""

    times: list[float]
    rate: float

    def quantile(self, share: float) -> float:
        ordered = sorted(self.times)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def load(port: int, paths: Sequence[str], *, connections: int, requests: int, body: bytes = b"") -> Load:
    """``requests`` answers in all, over ``connections``; every one must be 200."""
    return uvloop.run(_load(port, paths, connections, requests, body))


async def _load(port: int, paths: Sequence[str], connections: int, requests: int, body: bytes) -> Load:
    times: list[float] = []
    each = requests // connections
    started = time.perf_counter()
    await asyncio.gather(*(_connection(port, paths, each, times, body) for _ in range(connections)))
    return Load(times, len(times) / (time.perf_counter() - started))


async def _connection(port: int, paths: Sequence[str], count: int, times: list[float], body: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    method = "POST" if body else "GET"
    length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    sent = [f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{length}\r\n".encode() + body for path in paths]
    for number in range(count):
        started = time.perf_counter()
        writer.write(sent[number % len(sent)])
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(head.decode())
        if b"transfer-encoding: chunked" in head:
            await _chunks(reader)
        else:
            await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
        times.append((time.perf_counter() - started) * 1e3)
    writer.close()
    await writer.wait_closed()


async def _chunks(reader: asyncio.StreamReader) -> None:
    while size := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(size + 2)
    await reader.readexactly(2)
