"""The proof of walks: many records read to the end beside a writer and a rebuild, on both engines or on one.

Timing decides nothing; a record that comes twice or not at all does.
"""

import argparse
import json
import resource
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

import ijson

from benchmarks.data import write
from catalog.settings import Settings
from catalog.wiring import open_portal
from search.model import Document, Query
from search.port import SearchIndex, Snapshot
from tests.engines import elasticsearch

SIZE = 58_000
ENGINES = ("tantivy", "elasticsearch")
_PAGE = 100
#: The rebuild comes between two pages, and may take long.
_LASTING = timedelta(hours=2)


def documents(rows: Path, revision: int = 1) -> Iterator[Document]:
    """The real titles and publishers, each with a number of its own."""
    with rows.open("rb") as file:
        for number, row in enumerate(ijson.items(file, "item")):
            title, publisher = (str(row.get(name) or "") for name in ("标题", "提供方"))
            key = f"d{number:07}"
            yield Document(key, revision, {"title": title or key, "organization": publisher}, card={"id": key})


def disturb(index: SearchIndex, size: int, done: threading.Event, written: list[int]) -> None:
    """Change fifty, add fifty and drop one, again and again."""
    for number in count():
        if done.is_set():
            return
        near = [n % size for n in range(number * 50, number * 50 + 50)]
        index.put([Document(f"d{n:07}", 10 + number, {"title": "改"}, card={"id": f"d{n:07}"}) for n in near])
        index.put([Document(f"new{number}-{n}", 1, {"title": "新"}, card={"id": "new"}) for n in range(50)])
        index.drop({f"d{size - 1 - number % size:07}": 1_000_000})
        written[0] += 101


def walked(index: SearchIndex, snapshot: Snapshot, rows: Path) -> tuple[list[str], list[float]]:
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
        if len(found) == snapshot.total // 400 * 100:
            index.rebuild(documents(rows, 2))
    return found, times


def proof(url: str, size: int) -> dict[str, Any]:
    """One engine: what the walk gave, and what was written beside it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = write(folder / "rows.json", size)
        portal = open_portal(Settings(_env_file=None, data=folder, elasticsearch_url=url, elasticsearch_index="walk"))
        started = time.perf_counter()
        portal.index.rebuild(documents(rows))
        rate = size / (time.perf_counter() - started)
        before, started = _peak(), time.perf_counter()
        snapshot = portal.index.snapshot(Query(), _LASTING)
        opened, more = (time.perf_counter() - started) * 1e3, _peak() - before
        done, written = threading.Event(), [0]
        writer = threading.Thread(target=disturb, args=(portal.index, size, done, written))
        writer.start()
        try:
            found, times = walked(portal.index, snapshot, rows)
        finally:
            done.set()
            writer.join()
            portal.close()
    return {
        "rebuilt_per_second": round(rate),
        "opened": round(opened, 1),
        "opening_took_mb": more,
        **_told(size, found, times, written[0]),
    }


def _peak() -> int:
    """The most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _told(size: int, found: list[str], times: list[float], written: int) -> dict[str, Any]:
    return {
        "hits": len(found),
        "twice": len(found) - len(set(found)),
        "missing": size - len(set(found)),
        "written": written,
        "page_p50": round(median(times), 2),
        "page_p95": round(quantiles(times, n=20)[-1], 2),
        "first_pages": round(median(times[:50]), 2),
        "last_pages": round(median(times[-50:]), 2),
    }


def main() -> int:
    """The engines; 1 if a record came twice or not at all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", nargs="?", type=int, default=SIZE)
    parser.add_argument("--engine", choices=ENGINES, help="only this one")
    asked = parser.parse_args()
    told = {}
    if asked.engine != "elasticsearch":
        told["tantivy"] = proof("", asked.records)
    if asked.engine != "tantivy":
        with elasticsearch() as url:
            told["elasticsearch"] = proof(url, asked.records)
    print(json.dumps(told, indent=2))
    return int(any(one["twice"] or one["missing"] for one in told.values()))


if __name__ == "__main__":
    sys.exit(main())
