"""The scanner: a file is shown to clamd before it is kept. Without one, files are judged by their type alone."""

import logging
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from catalog.domain.errors import ScannerDownError

_log = logging.getLogger("shuyuan.scanner")
#: What a scanner finds in a file; '': nothing.
Scan = Callable[[Path], str]

_PORT = 3310
#: A large archive takes its time; so long may one step of the talk last, in seconds.
_CONNECT, _ANSWER = 5.0, 300.0
_CHUNK = 1 << 16
_LONGEST_ANSWER = 4096


def scanner(url: str) -> Scan:
    """The scanner of the settings."""
    return Clamd(url) if url else _nothing


def _nothing(_path: Path) -> str:
    return ""


class Clamd:
    """clamd's INSTREAM, by ``clamd://host:port``: pieces with their lengths before them, and a line in answer."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._place = (place.hostname or "", place.port or _PORT)

    def __call__(self, path: Path) -> str:
        """ScannerDownError: it did not say that the file is good or bad."""
        try:
            answer = self._asked(path)
        except OSError as error:
            raise _down(str(error)) from error
        if answer == "stream: OK":
            return ""
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        raise _down(answer or "no answer")

    def _asked(self, path: Path) -> str:
        with socket.create_connection(self._place, _CONNECT) as talk, path.open("rb") as file:
            talk.settimeout(_ANSWER)
            talk.sendall(b"zINSTREAM\0")
            while chunk := file.read(_CHUNK):
                talk.sendall(struct.pack("!L", len(chunk)) + chunk)
            talk.sendall(struct.pack("!L", 0))
            said = b""
            while not said.endswith(b"\0") and len(said) < _LONGEST_ANSWER and (more := talk.recv(1024)):
                said += more
        # An answer that breaks off is none.
        return said[:-1].decode("utf-8", "replace") if said.endswith(b"\0") else ""


def _down(why: str) -> ScannerDownError:
    _log.warning("not examined", extra={"why": why})
    return ScannerDownError(field="file", cure="Try again later; an administrator can see to the scanner.")
