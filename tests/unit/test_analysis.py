"""Text becomes the same terms for documents and queries."""

from hypothesis import given
from hypothesis import strategies as st

from search.analysis import fold, grams, highlights, joined, pairs, phrase, terms, units


def test_traditional_wide_and_capital_letters_fold() -> None:
    assert fold("住房公積金") == "住房公积金"
    assert fold("ＰＭ２.５") == "pm2.5"


def test_long_words_hold_their_parts() -> None:
    assert {"空气", "质量", "空气质量"} <= set(terms("空气质量"))


def test_punctuation_is_no_term() -> None:
    assert terms("，。（）《》 !?") == []


def test_neighbors_are_kept_in_order_and_no_phrase_bridges_punctuation() -> None:
    assert grams(units("水、电价")) == ["水|", "|电", "电价", "|", "水", "电", "价"]
    assert grams(units("4a级景区")) == ["4a级", "级景", "景区", "|", "4a", "级", "景", "区"]
    assert pairs("pm2.5 即时") == ("pm2.5即", "即时")
    assert pairs("水") == phrase("水") == ("水",)
    assert pairs("水、电") == ("水电",)
    assert phrase("（水、电）") == ("水|", "|电")


def test_a_title_is_the_same_without_spaces_and_signs() -> None:
    assert joined("空气 质量（2024）") == joined("空气质量2024")


def test_found_words_are_marked_where_they_stand() -> None:
    found = tuple(terms(fold("空氣質量")))

    assert highlights(["贵阳市空气质量监测", "", "无", "空氣"], found) == [[[3, 7]], [], [], [[0, 2]]]
    assert highlights(["repair air", "环保局_PM2.5空气"], ("air", "pm2.5")) == [[[7, 10]], [[4, 9]]]


@given(st.lists(st.text(max_size=60), max_size=4), st.text(max_size=20))
def test_marks_lie_within_their_text_and_do_not_overlap(texts: list[str], words: str) -> None:
    for text, spans in zip(texts, highlights(texts, tuple(terms(fold(words)))), strict=True):
        flat = [edge for span in spans for edge in span]
        assert flat == sorted(flat)
        assert all(0 <= start < end <= len(text) for start, end in spans)


@given(st.text(alphabet="ab1.._- \n空，A\t²é"))
def test_what_is_joined_is_every_unit_and_nothing_else(text: str) -> None:
    assert joined(text) == "".join(unit for unit in units(text) if unit != "|")
