"""What is being typed, and where it stands in a name."""

import pytest

from search.suggesting import typing


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
