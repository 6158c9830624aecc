"""The proof of walks: 58,000 records read to the end beside a writer and a rebuild, on both engines.

Timing decides nothing; a record that comes twice or not at all does.
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.data import write
from catalog.settings import Settings
from catalog.wiring import open_portal
from search.model import Document, Query
from search.port import SearchIndex, Snapshot
from tests.engines import elasticsearch

SIZE = 58_000
_PAGE = 100
_LASTING = timedelta(minutes=5)


def documents(folder: Path, revision: int = 1) -> Iterator[Document]:
    """The real titles and publishers, each with a number of its own."""
    rows = json.loads(write(folder / "rows.json", SIZE).read_text("utf-8"))
    for number, row in enumerate(rows):
        title, publisher = (str(row.get(name) or "") for name in ("标题", "提供方"))
        key = f"d{number:06}"
        yield Document(key, revision, {"title": title or key, "organization": publisher}, card={"id": key})


def disturb(index: SearchIndex, done: threading.Event, written: list[int]) -> None:
    """Change fifty, add fifty and drop one, again and again."""
    for number in count():
        if done.is_set():
            return
        near = [n % SIZE for n in range(number * 50, number * 50 + 50)]
        index.put([Document(f"d{n:06}", 10 + number, {"title": "改"}, card={"id": f"d{n:06}"}) for n in near])
        index.put([Document(f"new{number}-{n}", 1, {"title": "新"}, card={"id": "new"}) for n in range(50)])
        index.drop({f"d{SIZE - 1 - number % SIZE:06}": 1_000_000})
        written[0] += 101


def walked(index: SearchIndex, snapshot: Snapshot, folder: Path) -> tuple[list[str], list[float]]:
    """Every id in the order of the walk, and the milliseconds of each page; a rebuild comes after a quarter."""
    place: Any = None
    found: list[str] = []
    times: list[float] = []
    while not found or place is not None:
        started = time.perf_counter()
        turn = snapshot.turn(place, _PAGE)
        times.append((time.perf_counter() - started) * 1e3)
        found += [hit.card["id"] for hit in turn.hits]
        place = turn.place
        if len(found) == SIZE // 400 * 100:
            index.rebuild(documents(folder, 2))
    return found, times


def proof(url: str) -> dict[str, Any]:
    """One engine: what the walk gave, and what was written beside it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        portal = open_portal(Settings(_env_file=None, data=folder, elasticsearch_url=url, elasticsearch_index="walk"))
        portal.index.rebuild(documents(folder))
        started = time.perf_counter()
        snapshot = portal.index.snapshot(Query(), _LASTING)
        opened = (time.perf_counter() - started) * 1e3
        done, written = threading.Event(), [0]
        writer = threading.Thread(target=disturb, args=(portal.index, done, written))
        writer.start()
        try:
            found, times = walked(portal.index, snapshot, folder)
        finally:
            done.set()
            writer.join()
            portal.close()
    return {"opened": round(opened, 1), **_told(found, times, written[0])}


def _told(found: list[str], times: list[float], written: int) -> dict[str, Any]:
    return {
        "hits": len(found),
        "twice": len(found) - len(set(found)),
        "missing": SIZE - len(set(found)),
        "written": written,
        "page_p50": round(median(times), 2),
        "page_p95": round(quantiles(times, n=20)[-1], 2),
        "first_pages": round(median(times[:50]), 2),
        "last_pages": round(median(times[-50:]), 2),
    }


def main() -> int:
    """Both engines; 1 if a record came twice or not at all."""
    told = {"tantivy": proof("")}
    with elasticsearch() as url:
        told["elasticsearch"] = proof(url)
    print(json.dumps(told, indent=2))
    return int(any(one["twice"] or one["missing"] for one in told.values()))


if __name__ == "__main__":
    sys.exit(main())
