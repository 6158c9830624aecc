"""A rebuild and a rollback, killed in each phase beside readers and a writer: nobody notices, and nothing is left over.

The server goes on all the time. The commands and workers beside it die; what they began is done by the next worker.
"""

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from search.phases import Phase
from tests.e2e.conftest import Installation
from tests.e2e.killed import killed
from tests.e2e.test_failures import until

#: Enough that a process beside makes terms too.
RECORDS = 2100
#: In the middle of the filling, and at the beginning of everything else.
FILLED = f"{Phase.FILLING}-2000"
REBUILD = (
    Phase.PREPARING, Phase.FILLING, FILLED, Phase.COMMITTING, Phase.EXAMINING, Phase.MEASURING, Phase.SWITCHING,
    Phase.SERVING, Phase.CLEARING,
)  # fmt: skip
IN_THE_WORKER = (FILLED, Phase.EXAMINING, Phase.SERVING)
ROLLBACK = (Phase.PREPARING, Phase.MENDING, Phase.EXAMINING, Phase.SWITCHING)


@pytest.fixture
def serving(installation: Installation, tmp_path: Path) -> Installation:
    """A server without a worker, and records that everybody finds."""
    rows = [{"title": f"空气质量{n}", "identifier": f"a{n}", "publisher": {"name": "市局"}} for n in range(RECORDS)]
    feed = tmp_path / "data.json"
    feed.write_text(json.dumps({"dataset": rows}))
    installation.command("ingest", "datajson", str(feed), "--source", "many")
    installation.start("--no-worker")
    return installation


@contextmanager
def used(installation: Installation) -> Iterator[tuple[list[str], list[str]]]:
    """While it lasts two search and one writes, over HTTP: what was accepted, and what went wrong."""
    ending, accepted, troubles = threading.Event(), list[str](), list[str]()
    key = installation.key("admin", "平台")

    def read(client: httpx.Client) -> None:
        most = 0
        while not ending.is_set():
            many = client.get("/api/v1/search", params={"source": "many", "size": 1}).json()["total"]
            written = client.get("/api/v1/search", params={"q": "噪声", "size": 1}).json()["total"]
            if many != RECORDS or written < most:
                troubles.append(f"{many} of {RECORDS} found, and {written} after {most}")
            most = max(most, written)
            ending.wait(0.05)  # what lasts as long is seen by both, and the cores are for who rebuilds

    def write(client: httpx.Client) -> None:
        for number in count():
            if ending.wait(0.1):
                return
            record = {"source_key": f"w{number}", "title": f"噪声{number}", "publisher": {"name": "市局"}}
            accepted.append(client.post("/api/v1/datasets", json=record, headers=key).raise_for_status().json()["id"])

    def noted(act: Callable[[httpx.Client], None]) -> None:
        try:
            with httpx.Client(base_url=installation.url, timeout=30) as client:
                act(client)
        except Exception as error:  # noqa: BLE001 any error is what is looked for
            troubles.append(repr(error))

    threads = [threading.Thread(target=noted, args=(act,)) for act in (read, read, write)]
    for thread in threads:
        thread.start()
    try:
        yield accepted, troubles
    finally:
        ending.set()
        for thread in threads:
            thread.join()


def assert_killed(installation: Installation, phase: str, *arguments: str) -> None:
    """A command or a worker that comes to the phase, and no further."""
    log = installation.folder / f"{phase}-{arguments[0]}.log"
    process = installation.begin(phase, *arguments, stderr=log, main=killed)
    try:
        assert process.wait(300) == -signal.SIGKILL, (phase, log.read_text())
    except subprocess.TimeoutExpired:
        process.kill()
        pytest.fail(f"{phase} was not reached: {log.read_text()}")


@contextmanager
def worker(installation: Installation) -> Iterator[None]:
    process = installation.begin("worker")
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(60) == 0


def traces(installation: Installation) -> set[str]:
    """What there is of indexes."""
    if url := installation.environment.get("SHUYUAN_ELASTICSEARCH_URL"):
        return set(httpx.get(f"{url}/{installation.environment['SHUYUAN_ELASTICSEARCH_INDEX']}-*").json())
    folder = Path(installation.environment["SHUYUAN_DATA"]) / "index"
    return {path.name for path in folder.glob("*/*") if path.is_dir()}


def generations(installation: Installation) -> list[str]:
    """The one in force, and the one that is kept."""
    told: list[dict[str, Any]] = installation.command("index", "status", "--json")["generations"]
    return [one["name"] for one in sorted(told, key=lambda one: not one["in_force"])]


def settled(installation: Installation) -> bool:
    """Whether the worker has done what was left to it; a command is asked only when it looks so."""
    return len(traces(installation)) == 2 and not installation.command("index", "status", "--json")["left"]


def test_a_rebuild_killed_in_any_phase_is_not_noticed(serving: Installation) -> None:
    with used(serving) as (accepted, troubles):
        for phase in REBUILD:
            assert_killed(serving, phase, "index", "rebuild")
        for phase in IN_THE_WORKER:
            assert_killed(serving, phase, "worker")
        before = traces(serving)
        with worker(serving):
            until(partial(settled, serving), seconds=120)
            made = generations(serving)

    assert troubles == []
    assert made[0] not in before
    assert traces(serving) == set(made)
    assert_complete(serving, accepted)


def test_a_rollback_killed_in_any_phase_is_not_noticed_and_done_once(serving: Installation) -> None:
    serving.command("index", "rebuild")
    present, former = generations(serving)
    with used(serving) as (accepted, troubles):
        for phase in ROLLBACK:
            assert_killed(serving, phase, "index", "rollback")
        assert generations(serving) == [present, former]
        assert_killed(serving, Phase.SERVING, "worker")
        assert generations(serving) == [former, present]
        with worker(serving):
            until(partial(settled, serving), seconds=120)

    assert troubles == []
    assert generations(serving) == [former, present]
    assert traces(serving) == {former, present}
    assert_complete(serving, accepted)


def assert_complete(installation: Installation, accepted: list[str]) -> None:
    """Every accepted write is found, and the index is what the store is."""
    told = installation.command("index", "check", "--json")
    assert [told[kind] for kind in ("missing", "stale", "wrong", "extra")] == [0, 0, 0, 0]
    assert told["compared"] == RECORDS + len(accepted)
    found = installation.http.get("/api/v1/search", params={"q": "噪声", "size": 1}).json()
    assert found["total"] == len(accepted)
