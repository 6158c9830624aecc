"""What permission costs a search: the catalog with all its records, asked through the seals of a reader.

The measure beside it is an index that holds only what this reader may find, asked without any seals, in turns. The
records are real ones, multiplied; 500 organizations in a tree answer for them, and one record in seven is not public.
"""

import gc
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import tantivy

from benchmarks.data import WORDS, write
from catalog import operate
from catalog.domain.organizations import Line
from catalog.domain.people import GUEST, Actor, Membership, Role
from catalog.domain.policy import Standing, reach, seals
from catalog.services import indexing
from catalog.services.search import DEFAULT_FACETS
from catalog.settings import Settings
from catalog.wiring import open_portal
from search.embedded import EmbeddedIndex, queries
from search.model import Document, Query
from search.understanding import understand

SIZE, ORGANIZATIONS = 58_000, 500
#: Of a hundred records.
_STANDINGS = (
    *(Standing.PUBLIC,) * 86,
    *(Standing.DRAFT,) * 5,
    *(Standing.PRIVATE,) * 5,
    *(Standing.EMBARGOED,) * 2,
    *(Standing.CLASSIFIED,) * 2,
)
_FIVE = tuple(
    membership
    for number in (7, 80, 150, 300, 450)
    for membership in (Membership(Role.STEWARD, f"o{number}"), Membership(Role.ORGANIZATION_ADMIN, f"o{number}"))
)
READERS: Mapping[str, Actor] = {"anonymous": GUEST, "five organizations": Actor("m", "member", _FIVE)}
#: Milliseconds that permission may add.
AIMS = {"anonymous": 0.2, "five organizations": 1.0}
_ROUNDS = 40


def line(number: int) -> Line:
    """Of 500 organizations each has up to eight right beneath it."""
    above = [number]
    while above[-1]:
        above.append((above[-1] - 1) // 8)
    return Line(f"o{number}", tuple(f"o{one}" for one in above))


def documents(folder: Path, size: int) -> Iterator[Document]:
    """Real records with an owner and a standing, the same each time."""
    portal = open_portal(Settings(_env_file=None, data=folder))
    try:
        with portal.database.reading() as tx:
            if not tx.datasets.count():
                operate.ingest(portal, "list", str(write(folder / "rows.json", size)), "bench", "auto", _quiet)
        with portal.database.reading() as tx:
            for stored in tx.datasets.everything():
                chance = int.from_bytes(blake2b(stored.id.encode(), digest_size=4).digest())
                sealed = seals(_STANDINGS[chance % 100], line(chance // 100 % ORGANIZATIONS))
                yield replace(indexing.document(stored, line(0)), seals=sealed)
    finally:
        portal.close()


@contextmanager
def unsealed() -> Iterator[None]:
    """Queries as they are without permission."""

    def narrowed(words: Any, query: Query, without: str = "") -> Any:
        filters = [queries._chosen(name, values) for name, values in query.filters.items() if name != without]
        unscored = [(tantivy.Occur.Must, tantivy.Query.const_score_query(clause, 0.0)) for clause in filters]
        clauses = unscored if words is None else [(tantivy.Occur.Must, words), *unscored]
        return tantivy.Query.boolean_query(clauses) if clauses else tantivy.Query.all_query()

    with patch("search.embedded.hits.narrowed", narrowed), patch("search.embedded.queries.narrowed", narrowed):
        yield


def measure(index: EmbeddedIndex, held: Sequence[str], words: Sequence[str]) -> dict[str, float]:
    """Milliseconds of a search with five facets and twenty hits, for each word."""
    told = {}
    for text in words:
        query = Query(understand(text).clause, facets=DEFAULT_FACETS, size=20, seals=held)
        started = time.perf_counter()
        index.search(query)
        told[text] = (time.perf_counter() - started) * 1e3
    return told


def compared(everything: EmbeddedIndex, alone: EmbeddedIndex, reader: Actor) -> dict[str, Any]:
    """What searches of a reader take, and what permission adds."""
    held = reach(reader).seals
    with_seals: dict[str, list[float]] = {text: [] for text in WORDS}
    without: dict[str, list[float]] = {text: [] for text in WORDS}
    for _ in range(_ROUNDS):
        for text, took in measure(everything, held, WORDS).items():
            with_seals[text].append(took)
        with unsealed():
            for text, took in measure(alone, held, WORDS).items():
                without[text].append(took)
    # The quickest of all rounds: others may use the machine, and what is measured is less than their noise.
    added = {text: min(with_seals[text]) - min(without[text]) for text in WORDS}
    ours, plain = (median(min(times) for times in told.values()) for told in (with_seals, without))
    return {
        "seals": len(held),
        "records": alone.count(),
        "search": ours,
        "without_permission": plain,
        "added_p50": median(added.values()),
        "added_most": max(added.values()),
    }


def _quiet(_what: str, _done: int, _total: int | None) -> None:
    """No progress."""


def main(size: int = SIZE) -> list[dict[str, Any]]:
    """A row for each reader, printed with its aim."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        everything = EmbeddedIndex(folder / "everything")
        everything.rebuild(documents(folder / "portal", size))
        for reader, actor in READERS.items():
            held = frozenset(reach(actor).seals)
            alone = EmbeddedIndex(folder / f"alone {len(rows)}")
            alone.rebuild(one for one in documents(folder / "portal", size) if held & {*one.seals})
            row = {"reader": reader, **compared(everything, alone, actor)}
            row["reached"] = row["added_p50"] <= AIMS[reader]
            print(
                f"permission, {reader}, {size:,} records, {ORGANIZATIONS} organizations: {json.dumps(row)}", flush=True
            )
            rows.append(row)
            alone.close()
        everything.close()
    return rows


if __name__ == "__main__":
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # as the command does
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
