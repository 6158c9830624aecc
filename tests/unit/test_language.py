"""Which language a reader gets."""

import pytest

from catalog.language import accepted, translate


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh"),
        ("", "zh"),
        ("en", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("en;q=0.5, zh;q=0.9", "zh"),
        ("fr,en;q=0.3", "en"),
        ("fr, de", "zh"),
        ("en;q=0", "zh"),
        ("en;q=x, *", "zh"),
    ],
)
def test_the_language_that_a_header_likes_best(header: str | None, language: str) -> None:
    assert accepted(header) == language


def test_a_text_is_translated_with_its_facts() -> None:
    assert translate("There is no facet {name}.", "en", name="x") == "There is no facet x."
    assert "x" in translate("There is no facet {name}.", "zh", name="x") != "There is no facet x."
