"""A kill at any moment, and a search engine that goes away: no accepted write is lost, nothing is done twice."""

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from catalog.services import indexing
from catalog.wiring import open_portal
from tests import engines
from tests.conftest import unavailable
from tests.e2e.conftest import Installation, _end


def until(true: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := true():
                return found
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail("it did not happen")


class Writer(threading.Thread):
    """Creates one record after another, and remembers those that were accepted."""

    def __init__(self, installation: Installation, key: dict[str, str]) -> None:
        super().__init__()
        self.installation, self.key = installation, key
        self.accepted: list[str] = []
        self.ending = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.ending.is_set():
            number += 1
            record = {"source_key": f"k{number}", "title": f"记录{number}", "publisher": {"name": "市局"}}
            try:
                answer = self.installation.http.post("/api/v1/datasets", json=record, headers=self.key, timeout=10)
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code == 201:
                self.accepted.append(answer.json()["id"])
            time.sleep(0.02)

    def has(self, number: int) -> bool:
        return len(self.accepted) > number

    def end(self) -> list[str]:
        self.ending.set()
        self.join()
        return self.accepted


def assert_all_there(installation: Installation, accepted: list[str]) -> None:
    installation.until_drained()
    for record in accepted:
        assert installation.http.get(f"/api/v1/datasets/{record}").status_code == 200
    check = installation.command("index", "check", "--json")
    assert (check["missing"], check["stale"], check["extra"]) == (0, 0, 0)
    assert check["compared"] >= len(accepted)


def test_a_server_killed_under_writes_loses_nothing_it_accepted(installation: Installation) -> None:
    key = installation.key("admin", "平台")
    installation.start()
    writer = Writer(installation, key)
    writer.start()
    for _ in range(2):
        seen = len(writer.accepted)
        until(partial(writer.has, seen + 20))
        assert installation.stop(signal.SIGKILL) == -9
        installation.start()
    seen = len(writer.accepted)
    until(partial(writer.has, seen + 5))

    assert_all_there(installation, writer.end())


def written(path: Path, count: int) -> Path:
    """A list of so many records."""
    rows = [{"标题": f"数据{n}", "提供单位": "市局", "详情页网址": f"https://x.example/{n}"} for n in range(count)]
    path.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    return path


def test_a_server_killed_in_the_middle_of_a_run_finishes_it_afterwards(
    installation: Installation, tmp_path: Path
) -> None:
    path = written(tmp_path / "list.json", 10_000)
    installation.start()
    command = installation.begin("ingest", "list", str(path), "--source", "big")

    def run() -> dict[str, Any]:
        listed: list[dict[str, Any]] = installation.http.get("/api/v1/runs").json()
        return listed[0] if listed else {}

    until(lambda: run().get("read", 0) >= 1000)
    # The waiting command would otherwise take up the work itself.
    command.kill()
    command.wait()
    assert installation.stop(signal.SIGKILL) == -9
    installation.start()

    done = until(lambda: (r := run())["state"] == "done" and r, 120)
    assert (done["read"], done["created"], done["unchanged"], done["rejected"]) == (10_000, 10_000, 0, 0)
    installation.until_drained()
    assert installation.http.get("/api/v1/search").json()["total"] == 10_000


def test_a_command_killed_while_it_reads_and_another_process_indexes_is_finished_by_the_next(
    installation: Installation, tmp_path: Path
) -> None:
    path = written(tmp_path / "list.json", 20_000)
    ingest = ("ingest", "list", str(path), "--source", "big")
    command = installation.begin(*ingest)
    portal = open_portal(installation.settings)

    def told() -> dict[str, Any]:
        return indexing.status(portal.database, portal.index)

    # After its first whole batch the other process has begun; the command is held, so only the other goes on.
    until(lambda: told()["stored"] > indexing.BATCH)
    command.send_signal(signal.SIGSTOP)
    assert told()["stored"] < 20_000
    until(lambda: told()["indexed"])
    command.kill()
    command.wait()

    done = installation.command(*ingest, "--json")
    assert (done["read"], done["created"] + done["unchanged"], done["rejected"]) == (20_000, 20_000, 0)
    assert {name: told()[name] for name in ("stored", "indexed", "waiting")} == {
        "stored": 20_000,
        "indexed": 20_000,
        "waiting": 0,
    }
    assert indexing.differences(portal.database, portal.index) == []
    portal.close()


@pytest.fixture
def elastic_of_its_own() -> Iterator[engines.Elasticsearch]:
    try:
        node = engines.Elasticsearch()
    except engines.MissingError as error:
        unavailable(str(error))
    node.start()
    yield node
    node.remove()


def test_elasticsearch_stopped_and_started_under_writes(
    elastic_of_its_own: engines.Elasticsearch, tmp_path: Path
) -> None:
    installation = Installation(
        {"SHUYUAN_DATA": str(tmp_path / "var"), "SHUYUAN_ELASTICSEARCH_URL": elastic_of_its_own.url}
    )
    key = installation.key("admin", "平台")
    installation.start()
    try:
        writer = Writer(installation, key)
        writer.start()
        until(lambda: len(writer.accepted) > 20)
        elastic_of_its_own.stop()
        before = len(writer.accepted)
        until(lambda: len(writer.accepted) > before + 20)
        down = installation.http.get("/api/v1/search?q=记录", timeout=30)
        assert (down.status_code, down.json()["title"]) == (503, "SearchDownError")
        assert installation.http.get("/health/ready", timeout=30).status_code == 503
        elastic_of_its_own.start()
        accepted = writer.end()

        assert_all_there(installation, accepted)
        assert installation.http.get("/api/v1/search?q=记录").json()["total"] == len(accepted)
    finally:
        _end(installation)
