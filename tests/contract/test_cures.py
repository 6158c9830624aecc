"""What is found when the words as they are find nothing; the same with each engine."""

from collections.abc import Callable

import pytest

from search.cures import Curing, Kind
from search.finding import Finder, Found
from search.model import Document, Hit, Query
from search.port import SearchIndex
from search.steering import usual_steering

Cured = Callable[..., list[tuple[str, str, str, int]]]

RECORDS = {
    "住房公积金缴存信息": ("泸州市住房公积金管理中心", "住房保障"),
    "住房公积金贷款信息": ("泸州市住房公积金管理中心", "住房保障"),
    "公交线路站点": ("成都市交通运输局", "交通运输"),
    "停车场名录": ("成都市交通运输局", "交通运输"),
}


def _text_of(hit: Hit) -> str:
    return "\n".join((*hit.card["title"].values(), hit.card["publisher"]))


@pytest.fixture
def finder(index: SearchIndex) -> Finder:
    index.put(
        Document(
            f"r{number}",
            1,
            {"title": title, "organization": publisher, "keywords": theme},
            {"theme": (theme,), "publisher": (publisher,)},
            card={"id": f"r{number}", "title": {"zh": title}, "publisher": publisher},
        )
        for number, (title, (publisher, theme)) in enumerate(RECORDS.items())
    )
    return Finder(index, _text_of, usual_steering())


@pytest.fixture
def cured(finder: Finder) -> Cured:
    def cures(typed: str, *, exact: bool = False, **filters: str) -> list[tuple[str, str, str, int]]:
        query = Query(filters={name: (value,) for name, value in filters.items()})
        found = finder.find(typed, query, exact=exact)
        assert found.page.total == 0
        return [(c.kind, c.words, c.about, c.total) for c in Curing(finder).cures(typed, found, query)]

    return cures


def _found(finder: Finder, typed: str, **more: bool) -> Found:
    return finder.find(typed, Query(), **more)


def test_a_wrong_character_is_corrected_unless_exactly_that_is_asked(finder: Finder) -> None:
    corrected, exactly = _found(finder, "公机金"), _found(finder, "公机金", exact=True)

    assert (corrected.corrected, corrected.page.total) == ("公积金", 2)
    assert (exactly.corrected, exactly.page.total, exactly.missing) == (None, 0, ("公机金",))


def test_asked_exactly_the_correction_is_a_cure(cured: Cured) -> None:
    assert cured("公机金", exact=True) == [(Kind.CORRECTION, "公积金", "", 2)]


def test_without_the_word_that_nothing_has_there_is_something(
    cured: Cured,
) -> None:
    assert cured("停车场 鲲鹏", exact=True) == [(Kind.WITHOUT, "停车场", "鲲鹏", 1)]
    assert cured("停车场 鲲鹏 饕餮", exact=True)[0] == (Kind.WITHOUT, "停车场", "鲲鹏 饕餮", 1)


def test_the_place_around_a_place_is_a_cure(cured: Cured) -> None:
    assert cured("江阳区") == [(Kind.WIDER, "泸州市", "泸州市", 2)]


def test_a_quote_that_stands_nowhere_is_tried_as_words(cured: Cured) -> None:
    assert cured('"停车场站点名录"')[0][:2] == (Kind.PLAIN, "停车场站点名录")


def test_filters_are_left_out_one_by_one_and_together(
    cured: Cured,
) -> None:
    told = cured("公积金", theme="交通运输", publisher="泸州市住房公积金管理中心")

    assert sorted(told) == [
        (Kind.UNFILTERED, "公积金", "", 2),
        (Kind.UNFILTERED, "公积金", "theme", 2),
    ]


def test_topics_are_the_themes_of_what_has_a_part_of_the_words(finder: Finder) -> None:
    query = Query(filters={"theme": ("交通运输",)})
    found = finder.find("公积金账单", query, exact=True)

    assert [topic.value for topic in Curing(finder).topics(found, query)] == ["住房保障"]
