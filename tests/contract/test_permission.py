"""What a reader may not see does not exist for him: random catalogs, readers and queries against a plain scan."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from catalog.domain.errors import CursorGoneError, GoneError, NotFoundError
from catalog.domain.people import Actor
from catalog.domain.policy import reach
from catalog.services import datasets, indexing
from catalog.services.alike import more_like
from catalog.services.search import Ask, everything, search
from catalog.services.suggest import suggest
from catalog.services.walking import START, walk
from catalog.store.database import Database, Transaction
from search.embedded import EmbeddedIndex
from search.port import SearchIndex
from search.snapshots import Snapshots
from search.steering import usual_steering
from tests.leaks import TRIED
from tests.worlds import NOW, THEMES, WORDS, Kept, Plan, World, made, plans, readable, readers, views

_SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
#: What is typed: words of titles, also of hidden ones, as they are, by sound, and spelled wrong.
typed = st.sampled_from(
    ["", *WORDS[:5], *WORDS[8:], "空气质量监测", "yimiao", "kongqi", "疫苗接踵", "水质 客流", "nichts"]
)
filters = st.fixed_dictionaries(
    {},
    optional={
        "publisher": st.lists(st.integers(0, 4), min_size=1, max_size=2, unique=True).map(tuple),
        "theme": st.lists(st.sampled_from([*THEMES, ""]), min_size=1, max_size=2, unique=True).map(tuple),
    },
)


def drained(database: Database, index: SearchIndex) -> None:
    while indexing.drain(database, index):
        pass


def emptied(index: SearchIndex, world: World) -> None:
    """The next world begins with an empty index."""
    index.drop({record.id: 9 for record in world.records})


def chosen(world: World, drawn: dict[str, tuple[int | str, ...]]) -> dict[str, tuple[str, ...]]:
    """Filters as they are asked, of this world alone."""
    given = {name: tuple(map(str, values)) for name, values in drawn.items()}
    if "publisher" in given:
        given["publisher"] = tuple(world.organizations[int(at)].name for at in given["publisher"])
    return {**given, "source": (world.source,)}


def fits(record: Kept, wanted: dict[str, tuple[str, ...]], *, but: str = "") -> bool:
    values = {"publisher": [record.publisher], "theme": record.themes or [""]}
    return all(
        set(values[name]) & set(wanted[name]) for name in ("publisher", "theme") if name in wanted and name != but
    )


@_SETTINGS
@given(plan=plans, drawn=filters, start=st.integers(0, 3), length=st.integers(2, 4), at=st.integers(0, 9))
def test_hits_totals_counts_walks_and_exports_are_those_of_a_plain_scan(
    database: Database,
    index: SearchIndex,
    plan: Plan,
    drawn: dict[str, tuple[int | str, ...]],
    start: int,
    length: int,
    at: int,
) -> None:
    world = made(database, plan)
    drained(database, index)
    phrase = world.records[at % len(world.records)].title[start : start + length].strip("（）")
    words = f'"{phrase}"' if phrase and "." not in (phrase[0], phrase[-1]) else ""
    snapshots = Snapshots(timedelta(minutes=1))
    for reader in readers(plan, world):
        wanted = chosen(world, drawn)
        has = [one for one in world.seen_by(reader) if not words or any(_stands_in(phrase, t) for t in one.texts)]
        expected = [one for one in has if fits(one, wanted)]
        ask = Ask(words, wanted, ("publisher", "theme"), size=100, reader=reader)

        found = search(index, ask)
        walked = walk(index, snapshots, ask, START, NOW)
        exported = everything(index, ask)

        event(f"{len(expected)} of {len(world.records)} found")
        ids = {one.id for one in expected}
        assert {hit["id"] for hit in found["hits"]} == ids
        assert {hit["id"] for hit in walked["hits"]} == ids
        assert {card["id"] for page in exported.pages for card in page} == ids
        assert found["total"] == walked["total"] == exported.total == len(ids)
        for name in ("publisher", "theme"):
            open_to = [one for one in has if fits(one, wanted, but=name)]
            values = Counter(
                v for one in open_to for v in ([one.publisher] if name == "publisher" else one.themes or [""])
            )
            assert {c["value"]: c["count"] for c in found["facets"][name]} == dict(values)
        TRIED["searches, walks and exports"] += 3
        TRIED["hidden records looked for"] += len(world.records) - len(world.seen_by(reader))
    snapshots.close()
    emptied(index, world)


@_SETTINGS
@given(plan=plans, words=typed, drawn=filters)
def test_a_reader_is_told_what_he_would_be_told_if_nothing_else_were_there(
    database: Database, index: SearchIndex, plan: Plan, words: str, drawn: dict[str, tuple[int | str, ...]]
) -> None:
    """Corrections, cures, suggestions and records alike: nothing of what is hidden has a part in them."""
    world = made(database, plan)
    drained(database, index)
    for reader in readers(plan, world):
        alone = EmbeddedIndex(None)
        seen = {one.id for one in world.seen_by(reader)}
        with database.reading() as tx:
            records = list(tx.datasets.many(seen).values())
            indexing.bring(alone, records, indexing.around(tx, records))
        ask = Ask(words, chosen(world, drawn), ("publisher", "theme"), size=100, fold=True, reader=reader)

        assert told(search(index, ask)) == told(search(alone, ask))
        assert suggested(index, words, reader) == suggested(alone, words, reader)
        for record in records:
            beside = more_like(index, record, usual_steering(), "zh", reader)
            assert ids_of(beside) == ids_of(more_like(alone, record, usual_steering(), "zh", reader))
            TRIED["lists of records alike"] += 1
        TRIED["corrections, cures and suggestions"] += 2
        alone.close()
    emptied(index, world)


@_SETTINGS
@given(plan=plans)
def test_lists_and_single_records_are_those_of_a_plain_scan(database: Database, plan: Plan) -> None:
    world = made(database, plan)
    ids = {one.id for one in world.records}
    for reader in readers(plan, world):
        seen = {one.id for one in world.seen_by(reader)}
        with database.reading() as tx:
            listed = _all(tx, reader)
            newest = {one.id for one in tx.datasets.newest(reach(reader), 1000)} if len(listed) < 1000 else listed
            assert listed & ids == seen
            assert newest & ids == seen
            for one in world.records:
                _check_single(tx, reader, one, world)
        TRIED["lists and newest records"] += 2


@_SETTINGS
@given(plan=plans)
def test_a_view_shows_what_both_may_see_and_nothing_else(database: Database, plan: Plan) -> None:
    world = made(database, plan)
    for viewer, viewed, view in views(plan, world):
        both = {one.id for one in world.seen_by(viewer) if readable(viewed, one)}
        assert {one.id for one in world.seen_by(view)} == both
        with database.reading() as tx:
            assert _all(tx, view) & {one.id for one in world.records} == both
        TRIED["views as another reader"] += 1


def _all(tx: Transaction, reader: Actor) -> set[str]:
    found, after = set[str](), ""
    while page := datasets.listed(tx, reader, after=after, size=100):
        found |= {one.id for one in page}
        after = page[-1].id
    return found


def _check_single(tx: Transaction, reader: Actor, record: Kept, world: World) -> None:
    TRIED["single records"] += 1
    if not readable(reader, record):
        with pytest.raises(NotFoundError):
            datasets.read(tx, record.id, reader)
    elif record.withdrawn:
        with pytest.raises(GoneError) as gone:
            datasets.read(tx, record.id, reader)
        if successor := gone.value.facts["successor"]:
            assert readable(reader, next(one for one in world.records if one.id == successor))
    else:
        stored = datasets.read(tx, record.id, reader)
        seen = {one.id for one in world.seen_by(reader)}
        assert {one.id for one in datasets.made_from(tx, reader, stored)} <= seen


@_SETTINGS
@given(plan=plans)
def test_a_cursor_is_for_those_who_may_find_the_same(database: Database, index: SearchIndex, plan: Plan) -> None:
    world = made(database, plan)
    drained(database, index)
    everybody = list(readers(plan, world))
    for reader in everybody:
        snapshots = Snapshots(timedelta(minutes=1))
        ask = Ask("", {"source": (world.source,)}, (), size=1, reader=reader)
        cursor = walk(index, snapshots, ask, START, NOW)["cursor"]
        for other in everybody if cursor else ():
            theirs = Ask("", {"source": (world.source,)}, (), size=1, reader=other)
            if reach(other).seals == reach(reader).seals:
                assert walk(index, snapshots, theirs, cursor, NOW)["hits"]
            else:
                with pytest.raises(CursorGoneError):
                    walk(index, snapshots, theirs, cursor, NOW)
            TRIED["cursors of others"] += 1
        snapshots.close()
    emptied(index, world)


def told(answer: dict[str, object]) -> dict[str, object]:
    """An answer but for order and scores: how rare a word is counts for these, and it is counted in all records."""
    hits = answer.pop("hits")
    assert isinstance(hits, list)
    # Of a folded series the best hit is shown, whichever that is.
    return answer | {"series": {(hit["series"], hit["others"]) for hit in hits}}


def suggested(index: SearchIndex, words: str, reader: Actor) -> set[tuple[object, ...]]:
    found = suggest(index, words, "zh", ("空气质量", "疫苗"), reader)
    return {(one.kind, one.text if one.kind != "title" else "", one.count) for one in found}


def ids_of(beside: dict[str, list[dict[str, object]]]) -> dict[str, set[object]]:
    return {name: {row["series"] for row in rows} for name, rows in beside.items()}


def _stands_in(phrase: str, title: str) -> bool:
    """Character by character; Latin words and numbers are one character."""
    unit = re.compile(r"[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*|\w|[^\w]+")
    wanted, there = unit.findall(phrase), unit.findall(title)
    return any(there[n : n + len(wanted)] == wanted for n in range(len(there)))
