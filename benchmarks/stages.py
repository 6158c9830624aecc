"""One stage in a process of its own, so that no stage warms or fattens another; prints JSON."""

import gc
import json
import sys
import time
from statistics import median
from typing import Any

from benchmarks.data import WORDS
from catalog import operate
from catalog.portal import Portal
from catalog.services.search import DEFAULT_FACETS
from catalog.settings import Settings
from catalog.wiring import open_portal
from search.model import Query
from search.understanding import understand


def quiet(_what: str, _done: int, _total: int | None) -> None:
    """No progress."""


def ingest(portal: Portal, path: str) -> dict[str, Any]:
    """Rows a second from the file to findable."""
    started = time.perf_counter()
    run = operate.ingest(portal, "list", path, "bench", "auto", quiet)
    return {
        "records": run.created,
        "seconds": time.perf_counter() - started,
        "rate": run.read / (time.perf_counter() - started),
    }


def rebuild(portal: Portal, _argument: str) -> dict[str, Any]:
    """Records a second into a new index."""
    started = time.perf_counter()
    count = operate.do(portal, "rebuild", quiet)["documents"]
    return {"rate": count / (time.perf_counter() - started), "bytes": portal.index.size()}


def engine(portal: Portal, _argument: str) -> dict[str, Any]:
    """The engine's own time for the same queries, in milliseconds, without HTTP."""
    told = {}
    for name, words in (("all", ("",)), ("words", WORDS)):
        times = []
        for _ in range(40):
            for text in words:
                started = time.perf_counter()
                portal.index.search(Query(understand(text).clause, facets=DEFAULT_FACETS, size=20))
                times.append((time.perf_counter() - started) * 1e3)
        told[name] = median(times)
    return told


if __name__ == "__main__":
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # as the command does
    opened = open_portal(Settings(_env_file=None))
    stage = {"ingest": ingest, "rebuild": rebuild, "engine": engine}[sys.argv[1]]
    print(json.dumps(stage(opened, sys.argv[2] if len(sys.argv) > 2 else "")))
    opened.close()
