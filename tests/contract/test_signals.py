"""What moves records up when the words fit alike, on every engine."""

from datetime import date

import pytest

from search.finding import Finder
from search.model import Document, Query, Sort
from search.port import SearchIndex
from search.steering import Steering

SECONDS = {2026: 1767225600, 2019: 1546300800}


def doc(key: str, quality: int = 0, use: int = 0, year: int = 2019) -> Document:
    return Document(
        key,
        1,
        {"title": "空气质量日报"},
        dates={"modified": SECONDS[year]},
        card={"id": key},
        signals={"quality": quality, "use": use},
    )


def order(index: SearchIndex, sort: Sort = Sort.RELEVANCE) -> list[str]:
    finder = Finder(index, str, Steering(), date(2026, 11, 25))
    return [hit.card["id"] for hit in finder.find("空气质量", Query(sort=sort)).page.hits]


@pytest.mark.parametrize(
    "better",
    [doc("better", quality=4), doc("better", use=3), doc("better", year=2026)],
    ids=["quality", "use", "fresh"],
)
def test_of_equal_titles_the_better_one_comes_first(index: SearchIndex, better: Document) -> None:
    index.put([doc("a"), better, doc("z")])

    assert order(index)[0] == "better"


def test_an_order_by_day_knows_no_signals(index: SearchIndex) -> None:
    index.put([doc("old", quality=5), doc("new", year=2026)])

    assert order(index, Sort.MODIFIED) == ["new", "old"]
