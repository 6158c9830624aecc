"""A mail server and a receiver of webhooks, on loopback: they take what is sent, or answer as they are told.

``allow`` lets the portal connect to them.
"""

import socketserver
import struct
import threading
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from aiosmtpd.controller import Controller

from catalog.domain.networks import Network, Use
from catalog.domain.people import OPERATOR
from catalog.services import networks
from catalog.services.networks import Wanted
from catalog.store.database import Database
from tests import engines

#: The text that every scanner knows, in two parts, so that none minds this file.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def allow(
    database: Database, use: Use, cidr: str = "127.0.0.0/8", *, target: str = "", port: int | None = None
) -> Network:
    """Allow a network, as an administrator does."""
    wanted = Wanted(name="local", cidr=cidr, use=use, reason="tests", target=target, port=port)
    with database.transaction() as tx:
        return networks.allow(tx, OPERATOR, wanted, at=datetime(2026, 1, 1, tzinfo=UTC))


class MailServer:
    """A context: SMTP on a port of its own, also again after it was down."""

    def __init__(self) -> None:
        self.port = engines.free_port()
        #: What RCPT is answered with.
        self.answer = "250 OK"
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]

    def __enter__(self) -> Self:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._controller.stop()

    async def handle_RCPT(  # noqa: N802 the name that aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(  # noqa: N802 as above
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        self.raw.append(envelope.content)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


class Scanner:
    """A context: clamd as far as INSTREAM goes, which finds EICAR's test text in whatever it is sent."""

    def __init__(self, answer: bytes = b"") -> None:
        #: In place of the verdict.
        self.answer = answer
        self.received: list[bytes] = []

    @property
    def url(self) -> str:
        return f"clamd://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        scanner = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                assert self.rfile.read(10) == b"zINSTREAM\0"
                data = b""
                while size := struct.unpack("!L", self.rfile.read(4))[0]:
                    data += self.rfile.read(size)
                scanner.received.append(data)
                verdict = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"
                self.wfile.write(scanner.answer or verdict)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class HookServer:
    """A context: what is POSTed to it, and the statuses that it answers with, the last one for good."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses or (200,))
        self.received: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.received.append(({k.lower(): v for k, v in self.headers.items()}, body))
                status = hook.statuses.pop(0) if len(hook.statuses) > 1 else hook.statuses[0]
                self.send_response(status)
                self.send_header("Location", hook.url)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
