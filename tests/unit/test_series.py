"""Records that differ in place, year or number only are one series."""

import pytest

from search.analysis import fold
from search.places import named_in
from search.series import series_of


def key(title: str) -> str:
    folded = fold(title)
    return series_of(folded, named_in(folded))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("江阳区停车场信息", "泸县停车场信息"),
        ("2022年财政预算", "2023年财政预算"),
        ("2023年第一季度主要指标", "2024年第二季度主要指标"),
        ("第3批专精特新企业名单", "第十二批专精特新企业名单"),
    ],
)
def test_titles_of_one_series(one: str, other: str) -> None:
    assert key(one) == key(other) != ""


def test_titles_of_different_series() -> None:
    assert key("江阳区停车场信息") != key("江阳区图书馆信息")


def test_too_little_is_left_to_go_by() -> None:
    assert key("泸州市2022年") == ""
