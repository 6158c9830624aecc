"""The query language and what is understood of words, asked of every engine."""

import pytest

from search.model import Document, Query
from search.port import SearchIndex
from search.understanding import understand

TITLES = {
    "air": ("空气质量日报", "市生态环境局", "2022-05-01"),
    "gas": ("空气与质量监督", "市场监督管理局", "2021-05-01"),
    "water": ("水质数据", "市生态环境局", "2020-05-01"),
    "card": ("社会保障卡发行情况", "人力资源和社会保障局", "2022-01-01"),
    "pupils": ("学生活动", "教育局", "2020-05-01"),
    "spa": ("4A级景区名单", "文化和旅游局", "2022-01-01"),
    "undated": ("河湖水系图", "水利局", ""),
}
SECONDS = {
    "": 0,
    "2020-05-01": 1588291200,
    "2021-05-01": 1619827200,
    "2022-05-01": 1651363200,
    "2022-01-01": 1640995200,
}


@pytest.fixture
def filled(index: SearchIndex) -> SearchIndex:
    index.put(
        [
            Document(
                key,
                1,
                {"title": title, "organization": publisher},
                {"format": ("csv",) if key == "air" else ()},
                {"modified": SECONDS[day]},
                {"id": key},
            )
            for key, (title, publisher, day) in TITLES.items()
        ]
    )
    return index


def found(index: SearchIndex, typed: str) -> set[str]:
    return {hit.card["id"] for hit in index.search(Query(understand(typed).clause)).hits}


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ('"空气质量"', {"air"}),
        ('"气质"', {"air"}),
        ('"质数"', {"water"}),
        ('"a级景"', set()),
        ('"4a级景"', {"spa"}),
        ("空气 -日报", {"gas"}),
        ("-空气", {"water", "card", "spa", "pupils", "undated"}),
        ('"空气质量" OR 景区', {"air", "spa"}),
        ("publisher:生态环境局", {"air", "water"}),
        ("提供方：生态环境局 水质", {"water"}),
        ("modified:2022", {"air", "card", "spa"}),
        ("modified:[2020-01 TO 2021-12]", {"gas", "water", "pupils"}),
        ("modified:>2021", {"air", "card", "spa"}),
        ("modified:[* TO 2020]", {"water", "pupils"}),
        ("modified:<=2021", {"gas", "water", "pupils"}),
        ("modified:<1960", set()),
        ("-modified:[* TO *]", {"undated"}),
        ("格式:CSV", {"air"}),
        ("title:景区 OR title:水质", {"spa", "water"}),
        ("景区 OR (水质 -数据)", {"spa"}),
    ],
)
def test_the_query_language(filled: SearchIndex, typed: str, wanted: set[str]) -> None:
    assert found(filled, typed) == wanted


@pytest.mark.parametrize("typed", ["air", "空气质量日报", "空气质量日报 ", "空气 质量日报"])
def test_an_exact_title_or_identifier_comes_first(filled: SearchIndex, typed: str) -> None:
    hits = filled.search(Query(understand(typed).clause)).hits

    assert hits[0].card["id"] == "air"


def test_a_short_word_is_not_found_where_characters_meet_by_chance(filled: SearchIndex) -> None:
    assert found(filled, "生活") == set()
