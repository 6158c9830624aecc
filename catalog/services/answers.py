"""Answers that are remembered as long as the index and what steers the search stay as they are.

An answer is kept under the moment of the index at which it was begun, and given only in that moment. A moment never
comes back: so whatever was written since, by whichever process, no answer is older than the last commit. The key holds
all that was asked, filters too, so that nobody is given what another one may see.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

#: Bytes of all answers together.
_ROOM = 4_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as JSON, and what of it others go by."""

    body: bytes
    total: int
    pages: int


class Answers:
    """The answers that were given last."""

    def __init__(self, room: int = _ROOM) -> None:
        self._room = self._left = room
        self._moment: Any = None
        self._kept: OrderedDict[str, Answer] = OrderedDict()
        self._busy = threading.Lock()

    def find(self, moment: Any, key: str) -> Answer | None:
        """What was answered in this moment, if it is remembered."""
        with self._busy:
            if moment != self._moment or key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def keep(self, moment: Any, key: str, answer: Answer) -> None:
        """Remember an answer that was begun in a moment; those of other moments are forgotten."""
        with self._busy:
            if moment != self._moment:
                self._moment, self._left = moment, self._room
                self._kept.clear()
            if key not in self._kept:
                self._kept[key] = answer
                self._left -= len(answer.body)
            while self._left < 0:
                self._left += len(self._kept.popitem(last=False)[1].body)
