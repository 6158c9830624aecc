"""From the store to the index: what was committed is made findable, and the two are compared."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from catalog.store.database import Database
from catalog.store.datasets import Stored
from search.model import Document, Entry
from search.port import SearchIndex

BATCH = 4000
#: What a result row shows of a description.
_SHOWN = 300

Progress = Callable[[int, int | None], None]


def no_progress(_done: int, _total: int | None) -> None:
    """Nobody watches."""


def drain(database: Database, index: SearchIndex, size: int = BATCH) -> int:
    """Bring one batch of the outbox into the index; the number of rows done.

    The index is given the state that the store has now, not the one it had when the row was written. A row is
    forgotten only after the index has it, so a crash in between does the same thing again, which changes nothing.
    """
    with database.reading() as tx:
        due = tx.outbox.due("index", size)
        current = tx.datasets.many({target for _, target in due})
    if not due:
        return 0
    bring(index, current.values())
    with database.transaction() as tx:
        tx.outbox.done([row for row, _ in due])
    return len(due)


def bring(index: SearchIndex, records: Iterable[Stored]) -> None:
    """Put what everybody may find, drop the rest."""
    records = list(records)
    index.put([document(stored) for stored in records if stored.searchable])
    dropped = {stored.id: stored.revision for stored in records if not stored.searchable}
    if dropped:
        index.drop(dropped)


def rebuild(database: Database, index: SearchIndex, progress: Progress = no_progress) -> int:
    """Build the index anew beside the one that serves, then switch; the number of records in it."""
    with database.reading() as tx:
        total = tx.datasets.count()
        count = index.rebuild(_documents(tx.datasets.everything(), progress, total))
    progress(total, total)
    return count


def _documents(records: Iterator[Stored], progress: Progress, total: int) -> Iterator[Document]:
    for number, stored in enumerate(records):
        if number % BATCH == 0:
            progress(number, total)
        if stored.searchable:
            yield document(stored)


def status(database: Database, index: SearchIndex) -> dict[str, Any]:
    """What is in the store, what in the index, what waits, and how large the index is."""
    with database.reading() as tx:
        stored, waiting = tx.datasets.count(), tx.outbox.waiting("index")
    return {"stored": stored, "indexed": index.count(), "waiting": waiting, "bytes": index.size()}


def check(database: Database, index: SearchIndex, *, repair: bool = False) -> dict[str, Any]:
    """Compare store and index by id and revision, both in the order of ids.

    {"compared", "missing", "stale", "extra", "repaired"}: counts, and of each kind the first hundred ids under
    "examples". Memory is bounded by what differs.
    """
    found: dict[str, list[str]] = {"missing": [], "stale": [], "extra": []}
    compared, extra = 0, {}
    with database.reading() as tx:
        for record, entry in _side_by_side(tx.datasets.everything(), index.entries()):
            compared += 1
            if record is None and entry is not None:
                found["extra"].append(entry.id)
                extra[entry.id] = entry.revision
            elif record is not None and (entry is None or entry.revision != record.revision):
                found["missing" if entry is None else "stale"].append(record.id)
    if repair:
        _repair(database, index, [*found["missing"], *found["stale"]], extra)
    return {
        "compared": compared,
        **{kind: len(ids) for kind, ids in found.items()},
        "repaired": repair,
        "examples": {kind: ids[:100] for kind, ids in found.items()},
    }


def _side_by_side(records: Iterator[Stored], entries: Iterator[Entry]) -> Iterator[tuple[Stored | None, Entry | None]]:
    """Merge what should be found with what is indexed; None where one side has nothing of an id."""
    entry = next(entries, None)
    for record in records:
        if not record.searchable:
            continue
        while entry is not None and entry.id < record.id:
            yield None, entry
            entry = next(entries, None)
        if entry is not None and entry.id == record.id:
            yield record, entry
            entry = next(entries, None)
        else:
            yield record, None
    while entry is not None:
        yield None, entry
        entry = next(entries, None)


def _repair(database: Database, index: SearchIndex, wanted: list[str], extra: dict[str, int]) -> None:
    remaining = iter([*wanted, *extra])
    while batch := list(islice(remaining, BATCH)):
        with database.reading() as tx:
            bring(index, tx.datasets.many(batch).values())
        unknown = {i: extra[i] for i in batch if i in extra}
        if unknown:
            index.drop(unknown)


def document(stored: Stored) -> Document:
    """What the index knows of a record."""
    body = stored.body
    formats = _formats(body)
    return Document(
        id=stored.id,
        revision=stored.revision,
        text={
            "title": _all(body["title"]),
            "keywords": "\n".join((*body.get("keywords", ()), *body.get("themes", ()), body.get("identifier", ""))),
            "organization": body["publisher"]["name"],
            "description": _all(body.get("description", {})),
        },
        facets=_facets(stored, formats),
        dates={"issued": _seconds(body.get("issued")), "modified": _seconds(body.get("modified"))},
        card=_card(stored, formats),
    )


def _all(text: dict[str, str]) -> str:
    return "\n".join(text.values())


def _facets(stored: Stored, formats: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    body = stored.body
    facets = {
        "publisher": (body["publisher"]["name"],),
        "theme": tuple(body.get("themes", ())),
        "keyword": tuple(body.get("keywords", ())),
        "format": formats,
        "kind": (body.get("kind", "dataset"),),
        "source": (stored.source,),
    }
    for name in ("opening", "sharing", "license", "frequency"):
        facets[name] = (body[name],) if body.get(name) else ()
    facets["operable"] = () if body.get("operable") is None else (str(body["operable"]).lower(),)
    return facets


def _formats(body: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(d["format"] for d in body.get("distributions", ()) if d.get("format")))


def _card(stored: Stored, formats: tuple[str, ...]) -> dict[str, Any]:
    body = stored.body
    return {
        "id": stored.id,
        "title": body["title"],
        "description": {tag: text[:_SHOWN] for tag, text in body.get("description", {}).items()},
        "publisher": body["publisher"]["name"],
        "source": stored.source,
        "source_key": stored.source_key,
        "landing_page": body.get("landing_page"),
        "kind": body.get("kind", "dataset"),
        "opening": body.get("opening"),
        "sharing": body.get("sharing"),
        "operable": body.get("operable"),
        "license": body.get("license"),
        "formats": formats,
        "themes": body.get("themes", ()),
        "frequency": body.get("frequency"),
        "issued": body.get("issued"),
        "modified": body.get("modified"),
        "revision": stored.revision,
    }


def _seconds(day: str | None) -> int:
    if day is None:
        return 0
    return int((datetime.combine(date.fromisoformat(day), datetime.min.time()) - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001 both are days of UTC
