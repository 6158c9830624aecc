"""What is changed of the words of the search."""

from search.lexicon import Lexicon, synonyms
from search.lexicon.editing import Words, edited
from search.steering import Steering

SAME, WIDER = synonyms(["社保卡, 社会保障卡, 市民卡", "看病 => 医疗, 门诊"])
USUAL = Lexicon(SAME, WIDER, {}, frozenset({"的"}), frozenset({"数据"}))


def test_added_words_join_those_that_are_there() -> None:
    found = edited(USUAL, Words(["社保卡, 医保卡", "看病 => 挂号"], ["请问"], ["台账"]), Words())

    assert found.same["社保卡"] == ("社会保障卡", "市民卡", "医保卡")
    assert found.same["医保卡"] == ("社保卡",)
    assert found.wider["看病"] == ("医疗", "门诊", "挂号")
    assert found.stop == {"的", "请问"}
    assert found.weak == {"数据", "台账"}


def test_removed_words_are_gone_in_both_directions() -> None:
    found = edited(USUAL, Words(), Words(["社保卡, 市民卡", "看病 => 医疗, 门诊"], ["的"], ["数据"]))

    assert found.same == {"社保卡": ("社会保障卡",), "社会保障卡": ("社保卡", "市民卡"), "市民卡": ("社会保障卡",)}
    assert not found.knows("看病")
    assert (found.stop, found.weak) == (frozenset(), frozenset())


def test_a_circle_of_synonyms_ends() -> None:
    found = edited(USUAL, Words(["甲, 乙", "乙, 丙", "丙, 甲", "甲 => 甲"]), Words())

    assert set(found.same["甲"]) == {"乙", "丙"}


def test_a_pin_belongs_to_the_whole_query_however_it_is_typed() -> None:
    steering = Steering(pins={"空气 csv": ("a",)})

    assert steering.pinned(" 空氣  CSV ") == ("a",)
    assert steering.pinned("空气") == ()
