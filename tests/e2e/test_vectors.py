"""A server with vectors on makes them by itself, and finds by them."""

import json
import time
from pathlib import Path

from tests.e2e.conftest import Installation

WAIT = 30


def test_the_worker_makes_vectors_after_a_run(installation: Installation, tmp_path: Path) -> None:
    installation.environment["SHUYUAN_VECTORS"] = "true"
    rows = [{"资源名称": title, "提供单位": "泸州市气象局"} for title in ("天气预报", "招聘信息", "医院名单")]
    path = tmp_path / "list.json"
    path.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    installation.start()

    installation.command("ingest", "list", str(path), "--source", "list", "--json")

    assert found(installation, "气象预测") == ["天气预报"]
    assert installation.command("index", "vectors", "--json") == {"computed": 0, "vectors": 3}
    assert installation.stop() == 0


def found(installation: Installation, typed: str) -> list[str]:
    """The titles found, as soon as there are any."""
    hits: list[dict[str, str]] = []
    deadline = time.monotonic() + WAIT
    while not hits and time.monotonic() < deadline:
        hits = installation.http.get("/api/v1/search", params={"q": typed}).json()["hits"]
        time.sleep(0.2)
    return [hit["title"] for hit in hits]
