"""Text becomes the same terms for documents and queries."""

from hypothesis import given
from hypothesis import strategies as st

from search.analysis import fold, highlights, needed, query_terms, terms


def test_traditional_wide_and_capital_letters_fold() -> None:
    assert fold("住房公積金") == "住房公积金"
    assert fold("ＰＭ２.５") == "pm2.5"


def test_long_words_hold_their_parts() -> None:
    assert {"空气", "质量", "空气质量"} <= set(terms("空气质量"))


def test_punctuation_is_no_term() -> None:
    assert terms("，。（）《》 !?") == []


def test_a_third_of_many_terms_is_needed() -> None:
    assert [needed(n) for n in (1, 2, 3, 6, 8)] == [1, 2, 2, 2, 3]


def test_found_words_are_marked_where_they_stand() -> None:
    found = tuple(query_terms("空氣質量"))

    assert highlights(["贵阳市空气质量监测", "", "无", "空氣"], found) == [[[3, 7]], [], [], [[0, 2]]]
    assert highlights(["repair air", "环保局_PM2.5空气"], ("air", "pm2.5")) == [[[7, 10]], [[4, 9]]]


@given(st.lists(st.text(max_size=60), max_size=4), st.text(max_size=20))
def test_marks_lie_within_their_text_and_do_not_overlap(texts: list[str], words: str) -> None:
    for text, spans in zip(texts, highlights(texts, tuple(query_terms(words))), strict=True):
        flat = [edge for span in spans for edge in span]
        assert flat == sorted(flat)
        assert all(0 <= start < end <= len(text) for start, end in spans)
