"""From the store to the index: what was committed is made findable, and the two are compared."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from catalog.domain.organizations import NOBODYS, Line, Lines
from catalog.domain.policy import Standing, seals
from catalog.domain.vocabulary import Kind
from catalog.services.preview import READABLE
from catalog.store.database import Database, Transaction
from catalog.store.datasets import Outline, Stored
from search.digests import number_of
from search.model import Document, Entry
from search.phases import Phase, begin, filled
from search.port import Contents, Examine, SearchIndex, trust

BATCH = 4000
#: Formats of distributions that are interfaces.
_INTERFACES = frozenset({"api", "rest", "wfs", "wms", "wmts", "webservice"})
_PAGE = 1000
#: What a result row shows of a description.
_SHOWN = 300

Progress = Callable[[int, int | None], None]
#: How store and index differ in a record: it is not there, at another revision, of another content, or should not be.
KINDS = ("missing", "stale", "wrong", "extra")
#: id → what the index has of it, None for nothing
Seen = dict[str, Entry | None]


@dataclass(slots=True)
class Comparison:
    """What differs between store and index."""

    compared: int = 0
    missing: Seen = field(default_factory=dict)
    stale: Seen = field(default_factory=dict)
    wrong: Seen = field(default_factory=dict)
    extra: dict[str, Entry] = field(default_factory=dict)

    @property
    def differing(self) -> Seen:
        """All that differs."""
        return {**self.missing, **self.stale, **self.wrong, **self.extra}


def no_progress(_done: int, _total: int | None) -> None:
    """Nobody watches."""


def drain(database: Database, index: SearchIndex, size: int = BATCH) -> int:
    """Bring one batch of the outbox into the index; the number of rows done.

    The index is given the state that the store has now, not the one it had when the row was written. A row is
    forgotten only after the index has it, so a crash in between does the same thing again, which changes nothing.
    """
    with database.reading() as tx:
        due = tx.outbox.due("index", size)
        if not due:
            return 0
        current = tx.datasets.many({target for _, target in due})
        beside = around(tx, current.values())
    bring(index, current.values(), beside)
    with database.transaction() as tx:
        tx.news.note(stored.id for stored in current.values() if stored.public)
        tx.news.forget(stored.id for stored in current.values() if not stored.public)
        tx.outbox.done([row for row, _ in due])
    return len(due)


@dataclass(frozen=True, slots=True)
class Around:
    """What the index is told of records and is not in them: whose they are, and what their titles mean."""

    lines: Lines
    vectors: Mapping[tuple[str, int], bytes]


#: Nothing is told beside them.
ALONE = Around({}, {})


def around(tx: Transaction, records: Iterable[Stored]) -> Around:
    """The same of a batch of records."""
    records = list(records)
    return Around(tx.organizations.lines(one.owner for one in records), tx.vectors.of(one.id for one in records))


def bring(index: Contents, records: Iterable[Stored], beside: Around) -> None:
    """Put what is live, sealed for those who may find it; drop the rest."""
    records = list(records)
    index.put(_whole(stored, beside) for stored in records if stored.live)
    dropped = {stored.id: stored.revision for stored in records if not stored.live}
    if dropped:
        index.drop(dropped)


def rebuild(database: Database, index: SearchIndex, progress: Progress = no_progress, examine: Examine = trust) -> int:
    """Build the index anew beside the one that serves, then switch; the number of records in it.

    It serves only if it holds what the store does, and ``examine`` says nothing against it.
    """
    return index.rebuild(
        _documents(database, progress), lambda filled: (*differences(database, filled), *examine(filled))
    )


def rollback(database: Database, index: SearchIndex, examine: Examine = trust) -> None:
    """Go back to the former index, after it was given what it has missed."""

    def mended(kept: Contents) -> Sequence[str]:
        begin(Phase.MENDING)
        _repair(database, kept, _compare(database, kept))
        begin(Phase.EXAMINING)
        return (*differences(database, kept), *examine(kept))

    index.rollback(mended)


def differences(database: Database, contents: Contents) -> list[str]:
    """In what contents that get every write differ from the store, while writing goes on.

    Two comparisons find the same difference, and between them nothing was on the way to that record: then no write
    explains it. A record that was being written looks different in one of them, or is in the outbox.
    """
    first = _compare(database, contents)
    if not first.differing:
        return []
    with database.reading() as tx:
        pending = tx.outbox.pending("index", first.differing)
    second = _compare(database, contents)
    return [
        f"{len(ids)} records are {kind}, such as {', '.join(ids[:5])}."
        for kind in KINDS
        if (ids := _lasting(getattr(first, kind), getattr(second, kind), pending))
    ]


def _lasting(first: Seen, second: Seen, pending: set[str]) -> list[str]:
    return [i for i, seen in first.items() if i not in pending and i in second and second[i] == seen]


def _documents(database: Database, progress: Progress) -> Iterator[Document]:
    """Every record that may be found, as of one moment.

    The moment is that of the first step, when the index sends writes to both sides already: a write that came before
    it is among the records, and one that comes later reaches the new index by itself.
    """
    with database.reading() as tx:
        total = tx.datasets.count()
        for number, (stored, beside) in enumerate(_everything(tx)):
            if number % _PAGE == 0:
                filled(number)
                progress(number, total)
            if stored.live:
                yield _whole(stored, beside)
        progress(total, total)


def _everything(tx: Transaction) -> Iterator[tuple[Stored, Around]]:
    """Every record, and what is told of it."""
    records, lines = tx.datasets.everything(), dict[str, Line]()
    while page := list(islice(records, _PAGE)):
        _learn(tx, lines, page)
        beside = Around(lines, tx.vectors.of(stored.id for stored in page))
        yield from ((stored, beside) for stored in page)


def _expected(tx: Transaction) -> Iterator[Entry]:
    """What the index should have, in the order of ids."""
    outlines, lines = tx.datasets.outlines(), dict[str, Line]()
    while page := list(islice(outlines, _PAGE)):
        _learn(tx, lines, page)
        for outline in page:
            yield Entry(outline.id, outline.revision, _digest(outline, lines.get(outline.owner, NOBODYS)))


def _learn(tx: Transaction, lines: dict[str, Line], records: Iterable[Stored | Outline]) -> None:
    """Add the lines of owners that were not met before."""
    if unknown := {record.owner for record in records} - lines.keys():
        lines |= tx.organizations.lines(unknown)


def _digest(record: Stored | Outline, line: Line) -> int:
    """Of all that ``document`` makes a document of; quicker than of the document, and known without making it."""
    return number_of("\n".join((record.digest, record.standing, str(record.use), *line.above)).encode())


def status(database: Database, index: SearchIndex) -> dict[str, Any]:
    """What is in the store, what in the index, what waits, and how large the index is."""
    with database.reading() as tx:
        stored, waiting = tx.datasets.count(), tx.outbox.waiting("index")
    return {
        "stored": stored,
        "indexed": index.count(),
        "waiting": waiting,
        "bytes": index.size(),
        "generations": [asdict(generation) for generation in index.generations()],
    }


def check(database: Database, index: SearchIndex, *, repair: bool = False) -> dict[str, Any]:
    """Compare store and index by id, revision and digest of the content, both in the order of ids.

    {"compared", each of KINDS, "repaired", "examples"}: counts, and of each kind the first hundred ids.
    Memory is bounded by what differs. What cannot be mended record by record, since the index knows a later revision
    than the store, is mended by a rebuild.
    """
    found = _compare(database, index)
    if repair and found.differing:
        _repair(database, index, found)
        if _compare(database, index).differing.keys() & found.differing.keys():
            rebuild(database, index)
    kinds = {kind: getattr(found, kind) for kind in KINDS}
    return {
        "compared": found.compared,
        **{kind: len(ids) for kind, ids in kinds.items()},
        "repaired": repair,
        "examples": {kind: list(ids)[:100] for kind, ids in kinds.items()},
    }


def _compare(database: Database, index: Contents) -> Comparison:
    found = Comparison()
    with database.reading() as tx:
        for known, entry in _side_by_side(_expected(tx), index.entries()):
            found.compared += 1
            if known is None and entry is not None:
                found.extra[entry.id] = entry
            elif known is not None and entry is None:
                found.missing[known.id] = None
            elif known is not None and entry is not None and entry != known:
                kind = found.stale if entry.revision != known.revision else found.wrong
                kind[known.id] = entry
    return found


def _side_by_side(expected: Iterator[Entry], entries: Iterator[Entry]) -> Iterator[tuple[Entry | None, Entry | None]]:
    """Merge what should be found with what is indexed; None where one side has nothing of an id."""
    entry = next(entries, None)
    for known in expected:
        while entry is not None and entry.id < known.id:
            yield None, entry
            entry = next(entries, None)
        if entry is not None and entry.id == known.id:
            yield known, entry
            entry = next(entries, None)
        else:
            yield known, None
    while entry is not None:
        yield None, entry
        entry = next(entries, None)


def _repair(database: Database, index: Contents, found: Comparison) -> None:
    remaining = iter(found.differing)
    while batch := list(islice(remaining, BATCH)):
        with database.reading() as tx:
            known = tx.datasets.many(batch)
            beside = around(tx, known.values())
        bring(index, known.values(), beside)
        index.drop({i: found.extra[i].revision + 1 for i in batch if i in found.extra and i not in known})


def _whole(stored: Stored, beside: Around) -> Document:
    """With what the title means, where that is known of this revision."""
    alone = document(stored, beside.lines.get(stored.owner, NOBODYS))
    vector = beside.vectors.get((stored.id, stored.revision))
    return replace(alone, vector=vector) if vector else alone


def document(stored: Stored, line: Line) -> Document:
    """What the index knows of a record, whose owner is in this line."""
    body = stored.body
    formats, quality = _formats(body), _quality(body)
    return Document(
        id=stored.id,
        revision=stored.revision,
        text={
            "title": _all(body["title"]),
            "keywords": "\n".join(_keywords(body)),
            "organization": body["publisher"]["name"],
            "description": _all(body.get("description", {})),
            "identifier": body.get("identifier", ""),
            "spatial": body.get("spatial", ""),
            "series": body.get("series") or "",
        },
        facets=_facets(stored, formats),
        dates={"issued": _seconds(body.get("issued")), "modified": _seconds(body.get("modified"))},
        card=_card(stored, formats, quality),
        signals={"quality": quality, "use": stored.use},
        seals=seals(Standing(stored.standing), line),
        owners=line.above,
        digest=_digest(stored, line),
    )


def _keywords(body: Any) -> Iterator[str]:
    """Keywords, themes and identifier; and what a record was made from, by which it is found there."""
    for name in ("keywords", "themes", "made_from"):
        yield from body.get(name, ())
    yield body.get("identifier", "")


def _quality(body: Any) -> int:
    """How well a record is described, from 0 to 5: one step for each thing that readers look for."""
    looked_for = ("description", "license", "frequency", "keywords")
    columns = any(distribution.get("columns") for distribution in body.get("distributions", ()))
    return sum(bool(body.get(name)) for name in looked_for) + columns


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
    parts = body.get("distributions", ())
    facets["preview"] = (_yes(any(part.get("file") and part.get("format") in READABLE for part in parts)),)
    facets["api"] = (_yes(body.get("kind") == Kind.API or not _INTERFACES.isdisjoint(formats)),)
    facets["operable"] = () if body.get("operable") is None else (str(body["operable"]).lower(),)
    return facets


def _yes(there: object) -> str:
    return str(bool(there)).lower()


def _formats(body: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(d["format"] for d in body.get("distributions", ()) if d.get("format")))


def _card(stored: Stored, formats: tuple[str, ...], quality: int) -> dict[str, Any]:
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
        "standing": stored.standing,
        "opening": body.get("opening"),
        "sharing": body.get("sharing"),
        "operable": body.get("operable"),
        "license": body.get("license"),
        "formats": formats,
        "themes": body.get("themes", ()),
        "keywords": body.get("keywords", ()),
        "identifier": body.get("identifier"),
        "spatial": body.get("spatial"),
        "frequency": body.get("frequency"),
        "issued": body.get("issued"),
        "modified": body.get("modified"),
        "quality": quality,
        "use": stored.use,
        "updated_at": stored.updated_at.isoformat(),
        "revision": stored.revision,
    }


@lru_cache(maxsize=8192)
def _seconds(day: str | None) -> int:
    if day is None:
        return 0
    return int((datetime.combine(date.fromisoformat(day), datetime.min.time()) - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001 both are days of UTC
