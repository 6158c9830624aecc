"""The guarded fetcher: addresses that people give are fetched with limits, and only where a gate lets it through.

The address that is checked is the one that is connected to: the check sits where the connection is made, so neither a
redirect nor a name that resolves differently the second time gets around it.
"""

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpcore
import httpx
import orjson

from catalog.domain.errors import SourceBrokenError
from catalog.services.networks import Gate

_TIMEOUT = 30.0
#: For a receiver of ours: it has only to say that it took the message.
_POST_TIMEOUT = 10.0
#: Seconds for one answer, however slowly it drips.
_DEADLINE = 900.0
_MOST_BYTES = 2 << 30
_MOST_BYTES_IN_MEMORY = 64 << 20
_MOST_BYTES_OF_FORM = 1 << 20
_TRIES = 3
_AGAIN = {429, 500, 502, 503, 504}


class _Guarded(httpcore.SyncBackend):
    """Connects to the addresses that a gate permits, one after the other until one answers."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        problem: Exception = httpcore.ConnectError(f"{host} is not known")
        for address in self._gate.permitted(host, port, _resolved(host, port)):
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem


def _resolved(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host} is not known") from error
    return [str(entry[4][0]) for entry in found]


class _Transport(httpx.HTTPTransport):
    def __init__(self, gate: Gate) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False), network_backend=_Guarded(gate)
        )


class Answer:
    """What a request brought, in the shape that ckanapi reads."""

    def __init__(self, status_code: int, text: str) -> None:
        self.status_code, self.text = status_code, text

    def json(self) -> Any:
        """The text as JSON; ValueError where it is none."""
        return orjson.loads(self.text)


class Fetcher:
    """GET with a time limit, a size limit, and retries where a server asks for patience."""

    def __init__(self, gate: Gate) -> None:
        self._client = httpx.Client(
            transport=_Transport(gate),
            timeout=_TIMEOUT,
            follow_redirects=True,
            max_redirects=5,
            trust_env=False,
            headers={"User-Agent": "shuyuan-ingest"},
        )

    def get(
        self, url: str, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None, **_more: Any
    ) -> Answer:
        """An answer of at most 64 MB, as ckanapi's session."""
        with self._opened(url, params, headers) as response:
            parts = b"".join(_limited(response, _MOST_BYTES_IN_MEMORY))
            return Answer(response.status_code, parts.decode(response.encoding or "utf-8", "replace"))

    def download(self, url: str, path: Path) -> None:
        """The body, written to a file; half of one is never seen under its name."""
        part = path.with_suffix(".part")
        with self._opened(url) as response:
            if response.is_error:
                raise SourceBrokenError("{url} answers {status}.", url=url, status=response.status_code)
            with part.open("wb") as out:
                for chunk in _limited(response, _MOST_BYTES):
                    out.write(chunk)
        part.replace(path)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer: one try, no redirects, and the answer itself is not read."""
        try:
            request = self._client.build_request("POST", url, content=body, headers=headers, timeout=_POST_TIMEOUT)
            response = self._client.send(request, stream=True, follow_redirects=False)
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.ConnectError) as error:
            raise SourceBrokenError("{url} does not answer: {why}", url=url, why=str(error)) from error
        response.close()
        return response.status_code

    def form(self, url: str, body: str, headers: Mapping[str, str]) -> Answer:
        """The answer to a form: one try, no redirects."""
        try:
            request = self._client.build_request("POST", url, content=body, headers=headers, timeout=_POST_TIMEOUT)
            response = self._client.send(request, stream=True, follow_redirects=False)
            try:
                return Answer(response.status_code, b"".join(_limited(response, _MOST_BYTES_OF_FORM)).decode())
            finally:
                response.close()
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.ConnectError) as error:
            raise SourceBrokenError("{url} does not answer: {why}", url=url, why=str(error)) from error

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def _opened(
        self, url: str, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[httpx.Response]:
        try:
            response = self._patiently(self._client.build_request("GET", url, params=params, headers=headers))
            try:
                yield response
            finally:
                response.close()
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.ConnectError) as error:
            raise SourceBrokenError("{url} does not answer: {why}", url=url, why=str(error)) from error

    def _patiently(self, request: httpx.Request) -> httpx.Response:
        for attempt in range(1, _TRIES + 1):
            try:
                response = self._client.send(request, stream=True)
            except httpx.TransportError:
                if attempt == _TRIES:
                    raise
            else:
                if response.status_code not in _AGAIN or attempt == _TRIES:
                    return response
                response.close()
            time.sleep(2.0**attempt / 4)
        raise AssertionError  # the last try returns or raises


def _limited(response: httpx.Response, most: int) -> Iterator[bytes]:
    read, deadline = 0, time.monotonic() + _DEADLINE
    for chunk in response.iter_bytes():
        read += len(chunk)
        if read > most or time.monotonic() > deadline:
            raise SourceBrokenError("{url} is larger or slower than is allowed.", url=str(response.url))
        yield chunk
