"""The whole chain over real HTTP: sources in, found, asked for, granted, delivered, counted, ended."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from filelock import FileLock

from tests.e2e.conftest import ROOT, Installation

WISH = {"purpose": "research", "words": "城市交通研究", "days": 30, "calls": 700}


def test_from_sources_to_the_last_call(installation: Installation, tmp_path: Path) -> None:
    installation.from_nothing = True
    installation.start()
    samples = ROOT / "samples"
    run = installation.command("ingest", "list", str(samples / "portal-list.json"), "--source", "sample", "--json")
    assert (run["read"], run["created"], run["state"], run["balanced"]) == (24, 24, "done", True)
    again = installation.command("ingest", "list", str(samples / "portal-list.json"), "--source", "sample", "--json")
    assert (again["read"], again["unchanged"]) == (24, 24)
    product = installation.command(
        "products",
        "register",
        str(samples / "products" / "traffic-index.json"),
        "--file",
        str(samples / "products" / "traffic-index.csv"),
        "--json",
    )["id"]
    publisher = json.loads((samples / "products" / "traffic-index.json").read_text("utf-8"))["publisher"]["name"]
    applicant, decider = installation.key("applicant", "甲公司"), installation.key("decider", publisher)

    with httpx.Client(base_url=installation.url, timeout=30) as http:
        found = http.get("/api/v1/search", params={"q": "空气质量", "facets": "opening,kind"}).json()
        assert found["total"] >= 3
        assert http.get("/api/v1/search", params={"kind": "report"}).json()["hits"][0]["id"] == product

        asked = http.post("/api/v1/requests", json=WISH | {"product": product}, headers=applicant).json()
        step = f"/api/v1/requests/{asked['id']}"
        assert http.post(f"{step}/return", json={"reason": "写明用途"}, headers=decider).json()["state"] == "returned"
        assert http.post(f"{step}/amend", json=WISH, headers=applicant).json()["state"] == "submitted"
        assert http.post(f"{step}/approve", json={"calls": 700, "days": 30}, headers=decider).status_code == 200
        token = http.post(f"{step}/token", headers=applicant).json()["token"]

    served = call_in_parallel(f"{installation.url}/data/{product}", token, 1000)
    assert served == {200: 700, 429: 300}

    with httpx.Client(base_url=installation.url, timeout=30) as http:
        seen = http.get(step, headers=applicant).json()
        assert seen["grant"]["used"] == 700
        assert http.post(f"{step}/revoke", json={"reason": "到期"}, headers=decider).json()["state"] == "revoked"
        refusal = http.get(f"/data/{product}", headers={"Authorization": f"Bearer {token}"})
        assert (refusal.status_code, refusal.json()["title"]) == (403, "GrantRevokedError")

    assert installation.command("index", "check", "--json")["missing"] == 0
    assert installation.stop() == 0


def call_in_parallel(url: str, token: str, times: int) -> dict[int, int]:
    """Statuses and how often each came."""
    expected = (ROOT / "samples" / "products" / "traffic-index.csv").read_bytes()
    limits = httpx.Limits(max_connections=40)
    with httpx.Client(limits=limits, timeout=60, headers={"Authorization": f"Bearer {token}"}) as http:

        def call(_number: int) -> int:
            answer = http.get(url)
            assert answer.status_code != 200 or answer.content == expected
            return answer.status_code

        with ThreadPoolExecutor(40) as pool:
            statuses = list(pool.map(call, range(times)))
    return {status: statuses.count(status) for status in set(statuses)}


def test_commands_work_with_and_without_a_server(installation: Installation, tmp_path: Path) -> None:
    # One stack is enough for what a command loads by itself; the engine is loaded in the test before, on each.
    installation.from_nothing = not installation.settings.elasticsearch_url
    samples = ROOT / "samples"
    installation.command("ingest", "ckan", str(samples / "catalog.jsonl"), "--source", "a")
    assert installation.command("index", "status", "--json")["indexed"] == 12

    installation.start()
    installation.command("ingest", "datajson", str(samples / "data.json"), "--source", "b")
    status = installation.command("index", "status", "--json")
    assert (status["stored"], status["indexed"], status["waiting"]) == (22, 22, 0)
    assert installation.command("index", "rebuild", "--json") == {"documents": 22}
    assert installation.command("search", "Guiyang", "--json")["total"] >= 1
    assert installation.command("index", "check", "--repair", "--json")["extra"] == 0
    backup = str(tmp_path / "backup.tar")
    installation.command("backup", backup)
    assert installation.stop() == 0

    installation.command("ingest", "list", "nowhere.json", "--source", "x", code=1)
    assert installation.command("keys", "list", "--json") == {"keys": []}
    restored = Installation({"SHUYUAN_DATA": str(tmp_path / "restored")})
    assert restored.command("restore", backup, "--json")["documents"] == 22
    assert restored.command("search", "Guiyang", "--json")["total"] >= 1


def test_two_commands_at_once_wait_for_each_other(installation: Installation) -> None:
    samples = ROOT / "samples"
    with ThreadPoolExecutor(2) as pool:
        told = list(
            pool.map(
                lambda a: installation.command("ingest", *a, "--json"),
                [
                    ("list", str(samples / "portal-list.json"), "--source", "a"),
                    ("ckan", str(samples / "catalog.jsonl"), "--source", "b"),
                ],
            )
        )

    assert [run["created"] for run in told] == [24, 12]
    assert installation.command("index", "status", "--json")["indexed"] == 36


def test_a_command_that_fails_says_so_in_json_too(installation: Installation) -> None:
    told = installation.command("ingest", "list", "nowhere.json", "--source", "x", "--json", code=1)

    assert told["error"] == "SourceBrokenError"


def test_a_second_server_on_the_same_folder_is_refused(installation: Installation) -> None:
    installation.start()
    installation.command("serve", "--port", "0", code=1)


def test_a_server_waits_for_a_command_that_holds_the_folder(installation: Installation) -> None:
    installation.command("index", "status")
    lock = FileLock(Path(installation.environment["SHUYUAN_DATA"]) / "worker.lock", thread_local=False)
    lock.acquire()
    freed = threading.Timer(5, lock.release)
    freed.start()

    installation.start()

    freed.join()


def test_samples_are_loaded_once(installation: Installation) -> None:
    installation.start("--samples", "samples")
    first = installation.http.get("/api/v1/search").json()["total"]
    assert installation.stop() == 0

    installation.start("--samples", "samples")

    # Of 62 records two are important data, which the public does not see.
    assert first == installation.http.get("/api/v1/search").json()["total"] == 60
    assert installation.command("index", "status", "--json")["indexed"] == 62
    assert len(installation.http.get("/api/v1/runs").json()) == 4
