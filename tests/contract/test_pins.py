"""Pinned results, asked of every engine."""

import pytest

from search.finding import Finder
from search.model import Document, Query, Sort
from search.port import SearchIndex
from search.steering import Steering

TITLES = {"a": "空气质量", "b": "空气质量日报", "c": "水质", "d": "噪声", "e": "空气"}


@pytest.fixture
def filled(index: SearchIndex) -> SearchIndex:
    index.put([Document(i, 1, {"title": t}, {"format": ("csv",)}, {}, {"id": i}) for i, t in TITLES.items()])
    return index


def found(index: SearchIndex, typed: str, query: Query | None = None, **pins: tuple[str, ...]) -> list[str]:
    finder = Finder(index, lambda hit: TITLES[hit.card["id"]], Steering(pins={"空气质量": pins.get("ids", ())}))
    return [hit.card["id"] for hit in finder.find(typed, query or Query()).page.hits]


def test_pinned_documents_come_first_in_their_order_and_once(filled: SearchIndex) -> None:
    before = found(filled, "空气质量")
    after = found(filled, "空氣質量", ids=("c", "b", "d"))

    assert before[0] == "a"
    assert after[:4] == ["c", "b", "d", "a"]
    assert len(after) == len(set(after)) == len(set(before) | {"c", "d"})


def test_filters_hold_for_pinned_documents(filled: SearchIndex) -> None:
    filled.put([Document("x", 1, {"title": "水"}, {"format": ("xml",)}, {}, {"id": "x"})])

    assert found(filled, "空气质量", Query(filters={"format": ["csv"]}), ids=("x", "c"))[0] == "c"
    assert "x" not in found(filled, "空气质量", Query(filters={"format": ["csv"]}), ids=("x", "c"))


def test_what_was_dropped_or_never_was_is_not_found(filled: SearchIndex) -> None:
    filled.drop({"c": 2})

    assert found(filled, "空气质量", ids=("c", "nothing"))[0] == "a"


def test_another_order_and_another_query_know_no_pins(filled: SearchIndex) -> None:
    assert "c" not in found(filled, "空气质量", Query(sort=Sort.MODIFIED), ids=("c",))
    assert "c" not in found(filled, "空气", ids=("c",))


def test_counts_and_pages_know_pinned_documents(filled: SearchIndex) -> None:
    finder = Finder(filled, lambda hit: TITLES[hit.card["id"]], Steering(pins={"空气质量": ("c",)}))
    page = finder.find("空气质量", Query(facets=("format",), offset=1, size=1)).page

    assert [hit.card["id"] for hit in page.hits] == ["a"]
    assert page.facets["format"][0].count == page.total
