"""Snapshots: every hit once, in one order, whatever is written meanwhile; on both engines."""

import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import orjson
import pytest

from search.model import Document, Query, Sort
from search.port import SearchIndex, Snapshot, SnapshotLostError
from search.understanding import understand

LASTING = timedelta(minutes=5)


def doc(number: int, revision: int = 1, title: str = "空气质量") -> Document:
    key = f"d{number:05}"
    return Document(key, revision, {"title": title}, dates={"modified": number % 7 * 86_400}, card={"id": key})


def walked(snapshot: Snapshot, size: int, between: Callable[[int], None] = lambda _: None) -> list[str]:
    found: list[str] = []
    place: Any = None
    for number in count():
        turn = snapshot.turn(place, size)
        found += [hit.card["id"] for hit in turn.hits]
        if turn.place is None:
            return found
        # Places travel in addresses.
        place = orjson.loads(orjson.dumps(turn.place))
        between(number)
    raise AssertionError


@pytest.mark.parametrize(
    "query",
    [Query(), Query(understand("空气质量").clause), Query(understand("空气").clause, sort=Sort.ISSUED)],
    ids=["everything", "words", "dates"],
)
def test_every_hit_comes_once_while_records_are_written_changed_and_dropped(index: SearchIndex, query: Query) -> None:
    index.put([doc(number) for number in range(500)])
    snapshot = index.snapshot(query, LASTING)

    def disturb(number: int) -> None:
        index.put([doc(number, 2, "噪声"), doc(9000 + number)])
        index.drop({f"d{499 - number:05}": 3})

    found = walked(snapshot, 20, disturb)

    assert snapshot.total == 500
    assert sorted(found) == [f"d{number:05}" for number in range(500)]


def test_the_order_is_that_of_the_pages(index: SearchIndex) -> None:
    index.put([doc(number, title="空气" * (1 + number % 5)) for number in range(60)])
    query = Query(understand("空气").clause, size=60)

    page = [hit.card["id"] for hit in index.search(query).hits]

    assert walked(index.snapshot(query, LASTING), 7) == page


def test_a_page_is_the_same_each_time_it_is_asked_for(index: SearchIndex) -> None:
    index.put([doc(number) for number in range(30)])
    snapshot = index.snapshot(Query(understand("空气").clause), LASTING)
    second = snapshot.turn(None, 10).place

    assert snapshot.turn(second, 10) == snapshot.turn(second, 10)


@pytest.mark.parametrize("number", [0, 20, 40])
def test_a_walk_ends_with_the_last_hit(index: SearchIndex, number: int) -> None:
    index.put([doc(n) for n in range(number)])

    turns = 0

    def counted(_: int) -> None:
        nonlocal turns
        turns += 1

    assert len(walked(index.snapshot(Query(), LASTING), 20, counted)) == number
    assert turns == max(number // 20 - 1, 0)


def test_the_filters_of_the_reader_hold_on_every_page(index: SearchIndex) -> None:
    index.put(
        [
            Document(f"d{n}", 1, {"title": "空气"}, {"theme": ("甲" if n % 3 else "乙",)}, card={"id": f"d{n}"})
            for n in range(60)
        ]
    )

    found = walked(index.snapshot(Query(filters={"theme": ("乙",)}), LASTING), 7)

    assert sorted(found) == sorted(f"d{n}" for n in range(0, 60, 3))


def test_a_rebuild_and_its_switch_do_not_touch_it(index: SearchIndex) -> None:
    index.put([doc(number) for number in range(100)])
    snapshot = index.snapshot(Query(), LASTING)

    def rebuild(number: int) -> None:
        if number == 1:
            index.rebuild([doc(7, 9)])

    assert len(set(walked(snapshot, 10, rebuild))) == 100
    assert index.search(Query()).total == 1


def test_a_walk_beside_a_writer_that_never_rests(index: SearchIndex) -> None:
    index.put([doc(number) for number in range(2000)])
    snapshot = index.snapshot(Query(understand("空气").clause), LASTING)
    done = threading.Event()

    def write() -> None:
        for number in count():
            if done.is_set():
                return
            index.put([doc(number % 2000, 2 + number, "噪声")])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = walked(snapshot, 50)
    finally:
        done.set()
        writer.join()

    assert sorted(found) == [f"d{number:05}" for number in range(2000)]
    snapshot.close()


def test_a_snapshot_that_the_engine_let_go_says_so(elastic_index: SearchIndex) -> None:
    elastic_index.put([doc(number) for number in range(30)])
    snapshot = elastic_index.snapshot(Query(), LASTING)
    place = snapshot.turn(None, 10).place

    elastic_index.rebuild([doc(1)])
    kept = snapshot.turn(place, 10)
    elastic_index.rebuild([doc(1)])

    assert len(kept.hits) == 10
    with pytest.raises(SnapshotLostError):
        snapshot.turn(kept.place, 10)
