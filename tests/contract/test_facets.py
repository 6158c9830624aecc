"""Filters beyond plain values: what has none, periods, places, series; on both engines."""

from datetime import UTC, datetime

import pytest

from search.model import Count, Document, Query
from search.port import SearchIndex


def day(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def doc(key: str, title: str = "空气质量", modified: str = "", **facets: tuple[str, ...]) -> Document:
    dates = {"modified": day(modified)} if modified else {}
    return Document(key, 1, {"title": title}, facets, dates, {"id": key})


def ids(index: SearchIndex, **filters: tuple[str, ...]) -> list[str]:
    return sorted(hit.card["id"] for hit in index.search(Query(filters=filters)).hits)


def test_what_has_no_value_is_counted_last_and_can_be_chosen_with_values(index: SearchIndex) -> None:
    index.put([doc("a", theme=("环境", "交通")), doc("b"), doc("c"), doc("d", theme=("教育",)), doc("e")])

    counts = index.search(Query(facets=("theme", "license"), facet_size=2)).facets

    assert counts["theme"] == [Count("交通", 1), Count("教育", 1), Count("", 3)]
    assert counts["license"] == [Count("", 5)]
    assert ids(index, theme=("",)) == ["b", "c", "e"]
    assert ids(index, theme=("", "教育")) == ["b", "c", "d", "e"]


def test_what_has_no_value_is_counted_under_the_other_filters_and_without_its_own(index: SearchIndex) -> None:
    index.put([doc("a", theme=("环境",), kind=("x",)), doc("b", kind=("x",)), doc("c", kind=("y",))])

    query = Query(filters={"theme": ("环境",), "kind": ("x",)}, facets=("theme",))

    assert index.search(query).facets["theme"] == [Count("环境", 1), Count("", 1)]


def test_what_was_dropped_does_not_count_as_without_value(index: SearchIndex) -> None:
    index.put([doc("a"), doc("b")])
    index.drop({"b": 2})

    assert index.search(Query(facets=("theme",))).facets["theme"] == [Count("", 1)]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2024-01-01/2024-12-31", ["b", "c"]),
        ("2024-12-31/..", ["c", "d"]),
        ("../2024-01-01", ["a", "b"]),
        ("../..", ["a", "b", "c", "d"]),
        ("2030-01-01/..", []),
    ],
)
def test_periods_include_both_days_and_nothing_without_a_date(
    index: SearchIndex, period: str, expected: list[str]
) -> None:
    days = {"a": "2023-12-31", "b": "2024-01-01", "c": "2024-12-31", "d": "2025-01-01", "e": ""}
    index.put([doc(key, modified=modified) for key, modified in days.items()])

    assert ids(index, modified=(period,)) == expected


def test_a_place_has_all_that_lies_in_it(index: SearchIndex) -> None:
    index.put(
        [
            doc("province", "四川省学校"),
            doc("city", "泸州市学校"),
            doc("county", "泸州市江阳区学校"),
            doc("e", "贵阳市学校"),
        ]
    )

    assert ids(index, place=("51",)) == ["city", "county", "province"]
    assert ids(index, place=("5105",)) == ["city", "county"]
    assert ids(index, place=("510502",)) == ["county"]
    assert ids(index, place=("510502", "5201")) == ["county", "e"]
