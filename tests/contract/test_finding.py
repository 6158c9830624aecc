"""What people type finds what they mean, on every engine."""

import pytest

from search.finding import Finder, Found
from search.model import Document, Query
from search.port import SearchIndex
from search.steering import Steering
from search.understanding import understand

RECORDS = {
    "weather": ("天气预报", "贵阳市气象局", ""),
    "roads": ("农村公路基本信息", "遵义市交通运输局", "县道、乡道和村道"),
    "insured": ("社会保险参保人数", "长丰县人力资源和社会保障局", ""),
    "hospital-j": ("江阳区医院名单", "泸州市卫生健康委员会", ""),
    "hospital-l": ("泸州市医院名单", "泸州市卫生健康委员会", ""),
    "hospital-h": ("合肥市医院名单", "合肥市卫生健康委员会", ""),
    "sights": ("AAAA级景区", "黄山市文化和旅游局", ""),
    "rail": ("城市轨道交通客流量", "成都市交通运输局", ""),
}


@pytest.fixture
def filled(index: SearchIndex) -> SearchIndex:
    index.put(
        [
            Document(
                key,
                1,
                {"title": title, "organization": publisher, "description": text},
                card={"id": key, "title": title, "publisher": publisher},
            )
            for key, (title, publisher, text) in RECORDS.items()
        ]
    )
    return index


def find(index: SearchIndex, typed: str, **more: object) -> Found:
    finder = Finder(index, lambda hit: f"{hit.card['title']}\n{hit.card['publisher']}", Steering())
    return finder.find(typed, Query(**more))  # type: ignore[arg-type]


def ids(found: Found) -> list[str]:
    return [hit.card["id"] for hit in found.page.hits]


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("天氣預報", "weather"),
        ("ＡＡＡＡ级景区", "sights"),
        ("4A景区", "sights"),
        ("weather forecast", "weather"),
        ("地铁", "rail"),
        ("人社局", "insured"),
        ("农村公路", "roads"),
        ("公路农村", "roads"),
        ("村道", "roads"),
    ],
)
def test_it_is_found_first(filled: SearchIndex, typed: str, wanted: str) -> None:
    found = find(filled, typed)

    assert ids(found)[0] == wanted
    assert found.corrected is None


@pytest.mark.parametrize(
    ("typed", "wanted", "corrected"),
    [
        ("tianqiyubao", "weather", "天气预报"),
        ("tian qi yu bao", "weather", "天气预报"),
        ("nongcun gonglu", "roads", "农村公路"),
        ("tqyb", "weather", "天气预报"),
        ("天汽预报", "weather", "天气预报"),
        ("农村公录", "roads", "农村公路"),
    ],
)
def test_what_was_meant_is_found_and_said(filled: SearchIndex, typed: str, wanted: str, corrected: str) -> None:
    found = find(filled, typed)

    assert ids(found)[0] == wanted
    assert found.corrected is not None
    assert found.corrected.replace(" ", "") == corrected


def test_records_of_the_place_come_first_then_those_of_what_it_lies_in(filled: SearchIndex) -> None:
    assert ids(find(filled, "江阳区 医院")) == ["hospital-j", "hospital-l", "hospital-h"]
    assert ids(find(filled, "合肥医院"))[0] == "hospital-h"
    assert set(ids(find(filled, "泸州医院"))[:2]) == {"hospital-j", "hospital-l"}


def test_a_word_that_no_record_has_is_named(filled: SearchIndex) -> None:
    found = find(filled, "恐龙医院")

    assert found.missing == ("恐龙",)
    assert ids(find(filled, "恐龙")) == []


def test_corrections_come_from_what_the_reader_may_see_only(filled: SearchIndex) -> None:
    filled.put(
        [
            Document(
                "secret",
                1,
                {"title": "秘密气象"},
                {"source": ("hidden",)},
                {},
                {"id": "secret", "title": "秘密气象", "publisher": ""},
            )
        ]
    )

    assert find(filled, "mimiqixiang").corrected is not None
    assert find(filled, "mimiqixiang", filters={"source": ("open",)}).corrected is None


def test_with_few_hits_parts_count_too(filled: SearchIndex) -> None:
    found = find(filled, "医院 公路")

    assert found.loosened
    assert "roads" in ids(found)


def test_who_says_exactly_what_to_find_gets_that(filled: SearchIndex) -> None:
    assert find(filled, '"天汽预报"').page.total == 0
    assert find(filled, '"医院" -江阳区').page.total == 2


def test_a_grade_finds_lists_of_what_is_graded_behind_that_grade(index: SearchIndex) -> None:
    titles = {"list": "全市A级景区信息", "four": "国家AAAA级景区", "water": "水利设施"}
    index.put([Document(i, 1, {"title": t}, card={"id": i, "title": {"zh": t}}) for i, t in titles.items()])

    page = index.search(Query(understand("4A景区").clause))

    assert [hit.card["id"] for hit in page.hits] == ["four", "list"]
