"""When keys were used last: kept in memory and written beside the answers, for who reads waits for no writer."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from catalog.domain.keys import Key
from catalog.store.database import Database

#: A key is written to for its use no more often than this.
_HOUR = timedelta(hours=1)


@dataclass
class Uses:
    """Uses that are not written down yet. What a killed process did not flush is lost."""

    _noted: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, key: Key, at: datetime) -> None:
        """A key was used; that is known to the hour."""
        if key.last_used_at is None or at - key.last_used_at >= _HOUR:
            with self._lock:
                self._noted[key.id] = at

    def flush(self, database: Database) -> None:
        """Write down what was noted."""
        with self._lock:
            noted, self._noted = self._noted, {}
        if noted:
            with database.transaction() as tx:
                for key_id in sorted(noted):
                    tx.keys.used(key_id, at=noted[key_id])
