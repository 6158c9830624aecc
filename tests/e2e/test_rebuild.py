"""A rebuild that is killed in each of its phases: searches go on, nothing is lost, and nothing is left lying about."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from catalog.domain.datasets import Dataset, Identity
from catalog.domain.people import OPERATOR
from catalog.portal import Portal
from catalog.services import datasets
from catalog.settings import Settings
from catalog.wiring import open_portal
from search.model import Query
from tests.e2e.conftest import ROOT, Installation

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RECORDS = 1500
#: When a rebuild is killed, in seconds from its first trace: while it fills, examines, switches, cleans up.
KILLS = (0.0, 0.3, 0.6)


@pytest.fixture
def portal(installation: Installation, tmp_path: Path) -> Iterator[Portal]:
    """The installation from within, to read and write while commands come and go."""
    rows = [{"title": f"空气质量{n}", "identifier": f"a{n}", "publisher": {"name": "市局"}} for n in range(RECORDS)]
    feed = tmp_path / "data.json"
    feed.write_text(json.dumps({"dataset": rows}))
    installation.command("ingest", "datajson", str(feed), "--source", "many")
    given = {name.removeprefix("SHUYUAN_").lower(): value for name, value in installation.environment.items()}
    portal = open_portal(Settings.model_validate(given))
    yield portal
    portal.close()


@contextmanager
def used(portal: Portal) -> Iterator[list[str]]:
    """While it lasts somebody searches and somebody writes; at the end nobody saw less, or an error."""
    ending, troubles = threading.Event(), list[str]()

    def read() -> None:
        while not ending.is_set():
            total = portal.index.search(Query(filters={"source": ["many"]})).total
            if total != RECORDS:
                troubles.append(f"{total} found")

    def write() -> None:
        for number in count():
            if ending.wait(0.2):
                return
            publish(portal, f"w{number}")

    def noted(act: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                act()
            except Exception as error:  # noqa: BLE001 any error is what is looked for
                troubles.append(repr(error))

        return run

    threads = [threading.Thread(target=noted(act)) for act in (read, read, write)]
    for thread in threads:
        thread.start()
    try:
        yield troubles
    finally:
        ending.set()
        for thread in threads:
            thread.join()


def publish(portal: Portal, key: str) -> None:
    dataset = Dataset.model_validate({"title": f"噪声{key}", "publisher": {"name": "市局"}})
    with portal.database.transaction() as tx:
        datasets.publish(tx, OPERATOR, Identity(source="portal", source_key=key), dataset, at=NOW)


def traces(portal: Portal, installation: Installation) -> set[str]:
    """What there is of indexes."""
    if installation.environment.get("SHUYUAN_ELASTICSEARCH_URL"):
        from search.elastic import connect  # noqa: PLC0415 only where the server is

        with connect(portal.settings.elasticsearch_url) as client:
            return set(client.indices.get(index=f"{portal.settings.elasticsearch_index}-*"))
    return {str(path) for path in portal.settings.index_folder.glob("*/*") if path.is_dir()}


def killed(installation: Installation, portal: Portal, act: str, after: float) -> bool:
    """Start a command about the index and kill it; whether it was killed before its end."""
    before = traces(portal, installation)
    command = [sys.executable, "-m", "catalog", "index", act]
    process = subprocess.Popen(command, env=installation._env(), cwd=ROOT, stderr=subprocess.DEVNULL)
    while act == "rebuild" and process.poll() is None and traces(portal, installation) == before:
        time.sleep(0.005)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("installation", ["sqlite-tantivy"], indirect=True)
def test_a_rebuild_killed_at_any_moment_is_not_noticed(installation: Installation, portal: Portal) -> None:
    with used(portal) as troubles:
        ended = [killed(installation, portal, "rebuild", after) for after in KILLS]
        installation.command("index", "rebuild")
        ended.append(killed(installation, portal, "rollback", 1.5))
        installation.command("index", "rollback")

    assert troubles == []
    assert ended[0]
    told = installation.command("index", "check", "--json")
    assert (told["missing"], told["stale"], told["extra"]) == (0, 0, 0)
    assert len(traces(portal, installation)) == 2
