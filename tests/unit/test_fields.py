"""Values as real sources write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.vocabulary import Frequency
from catalog.formats.fields import address, checked_uscc, day, frequency, plain, tagged


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-6-16", date(2023, 6, 16)),
        ("2023/06/16", date(2023, 6, 16)),
        ("2023年6月16日", date(2023, 6, 16)),
        ("2023.6.16", date(2023, 6, 16)),
        ("20230616", date(2023, 6, 16)),
        ("2021-04-02T17:38:19.742Z", date(2021, 4, 2)),
        ("2025年3月", date(2025, 3, 1)),
        ("2023", date(2023, 1, 1)),
        ("2023-02-31", None),
        ("2023-13-01", None),
        ("", None),
        ("每年", None),
        ("R/P1Y", None),
    ],
)
def test_days_in_many_forms(text: str, expected: date | None) -> None:
    assert day(text) == expected


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_a_day(text: str) -> None:
    assert day(text) is None or isinstance(day(text), date)


def test_markup_and_white_space_are_taken_out() -> None:
    assert plain("<p>空气&nbsp;质量</p>\r\n\r\n <b>小时值</b>") == "空气\xa0质量 小时值"
    assert plain("a < b\r\n\n c") == "a < b\nc"


@pytest.mark.parametrize(
    ("text", "tag"),
    [("空气质量", "zh"), ("住房公積金貸款", "zh-Hant"), ("Air quality", "en"), ("著名商标企业名录信息", "zh")],
)
def test_the_language_is_read_from_the_characters(text: str, tag: str) -> None:
    assert tagged(text) == {tag: text}


def test_an_empty_text_has_no_language() -> None:
    assert tagged(" \n") == {}


def test_only_addresses_that_can_be_followed() -> None:
    assert address(" https://a.example/路径 ") is not None
    assert address("www.example.com") is None
    assert address("javascript:alert(1)") is None
    assert address("https://a b") is None


def test_a_credit_code_needs_its_check_character() -> None:
    assert checked_uscc("91110000600037341L") == "91110000600037341L"
    assert checked_uscc("91110000600037341A") is None
    assert checked_uscc("") is None


def test_frequencies_in_intervals_and_words() -> None:
    assert frequency("R/P1M") is Frequency.MONTHLY
    assert frequency("Annual") is Frequency.ANNUAL
    assert frequency("when the moon is full") is None
