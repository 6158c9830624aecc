"""A whole result from each engine, page after page, and some records among others."""

import pytest

from catalog.services.search import Ask, among, everything
from search.model import Document
from search.port import SearchIndex
from search.steering import Steering


def document(number: int) -> Document:
    title = f"空气质量{number}" if number % 2 else f"公积金{number}"
    card = {"id": f"d{number:05d}", "title": {"zh": title}, "description": {}, "publisher": "市局"}
    return Document(card["id"], 1, {"title": title}, {"theme": ("城市",)}, {"modified": number, "issued": number}, card)  # type: ignore[arg-type]


@pytest.mark.parametrize("ask", [Ask(), Ask("空气"), Ask("空气", sort="modified"), Ask("", {"theme": ("城市",)})])
def test_everything_that_is_found_is_walked_once(index: SearchIndex, ask: Ask) -> None:
    index.put([document(number) for number in range(2500)])

    found = everything(index, ask)
    pages = [[record["id"] for record in page] for page in found.pages]

    ids = [record_id for page in pages for record_id in page]
    assert [len(page) for page in pages] == ([1000, 250] if ask.words else [1000, 1000, 500])
    assert len(set(ids)) == len(ids) == found.total
    if ask.sort == "modified":
        assert ids == sorted(ids, reverse=True)


def test_a_stored_search_is_asked_for_some_records_alone(index: SearchIndex) -> None:
    index.put([document(number) for number in range(20)])
    some = [f"d{number:05d}" for number in range(5, 12)]

    assert among(index, Ask("空气"), Steering(), some, 2) == (4, ["d00011", "d00009"])
    assert among(index, Ask("", {"theme": ("城市",)}), Steering(), some, 1) == (7, ["d00011"])
    assert among(index, Ask("", {"theme": ("交通",)}), Steering(), some, 1) == (0, [])
