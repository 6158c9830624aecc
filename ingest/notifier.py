"""The notifier: looks for what is new and sends it, beside the worker, whom a slow mail server must not hold up."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Self

from catalog.domain.networks import Use
from catalog.services import announcing, letters, news, subscriptions, throttle
from catalog.services.networks import Gate
from catalog.settings import Settings
from catalog.store.database import Database
from ingest.carriers import carriers
from search.port import SearchIndex

_log = logging.getLogger("shuyuan.notifier")
_PAUSE = 1.0
#: Wait after something went wrong, in seconds.
_LONG_PAUSE = 10.0


@dataclass
class Notifier:
    """A context: while it is entered, subscribers are told. Only who holds the lock of the worker may enter it."""

    settings: Settings
    database: Database
    index: SearchIndex
    clock: Callable[[], datetime]
    _ending: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        send = partial(letters.send, self.database, portal=self.settings.address, clock=self.clock)
        tasks: dict[str, Callable[[], int]] = {"news": self._look, "facts": self._announce}
        gate = Gate(self.database, self.clock, Use.WEBHOOK)
        for channel, carry in carriers(self.settings, gate).items():
            tasks[channel] = partial(send, channel, carry)
        self._threads = [threading.Thread(target=self._loop, args=(task,), name=name) for name, task in tasks.items()]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _look(self) -> int:
        self._sweep()
        return news.look(self.database, self.index, at=self.clock())

    def _announce(self) -> int:
        return announcing.announce(self.database, at=self.clock())

    def _sweep(self) -> None:
        """Forget what is over; a transaction that writes is begun only where there is something to forget."""
        now = self.clock()
        with self.database.reading() as tx:
            expired = bool(tx.subscriptions.expired(now=now, size=1)) or tx.throttle.has_expired(now=now)
            expired = expired or tx.links.has_expired(now=now)
        if expired:
            with self.database.transaction() as tx:
                subscriptions.sweep(tx, at=now)
                throttle.sweep(tx, at=now)
                tx.links.forget(now=now)

    def _loop(self, task: Callable[[], int]) -> None:
        while not self._ending.is_set():
            try:
                busy = task()
            except Exception as error:  # noqa: BLE001 the loop outlives everything: a full disk, a dead engine
                _log.warning("trying again", extra={"why": str(error), "seconds": _LONG_PAUSE})
                self._ending.wait(_LONG_PAUSE)
                continue
            if not busy:
                self._ending.wait(_PAUSE)
