"""The query language, taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.clauses import AnyOf, Between, Phrase, Term
from search.understanding import understand


def test_plain_words_are_no_query_language() -> None:
    for typed in ("电梯 API 接口", "covid-19", "C++", "10:30", "空气 - 水", "publisher:"):
        assert not understand(typed).literal


def test_quotes_are_looked_for_character_by_character() -> None:
    found = understand("“空气质量” 日报")

    assert found.required == (Phrase("grams", ("空气", "气质", "质量")),)
    assert (found.folded, found.quoted) == ("日报", ("空气质量",))


@pytest.mark.parametrize("typed", ["学校 -民办", "学校 NOT 民办", "学校 －民办"])
def test_minus_excludes(typed: str) -> None:
    found = understand(typed)

    assert found.without == (Phrase("grams", ("民办",)),)
    assert found.folded == "学校"


def test_fields_have_chinese_names_too() -> None:
    assert understand("标题：公积金").required == understand("title:公积金").required
    assert understand("publisher:气象局").required == (AnyOf([Phrase("organization", ("气象", "象局"))]),)
    assert Term("format", "csv") in understand("格式:CSV").required[0].parts  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("typed", "low", "high"),
    [
        ("modified:2022", 1640995200, 1672531199),
        ("modified:[2022-03 TO 2022-03]", 1646092800, 1648771199),
        ("modified:[2022-03-01 TO *]", 1646092800, None),
        ("modified:>=2022", 1640995200, None),
        ("modified:<2022", 1, 1640995199),
    ],
)
def test_ranges_of_days(typed: str, low: int | None, high: int | None) -> None:
    assert understand(typed).required == (Between("modified", low, high),)


def test_alternatives_and_groups() -> None:
    assert len(understand("学校 OR (医院 -民营)").required[0].parts) == 2  # type: ignore[union-attr]


@pytest.mark.parametrize("typed", ['"空气', "标题:[a TO", "modified:31日", "(空气 OR"])
def test_wrong_syntax_searches_the_words_and_says_what_was_ignored(typed: str) -> None:
    found = understand(typed)

    assert found.ignored
    assert found.concepts
    assert not found.literal


@given(st.text(alphabet='空气ab1 "-+()[]{}:~^*?/\\ORANDT:modified标题', max_size=30))
def test_nothing_that_is_typed_fails(typed: str) -> None:
    _ = understand(typed).clause
