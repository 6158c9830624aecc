"""The snapshots that are open, in this process: a bounded number, each for a while after its last turn."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import orjson

from search.port import Snapshot, SnapshotLostError

#: So many at once.
MOST = 16
_SIGNATURE = 16


class TooManySnapshotsError(Exception):
    """As many snapshots are open as there may be."""


@dataclass(slots=True)
class Held:
    """A snapshot, and what whoever opened it wants to know again."""

    token: str
    snapshot: Snapshot
    subject: Any
    until: datetime


class Snapshots:
    """Opens, finds again and lets go of snapshots. Their cursors are signed with a key of this process."""

    def __init__(self, lasting: timedelta, most: int = MOST) -> None:
        self.lasting = lasting
        self._most = most
        self._key = secrets.token_bytes(32)
        self._held: dict[str, Held] = {}
        self._opening = Lock()

    def open(self, make: Callable[[timedelta], Snapshot], subject: Any, now: datetime) -> Held:
        """Open one. Raises TooManySnapshotsError."""
        with self._opening:
            self._sweep(now)
            if len(self._held) >= self._most:
                raise TooManySnapshotsError
            held = Held(secrets.token_urlsafe(9), make(self.lasting), subject, now + self.lasting)
            self._held[held.token] = held
        return held

    def find(self, cursor: str, now: datetime) -> tuple[Held, Any]:
        """The snapshot of a cursor, renewed, and the place in it. Raises SnapshotLostError."""
        with self._opening:
            self._sweep(now)
            token, place = self._read(cursor)
            held = self._held.get(token)
            if held is None:
                raise SnapshotLostError
            held.until = now + self.lasting
        return held, place

    def cursor(self, held: Held, place: Any) -> str:
        """What leads back to a place."""
        said = orjson.dumps([held.token, place])
        return urlsafe_b64encode(self._sign(said) + said).decode().rstrip("=")

    def close(self) -> None:
        """Let go of all."""
        for held in self._held.values():
            held.snapshot.close()
        self._held.clear()

    def _read(self, cursor: str) -> tuple[str, Any]:
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except ValueError as error:
            raise SnapshotLostError from error
        signature, said = raw[:_SIGNATURE], raw[_SIGNATURE:]
        if not hmac.compare_digest(signature, self._sign(said)):
            raise SnapshotLostError
        token, place = orjson.loads(said)
        return token, place

    def _sign(self, said: bytes) -> bytes:
        return hmac.digest(self._key, said, hashlib.sha256)[:_SIGNATURE]

    def _sweep(self, now: datetime) -> None:
        for token in [token for token, held in self._held.items() if held.until <= now]:
            self._held.pop(token).snapshot.close()
