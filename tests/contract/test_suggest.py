"""Suggestions while typing; the same from each engine."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.services.suggest import suggest
from search.model import Document
from search.port import SearchIndex

RECORDS = {
    "住房公积金缴存信息": ("泸州市住房公积金管理中心", "住房保障"),
    "公积金贷款信息": ("泸州市住房公积金管理中心", "住房保障"),
    "2024年空气质量日报": ("成都市生态环境局", "生态环境"),
    "2025年空气质量日报": ("成都市生态环境局", "生态环境"),
}


@pytest.fixture
def filled(index: SearchIndex) -> SearchIndex:
    index.put(
        Document(
            f"r{number}",
            1,
            {"title": f"{title}\nRecord {number}", "organization": publisher, "keywords": theme},
            {"theme": (theme,), "publisher": (publisher,)},
            card={"id": f"r{number}", "title": {"zh": title, "en": f"Record {number}"}, "publisher": publisher},
        )
        for number, (title, (publisher, theme)) in enumerate(RECORDS.items())
    )
    return index


def suggested(index: SearchIndex, typed: str, language: str = "zh") -> list[tuple[str, str, int | None]]:
    return [(one.kind, one.text, one.count) for one in suggest(index, typed, language)]


@pytest.mark.parametrize("typed", ["公积", "公積", "gjj", "gongji", "gong ji"])
def test_titles_and_publishers_by_characters_pinyin_and_letters(filled: SearchIndex, typed: str) -> None:
    assert suggested(filled, typed) == [
        ("title", "公积金贷款信息", None),
        ("title", "住房公积金缴存信息", None),
        ("publisher", "泸州市住房公积金管理中心", 2),
    ]


def test_themes_and_places_with_their_records(filled: SearchIndex) -> None:
    assert ("theme", "生态环境", 2) in suggested(filled, "huanj")
    assert ("place", "泸州市", 2) in suggested(filled, "luz")
    assert ("place", "成都市", 2) in suggested(filled, "成都")
    assert not suggested(filled, "绵阳")


def test_of_a_series_one_title_is_suggested(filled: SearchIndex) -> None:
    assert [kind for kind, *_ in suggested(filled, "空气")] == ["title"]


def test_what_was_typed_is_marked_in_the_readers_language(filled: SearchIndex) -> None:
    assert suggest(filled, "gjj", "zh")[0].marks == [(0, 3)]
    assert suggest(filled, "gjj", "en")[0].marks == []
    assert suggested(filled, "rec", "en")[0] == ("title", "Record 0", None)


@pytest.mark.parametrize("typed", ["", " ", "zzqqzz", "？", "空" * 500, "a" * 500, "a b", "%00", "{[(*+?"])
def test_nothing_that_is_typed_breaks_it(filled: SearchIndex, typed: str) -> None:
    assert suggest(filled, typed, "zh") == []


@pytest.mark.parametrize("typed", ["gjjxxcjcxxxxx", "gongjijindaikuanxinxixx", "luzhoushigjj", "lzsxx", "hjbhabc"])
def test_letters_that_go_on_behind_a_name_suggest_nothing(filled: SearchIndex, typed: str) -> None:
    assert suggest(filled, typed, "zh", popular=("公积金", "空气")) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=30), st.text('gjkongqizluhsenvra 公积金空气"*()\\-', max_size=30)))
def test_whatever_is_typed_is_answered(filled: SearchIndex, typed: str) -> None:
    assert len(suggest(filled, typed, "zh", popular=("公积金", "空气质量日报 成都"))) <= 10


def test_what_is_dropped_is_no_longer_suggested(filled: SearchIndex) -> None:
    filled.drop({"r0": 2, "r1": 2})

    assert suggested(filled, "公积") == []


def test_what_others_asked_is_suggested_while_it_finds_something(filled: SearchIndex) -> None:
    popular = ("空气质量日报 成都", "空港", "公积金")

    assert [(one.kind, one.text, one.count) for one in suggest(filled, "kongq", "zh", popular)][-1] == (
        "query",
        "空气质量日报 成都",
        2,
    )
    assert not [one for one in suggest(filled, "空港", "zh", popular) if one.kind == "query"]
