"""Names of places in texts, and what lies in what."""

import pytest

from search.places import around, name_of, named_in


def codes(text: str, **near: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [place.codes for place in named_in(text, **near)]


def test_the_longest_name_is_the_place() -> None:
    assert codes("泸州市江阳区停车场") == [("5105",), ("510502",)]
    assert codes("内蒙古自治区概况") == [("15",)]
    assert codes("宁夏气象局") == [("64",)]


def test_a_county_without_its_kind_counts_only_within_a_known_place() -> None:
    assert codes("江阳停车场") == []
    assert codes("泸州江阳停车场") == [("5105",), ("510502",)]
    assert codes("江阳停车场", near=("5105",)) == [("510502",)]


def test_a_name_of_several_places_means_the_near_one_or_all() -> None:
    assert codes("重庆市江北区") == [("50",), ("500105",)]
    assert len(codes("鼓楼区")[0]) > 2


@pytest.mark.parametrize("text", ["", "中", "空气质量", "贺兰山岩画"])
def test_no_place_is_named(text: str) -> None:
    assert codes(text) == []


def test_a_code_begins_with_what_it_lies_in() -> None:
    assert around("510502") == ("51", "5105", "510502")
    assert [name_of(code) for code in around("510502")] == ["四川省", "泸州市", "江阳区"]
