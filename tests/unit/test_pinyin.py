"""Sounds of characters, and syllables of what is typed."""

import pytest

from search.pinyin import readings, sound, sounds, syllables


def test_characters_have_their_usual_readings() -> None:
    assert readings("气") == ("qi",)
    assert readings("长") == ("chang", "zhang")
    assert set(sounds(["银", "行"])) == {"yinxin", "yinhan"}


@pytest.mark.parametrize(
    ("typed", "cut"),
    [
        ("kongqizhiliang", ["kong", "qi", "zhi", "liang"]),
        ("luzhoushuiku", ["lu", "zhou", "shui", "ku"]),
        ("wifi", []),
        ("gjj", []),
        ("", []),
    ],
)
def test_letters_are_cut_into_syllables(typed: str, cut: list[str]) -> None:
    assert syllables(typed) == cut


def test_what_many_do_not_tell_apart_sounds_the_same() -> None:
    assert sound("shu") == sound("su")
    assert sound("jing") == sound("jin")
    assert sound("liang") != sound("lian")
