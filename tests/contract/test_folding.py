"""Near-identical records as one hit, on both engines."""

import pytest

from search.folding import FOLDED, rows
from search.model import Count, Document, Hit, Query
from search.port import SearchIndex
from search.understanding import understand


def doc(key: str, title: str, theme: str = "环境") -> Document:
    return Document(key, 1, {"title": title}, {"theme": (theme,)}, card={"id": key})


@pytest.fixture
def filled(index: SearchIndex) -> SearchIndex:
    index.put([doc(f"y{year}", f"空气质量{year}年度报告") for year in range(2010, 2022)])
    index.put([doc("air", "空气质量实时发布", "交通"), doc("noise", "噪声监测")])
    return index


def hits(index: SearchIndex, **more: object) -> list[Hit]:
    return list(index.search(Query(understand("空气质量").clause, fold=True, **more)).hits)  # type: ignore[arg-type]


def test_a_series_is_one_hit_that_says_how_many_others_there_are_and_opens(filled: SearchIndex) -> None:
    page = filled.search(Query(understand("空气质量").clause, facets=("theme",), fold=True))

    assert (page.total, page.rows, page.facets["theme"]) == (13, 2, [Count("环境", 12), Count("交通", 1)])
    assert sorted(hit.others for hit in page.hits) == [0, 11]
    assert all(hit.score > 0 for hit in page.hits)
    series = next(hit.series for hit in page.hits if hit.others)
    assert filled.search(Query(filters={"series": (series,)})).total == 12


def test_the_best_of_a_series_stands_for_it_in_the_order_of_the_result(filled: SearchIndex) -> None:
    plain = filled.search(Query(understand("空气质量").clause)).hits
    best = {hit.series: hit for hit in reversed(plain)}

    folded = hits(filled)

    assert [hit.card for hit in folded] == [h.card for h in sorted(best.values(), key=plain.index)]


def test_others_are_counted_under_the_filters(filled: SearchIndex) -> None:
    filled.put([doc("y2030", "空气质量2030年度报告", "交通")])

    assert sorted(hit.others for hit in hits(filled, filters={"theme": ("交通",)})) == [0, 0]
    assert sorted(hit.others for hit in hits(filled)) == [0, 12]


def test_folded_pages_follow_each_other(filled: SearchIndex) -> None:
    both = [hit.card["id"] for hit in hits(filled)]

    assert [hit.card["id"] for at in (0, 1, 2) for hit in hits(filled, offset=at, size=1)] == both


def test_behind_the_folded_hits_pages_are_unfolded_and_none_is_left_out(index: SearchIndex) -> None:
    index.put([doc(f"a{n:04}", f"空气质量{n}") for n in range(FOLDED + 5)])

    page = index.search(Query(fold=True, size=4))
    more = index.search(Query(fold=True, size=4, offset=4))

    assert (page.total, page.rows) == (FOLDED + 5, 6)
    assert page.hits[0].others == FOLDED + 4
    assert [hit.others for hit in (*page.hits[1:], *more.hits)] == [0] * 5
    assert len({hit.card["id"] for hit in (*page.hits, *more.hits)}) == 6


def test_rows_of_a_page_across_the_end_of_the_folded_ones() -> None:
    found = rows("aabca", FOLDED + 10, 2, 5)

    assert (found.folded, found.offset, found.size, found.length) == ((3,), FOLDED, 4, 13)
    assert rows("aabca", 5, 2, 5).size == 0
    assert rows("aabca", FOLDED + 10, 12, 5) == rows("aabca", FOLDED + 10, 12, 1)
