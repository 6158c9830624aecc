"""What is being typed, and where it stands in a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import fold
from search.pinyin import readings
from search.suggesting import typing

NAMES = ("泸州市", "江阳区", "公积金", "住房公积金缴存", "PM2.5 小时值", "重庆", "A")


@st.composite
def spoken(draw: st.DrawFn) -> tuple[str, str]:
    """A name, and its pinyin or its first letters from some character on, with letters that go on behind its end."""
    name = draw(st.sampled_from(NAMES))
    first_letters = draw(st.booleans())
    sounds = (draw(st.sampled_from(readings(unit) or (unit,))) for unit in fold(name)[draw(st.integers(0, 3)) :])
    behind = draw(st.text("abcdefghijklmnopqrstuvwxyz ", max_size=12))
    return name, "".join(sound[:1] if first_letters else sound for sound in sounds) + behind


@pytest.mark.parametrize(
    ("typed", "name", "part"),
    [
        ("公积", "住房公积金缴存", "公积"),
        ("公積", "住房公积金缴存", "公积"),
        ("gjj", "住房公积金缴存", "公积金"),
        ("gjjj", "住房公积金缴存", "公积金缴"),
        ("kongq", "全市空气质量日报", "空气"),
        ("kongqizhil", "全市空气质量日报", "空气质量"),
        ("konqi", "全市空气质量日报", None),
        ("kong qi", "全市空气质量日报", "空气"),
        ("yinhang", "商业银行网点", "银行"),
        ("yinxing", "银杏分布", "银杏"),
        ("PM2", "PM2.5 小时值", "PM2"),
        ("air qu", "Air quality readings", "Air qu"),
        ("xyz", "住房公积金缴存", None),
        ("水质", "全市空气质量日报", None),
    ],
)
def test_where_it_stands_in_a_name(typed: str, name: str, part: str | None) -> None:
    span = typing(typed).span(name)

    assert (name[slice(*span)] if span else None) == part


@pytest.mark.parametrize(
    ("typed", "name"), [("泸州", "泸州市"), ("luz", "泸州市"), ("lzs", "泸州市"), ("江阳", "江阳区")]
)
def test_places_begin_with_it(typed: str, name: str) -> None:
    assert name in typing(typed).places()


def test_a_place_only_begins_with_it() -> None:
    assert "泸州市" not in typing("州市").places()


@given(spoken())
def test_letters_that_go_on_behind_a_name_stand_in_it_or_not(typed: tuple[str, str]) -> None:
    name, letters = typed
    span = typing(letters).span(name)
    typing(letters).places()

    assert span is None or 0 <= span[0] <= span[1] <= len(fold(name))


@given(st.text(max_size=60), st.text(max_size=20))
def test_whatever_is_typed_has_a_clause_and_stands_in_a_name_or_not(typed: str, name: str) -> None:
    read = typing(typed)
    span = read.span(name)

    assert read.clause is not None
    assert span is None or span[1] <= len(fold(name))


@pytest.mark.parametrize(
    ("typed", "name"), [("lzsxx", "泸州市"), ("luzhoushigongjijin", "泸州市"), ("gjjabc", "公积金")]
)
def test_more_letters_than_a_name_has_do_not_stand_in_it(typed: str, name: str) -> None:
    assert typing(typed).span(name) is None
