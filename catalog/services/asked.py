"""Which queries are asked, and whether they lead to something: counts a day, and nothing of who asked."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from catalog.domain.errors import NotFoundError
from catalog.domain.people import Actor
from catalog.domain.policy import Action
from catalog.domain.steering import LONGEST_QUERY
from catalog.services.permission import require
from catalog.store.database import Database, Transaction
from catalog.store.queries import Counted
from search.steering import plain

#: Askings from which on a query is shown: what one person asked once is nobody's business.
_LEAST = 3
#: Queries that are remembered until the next flush; further ones are not counted.
_MOST = 10_000
_REPORTED = 100
#: Queries that may be suggested.
_KNOWN = 1000
#: E-mail addresses, numbers of persons, phones and cards, however they are written.
_PERSONAL = re.compile(r"@|\d{6}|\d(?:[ .-]?\d){8}")
_Counts = dict[tuple[date, str], list[int]]


def keepable(typed: str) -> str:
    """The query as it is counted; '' where it may tell of a person, or is no query."""
    query = plain(typed) if len(typed) <= 4 * LONGEST_QUERY else ""
    return "" if len(query) > LONGEST_QUERY or _PERSONAL.search(query) else query


@dataclass
class Asked:
    """Counts in memory, until the next flush. What a killed process did not flush is lost."""

    database: Database
    #: Days after which counts are forgotten.
    days: int
    #: What is asked most and finds something, as of the last flush: at hand for suggestions.
    popular: tuple[str, ...] = ()
    _counts: _Counts = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _forgotten: date | None = None

    def note(self, typed: str, total: int, day: date) -> None:
        """A reader asked, and so many records were found."""
        self._add(typed, day, (1, int(total > 0), 0))

    def note_opened(self, typed: str, day: date) -> None:
        """A reader opened a record from the results of a query."""
        self._add(typed, day, (0, 0, 1))

    def flush(self, today: date) -> None:
        """Write what was counted, and forget what is too old."""
        with self._lock:
            counts, self._counts = self._counts, {}
        if not counts and self._forgotten == today:
            return
        try:
            self._write(counts, today)
        except Exception:
            with self._lock:
                _merge(self._counts, counts)
            raise
        self._forgotten = today

    def _write(self, counts: _Counts, today: date) -> None:
        with self.database.transaction() as tx:
            if counts:
                tx.queries.count(counts)
            if self._forgotten != today:
                tx.queries.forget(before=today - timedelta(days=self.days))
            self.popular = tuple(popular(tx, "", _KNOWN))

    def _add(self, typed: str, day: date, more: tuple[int, int, int]) -> None:
        if query := keepable(typed):
            with self._lock:
                _merge(self._counts, {(day, query): more})


def _merge(counts: _Counts, more: Mapping[tuple[date, str], list[int] | tuple[int, int, int]]) -> None:
    for key, numbers in more.items():
        if key in counts or len(counts) < _MOST:
            counts[key] = [one + other for one, other in zip(counts.get(key, (0, 0, 0)), numbers, strict=True)]


def popular(tx: Transaction, prefix: str, n: int) -> list[str]:
    """What is asked most, begins so, and finds something."""
    return [counted.query for counted in tx.queries.popular(plain(prefix), least=_LEAST, size=n)]


#: What is wrong → the queries of which it is.
REPORTS = ("no-hits", "unopened")


def report(tx: Transaction, actor: Actor, kind: str) -> list[Counted]:
    """Queries without hits, or whose results nobody opened; the most asked first."""
    require(actor, Action.STEER)
    match kind:
        case "no-hits":
            return tx.queries.without_hits(least=_LEAST, size=_REPORTED)
        case "unopened":
            return tx.queries.unopened(least=_LEAST, size=_REPORTED)
    raise NotFoundError
