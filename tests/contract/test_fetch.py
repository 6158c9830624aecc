"""The guarded fetcher and live CKAN portals, against a real server on loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from catalog.domain.errors import AddressRefusedError, SourceBrokenError
from catalog.domain.networks import Use
from catalog.services.networks import Gate
from catalog.store.database import Database
from catalog.wiring import clock
from ingest import fetch
from ingest.fetch import Fetcher
from ingest.source import Record
from ingest.sources.ckan import CkanSource
from tests.receivers import allow

Answer = Callable[[str, dict[str, str]], tuple[int, dict[str, str], bytes]]


@pytest.fixture
def database(folder: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{folder}/shuyuan.sqlite3")
    yield database
    database.close()


@pytest.fixture
def shut(database: Database) -> Fetcher:
    """A fetcher that reaches public addresses only."""
    return Fetcher(Gate(database, clock, Use.SOURCE, "luzhou"))


@pytest.fixture
def fetcher(database: Database, shut: Fetcher) -> Fetcher:
    """A fetcher that reaches loopback too."""
    allow(database, Use.SOURCE, target="luzhou")
    return shut


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    servers = []

    def start(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                status, headers, body = answer(url.path, {k: v[0] for k, v in parse_qs(url.query).items()})
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def ckan(packages: list[dict[str, Any]], *, count: int | None = None, loop: bool = False) -> Answer:
    def answer(_path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        start, rows = (0 if loop else int(query["start"])), int(query["rows"])
        result = {"count": count or len(packages), "results": packages[start : start + rows]}
        return 200, {}, json.dumps({"success": True, "result": result}).encode()

    return answer


def package(number: int) -> dict[str, Any]:
    return {
        "id": f"id-{number:04d}",
        "title": f"数据{number}",
        "organization": {"title": "市局"},
        "license_id": "cc-by",
    }


def read(fetcher: Fetcher, url: str, start: int = 0) -> list[Any]:
    return list(CkanSource(url, fetcher).records(start))


def test_a_live_portal_is_read_page_by_page_and_resumed(fetcher: Fetcher, serve: Callable[[Answer], str]) -> None:
    url = serve(ckan([package(n) for n in range(250)]))

    records = read(fetcher, url)
    resumed = read(fetcher, url, 120)

    assert [r.key for r in records] == [f"id-{n:04d}" for n in range(250)]
    assert isinstance(records[0], Record)
    assert records[0].dataset.license == "cc-by-4.0"
    assert [r.position for r in resumed] == list(range(120, 250))


def test_a_page_loop_ends_with_a_clear_error(fetcher: Fetcher, serve: Callable[[Answer], str]) -> None:
    with pytest.raises(SourceBrokenError, match="again and again"):
        read(fetcher, serve(ckan([package(n) for n in range(250)], loop=True)))


def test_fewer_packages_than_promised_is_no_complete_reading(fetcher: Fetcher, serve: Callable[[Answer], str]) -> None:
    with pytest.raises(SourceBrokenError, match="promises 300"):
        read(fetcher, serve(ckan([package(n) for n in range(250)], count=300)))


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b'{"success": true, "result": {}}', b"[]"])
def test_an_answer_that_is_not_ckan(fetcher: Fetcher, serve: Callable[[Answer], str], body: bytes) -> None:
    with pytest.raises(SourceBrokenError, match="not CKAN"):
        read(fetcher, serve(lambda *_: (200, {}, body)))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "0.0.0.0"])
def test_private_addresses_are_refused(shut: Fetcher, host: str, tmp_path: Path) -> None:
    with pytest.raises(AddressRefusedError):
        shut.download(f"http://{host}:9/", tmp_path / "x")


def test_a_redirect_to_a_private_address_is_refused(
    fetcher: Fetcher, serve: Callable[[Answer], str], tmp_path: Path
) -> None:
    url = serve(lambda *_: (302, {"Location": "http://10.0.0.1/"}, b""))

    with pytest.raises(AddressRefusedError):
        fetcher.download(url, tmp_path / "x")


def test_a_server_that_asks_for_patience_gets_it(
    fetcher: Fetcher, serve: Callable[[Answer], str], tmp_path: Path
) -> None:
    answers = iter([503, 503, 200])

    fetcher.download(serve(lambda *_: (next(answers), {}, b"data")), tmp_path / "x")

    assert (tmp_path / "x").read_bytes() == b"data"


def test_what_is_too_large_is_given_up_and_leaves_nothing(
    fetcher: Fetcher, serve: Callable[[Answer], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_MOST_BYTES", 1000)

    with pytest.raises(SourceBrokenError, match="larger"):
        fetcher.download(serve(lambda *_: (200, {}, b"x" * 5000)), tmp_path / "x")

    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "ftp://example.com/", "http://no.such.host.invalid/"])
def test_nobody_there_is_a_clear_error(fetcher: Fetcher, url: str, tmp_path: Path) -> None:
    with pytest.raises(SourceBrokenError, match="does not answer"):
        fetcher.download(url, tmp_path / "x")
