"""Networks that are allowed and ended, and the fetcher that asks for them: on both databases, with a real server."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from catalog.domain.errors import (
    AddressRefusedError,
    ConflictError,
    ForbiddenError,
    SourceBrokenError,
    UnauthenticatedError,
)
from catalog.domain.networks import Use
from catalog.domain.people import GUEST, OPERATOR, Role
from catalog.domain.runs import RunState
from catalog.services import networks, runs
from catalog.services.networks import Gate, Wanted
from catalog.settings import Settings
from catalog.store.database import Database
from catalog.wiring import clock
from ingest.fetch import Fetcher
from ingest.runner import perform
from tests.actors import acting
from tests.receivers import allow

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Resolve = Callable[[dict[str, list[str]]], None]


@dataclass
class Server:
    """A server on all of loopback, and the addresses that it was reached at."""

    port: int
    at: list[str]


@pytest.fixture
def server() -> Iterator[Server]:
    at: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            at.append(self.connection.getsockname()[0])
            moved = self.path.startswith("/to/")
            self.send_response(302 if moved else 200)
            if moved:
                self.send_header("Location", "http://" + self.path.removeprefix("/to/"))
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # Also at another address of loopback, at the same port.
    other = ThreadingHTTPServer(("127.0.0.2", server.server_port), Handler)
    for each in (server, other):
        threading.Thread(target=each.serve_forever, daemon=True).start()
    yield Server(server.server_port, at)
    for each in (server, other):
        each.shutdown()
        each.server_close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """A name server: host → its addresses, for each question in turn one of the answers, with commas within."""
    known = socket.getaddrinfo

    def answer(hosts: dict[str, list[str]]) -> None:
        def resolve(host: Any, port: Any, *more: Any, **named: Any) -> list[Any]:
            if host not in hosts:
                return known(host, port, *more, **named)
            said = hosts[host].pop(0) if len(hosts[host]) > 1 else hosts[host][0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in said.split(",")]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)

    return answer


def fetch(database: Database, url: str, folder: Path, source: str = "luzhou") -> None:
    fetcher = Fetcher(Gate(database, clock, Use.SOURCE, source))
    try:
        fetcher.download(url, folder / "x")
    finally:
        fetcher.close()


def test_a_network_is_allowed_for_its_source_from_the_next_connection_on_until_it_ends(
    database: Database, server: Server, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{server.port}/"
    with pytest.raises(AddressRefusedError):
        fetch(database, url, tmp_path)

    network = allow(database, Use.SOURCE, target="luzhou")
    fetch(database, url, tmp_path)
    with pytest.raises(AddressRefusedError):
        fetch(database, url, tmp_path, source="hefei")

    with database.transaction() as tx:
        networks.end(tx, OPERATOR, network.id, at=NOW)
    with pytest.raises(AddressRefusedError):
        fetch(database, url, tmp_path)
    assert server.at == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.1", "127.1", "localhost", "[::ffff:127.0.0.1]"])
def test_every_spelling_of_an_address_is_one_address(
    database: Database, server: Server, tmp_path: Path, host: str
) -> None:
    url = f"http://{host}:{server.port}/"

    with pytest.raises(AddressRefusedError):
        fetch(database, url, tmp_path)

    allow(database, Use.SOURCE, "127.0.0.1/32")
    fetch(database, url, tmp_path)
    assert len(server.at) == 1


def test_another_port_use_or_address_is_not_allowed(database: Database, server: Server, tmp_path: Path) -> None:
    allow(database, Use.SOURCE, port=server.port + 1)
    allow(database, Use.WEBHOOK)
    allow(database, Use.SOURCE, "127.0.0.3/32")

    with pytest.raises(AddressRefusedError):
        fetch(database, f"http://127.0.0.1:{server.port}/", tmp_path)

    assert server.at == []


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    database: Database, server: Server, tmp_path: Path, names: Resolve
) -> None:
    allow(database, Use.SOURCE, "127.0.0.2/32")
    names({"both.example": ["127.0.0.1,127.0.0.2"], "rebinding.example": ["127.0.0.2", "127.0.0.1"]})

    fetch(database, f"http://both.example:{server.port}/", tmp_path)
    fetch(database, f"http://rebinding.example:{server.port}/", tmp_path)
    with pytest.raises(AddressRefusedError):
        fetch(database, f"http://rebinding.example:{server.port}/", tmp_path)

    assert server.at == ["127.0.0.2", "127.0.0.2"]


def test_the_next_address_is_tried_where_one_does_not_answer(
    database: Database, server: Server, tmp_path: Path, names: Resolve
) -> None:
    allow(database, Use.SOURCE)
    names({"many.example": ["127.0.0.9,127.0.0.2"]})

    fetch(database, f"http://many.example:{server.port}/", tmp_path)

    assert server.at == ["127.0.0.2"]


@pytest.mark.parametrize("to", ["127.0.0.1:{port}/", "169.254.169.254/latest/meta-data/", "[64:ff9b::a9fe:a9fe]/"])
def test_a_redirect_is_checked_again(database: Database, server: Server, tmp_path: Path, to: str) -> None:
    allow(database, Use.SOURCE, "127.0.0.2/32")

    with pytest.raises(AddressRefusedError):
        fetch(database, f"http://127.0.0.2:{server.port}/to/{to.format(port=server.port)}", tmp_path)

    assert server.at == ["127.0.0.2"]


def test_a_name_that_is_not_known_is_no_refusal(database: Database, tmp_path: Path) -> None:
    with pytest.raises(SourceBrokenError, match="not known"):
        fetch(database, "http://no.such.host.invalid/", tmp_path)

    with database.reading() as tx:
        assert networks.refused(tx, OPERATOR) == []


def test_what_was_reached_and_refused_is_told_to_administrators_alone(
    database: Database, server: Server, tmp_path: Path, names: Resolve
) -> None:
    names({"inner.example": ["10.20.3.4"]})
    network = allow(database, Use.SOURCE, target="luzhou")
    for _ in range(2):
        fetch(database, f"http://127.0.0.1:{server.port}/", tmp_path)
        with pytest.raises(AddressRefusedError) as refused:
            fetch(database, "http://inner.example:8080/", tmp_path)

    said = f"{refused.value} {refused.value.cure} {refused.value.facts}"
    assert "10.20" not in said
    assert "luzhou" in said
    assert "administrator" in said
    with database.reading() as tx:
        [one] = networks.refused(tx, OPERATOR)
        [reached] = networks.resting(tx, OPERATOR, network.id)
        with pytest.raises(ForbiddenError):
            networks.refused(tx, acting(tx, Role.STEWARD, "市局"))
    assert (one.suggested, one.port, one.host, one.target) == ("10.20.3.4/32", 8080, "inner.example", "luzhou")
    assert (reached.target, reached.host, reached.port, reached.times) == ("luzhou", "127.0.0.1", server.port, 2)


def test_strangers_cannot_fill_the_list_of_refusals(database: Database) -> None:
    gate = Gate(database, clock, Use.WEBHOOK)
    for number in range(130):
        with pytest.raises(AddressRefusedError):
            list(gate.permitted(f"host{number}.example", 443, ["10.0.0.1"]))

    with database.reading() as tx:
        assert len(tx.networks.refusals(size=1000)) == 100
        assert tx.networks.refusals()[0].host == "host129.example"


def test_a_run_that_is_refused_says_who_can_help(database: Database, tmp_path: Path) -> None:
    with database.transaction() as tx:
        run = runs.ask_for(
            tx, OPERATOR, kind="ckan", location="http://127.0.0.1:9/", source="luzhou", mapping=None, at=clock()
        )

    run = perform(database, Settings(data=tmp_path, _env_file=None), run.id, clock=clock)

    assert run.state is RunState.FAILED
    assert run.problem == "The address of luzhou is not public."


def test_allowing_and_ending_are_audited_and_for_administrators(database: Database) -> None:
    wanted = Wanted(name="汇聚区", cidr="10.20.0.0/16", use=Use.SOURCE, reason="泸州汇聚", target="luzhou")
    for role in (Role.STEWARD, Role.ACCESS_OFFICER, Role.APPLICANT, Role.SECURITY_ADMIN):
        with pytest.raises(ForbiddenError), database.transaction() as tx:
            networks.allow(tx, acting(tx, role, "市局"), wanted, at=NOW)
    with pytest.raises(UnauthenticatedError), database.transaction() as tx:
        networks.allow(tx, GUEST, wanted, at=NOW)

    with database.transaction() as tx:
        network = networks.allow(tx, OPERATOR, wanted, at=NOW)
    with pytest.raises(ConflictError, match="汇聚区"), database.transaction() as tx:
        networks.allow(tx, OPERATOR, wanted, at=NOW)
    with database.transaction() as tx:
        networks.end(tx, OPERATOR, network.id, at=NOW)
    with pytest.raises(ConflictError), database.transaction() as tx:
        networks.end(tx, OPERATOR, network.id, at=NOW)

    with database.reading() as tx:
        acts = [(entry["act"], entry["actor"], entry["detail"].get("cidr")) for entry in tx.audit.about(network.id)]
        assert networks.listed(tx, OPERATOR) == []
        [kept] = networks.listed(tx, OPERATOR, ended=True)
    assert acts == [
        ("network ended", "operator", "10.20.0.0/16"),
        ("network allowed", "operator", "10.20.0.0/16"),
    ]
    assert (kept.ended_by, kept.reason) == ("operator", "泸州汇聚")
