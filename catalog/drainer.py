"""A process that makes findable what a long run writes, while the run goes on.

To read records and to index them costs about the same, and Python does either on one core. The process is started once
a run has written a whole batch. It ends when it is told to, and with the process that started it, however that ends.
"""

import gc
import os
import subprocess
import sys
import threading
from contextlib import closing, suppress
from typing import Self

import orjson

from catalog.domain.errors import CatalogError
from catalog.domain.runs import Run
from catalog.portal import Portal
from catalog.services import indexing
from catalog.settings import Settings
from catalog.wiring import open_portal
from search.port import SearchUnavailableError

_PAUSE = 0.1


class Drainer:
    """A context in which nothing else writes the index; what the process leaves is for whoever comes after."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process is not None:
            # It may have ended by itself; then nobody takes the word.
            self._process.communicate(b"end\n")

    def see(self, run: Run) -> None:
        """Start the process when a run has written enough."""
        if self._process is None and run.created + run.updated >= indexing.BATCH:
            # Its own session: a Ctrl-C is for this process, and the other ends with it.
            self._process = subprocess.Popen(  # noqa: S603 ourselves
                [sys.executable, "-m", __spec__.name], stdin=subprocess.PIPE, start_new_session=True
            )
            self._tell(self._settings.model_dump_json().encode() + b"\n")

    def _tell(self, line: bytes) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.write(line)
                self._process.stdin.flush()


def _drain(portal: Portal, ending: threading.Event) -> None:
    """Whole batches only: each costs a commit of the index."""
    while not ending.is_set():
        with portal.database.reading() as tx:
            waiting = tx.outbox.waiting("index")
        if waiting >= indexing.BATCH:
            indexing.drain(portal.database, portal.index)
        else:
            ending.wait(_PAUSE)


def _listen(ending: threading.Event) -> None:
    if sys.stdin.readline():
        ending.set()
    else:
        os._exit(1)  # who started it was killed: the next may want the index at once, and a cut is what it stands


def _work() -> None:
    """What the process does."""
    settings, ending = Settings(_env_file=None, **orjson.loads(sys.stdin.readline())), threading.Event()
    threading.Thread(target=_listen, args=(ending,), daemon=True).start()
    gc.set_threshold(50_000, 20, 100)
    # What fails here fails again for who drains the rest, and is told there.
    with suppress(CatalogError, SearchUnavailableError), closing(open_portal(settings)) as portal:
        _drain(portal, ending)


if __name__ == "__main__":
    _work()
