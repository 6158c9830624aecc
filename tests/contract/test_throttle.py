"""How often one subject may do a thing: on both databases, from several threads, and forgotten when it is over."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from catalog.domain.errors import ThrottledError
from catalog.services import throttle
from catalog.settings import Settings
from catalog.store.database import Database
from ingest.notifier import Notifier
from search.embedded import EmbeddedIndex

NOW = datetime(2026, 1, 1, 12, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def tried(database: Database, subject: str = "192.0.2.1", *, kind: str = "letter", at: datetime = NOW) -> bool:
    try:
        with database.transaction() as tx:
            throttle.require(tx, kind, subject, most=3, per=HOUR, at=at)
    except ThrottledError:
        return False
    return True


def kept(database: Database) -> list[dict[str, object]]:
    with database.reading() as tx:
        return list(tx.dump.rows("throttle"))


def test_what_is_too_much_is_refused_until_the_span_is_over(database: Database) -> None:
    assert [tried(database) for _ in range(5)] == [True, True, True, False, False]
    assert not tried(database, at=NOW + timedelta(minutes=39, seconds=59))
    assert tried(database, at=NOW + timedelta(minutes=40))


def test_subjects_and_kinds_are_counted_apart(database: Database) -> None:
    for _ in range(4):
        tried(database)

    assert tried(database, "192.0.2.2")
    assert tried(database, kind="parcel")


def test_who_is_refused_hears_how_long_to_wait(database: Database) -> None:
    for _ in range(3):
        tried(database)

    with pytest.raises(ThrottledError) as refused, database.transaction() as tx:
        throttle.require(tx, "letter", "192.0.2.1", most=3, per=HOUR, at=NOW)

    assert refused.value.facts == {"minutes": 40, "retry_after": 2400}


def test_what_is_rolled_back_was_not_counted(database: Database) -> None:
    for _ in range(9):
        with pytest.raises(RuntimeError), database.transaction() as tx:
            throttle.require(tx, "letter", "192.0.2.1", most=3, per=HOUR, at=NOW)
            raise RuntimeError

    assert tried(database)


def test_many_at_once_share_what_is_allowed(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: tried(database), range(24)))

    assert sorted(answers) == [False] * 21 + [True] * 3


def test_who_it_was_is_not_kept(database: Database) -> None:
    tried(database)

    [row] = kept(database)
    assert "192.0.2.1" not in str(row)


def test_the_worker_forgets_what_is_over(database: Database, tmp_path: Path) -> None:
    tried(database)
    tried(database, at=NOW + HOUR)
    index = EmbeddedIndex(None)

    with Notifier(Settings(data=tmp_path, _env_file=None), database, index, lambda: NOW + HOUR):
        end = time.monotonic() + 10
        while len(kept(database)) > 1 and time.monotonic() < end:
            time.sleep(0.05)

    assert [row["until"] for row in kept(database)] == [datetime(2026, 1, 1, 14, tzinfo=UTC)]
    index.close()
