"""Why a document was found."""

import pytest

from search.explaining import Explanation, Lift, explain
from search.lexicon import Lexicon
from search.understanding import understand
from search.understanding.concepts import Rule

LEXICON = Lexicon(same={"社保卡": ("社会保障卡",)}, wider={"看病": ("医疗",)}, english={"air quality": ("空气质量",)})


def explained(typed: str, meant: str = "", **texts: str) -> Explanation:
    empty = dict.fromkeys(("title", "keywords", "publisher", "description", "spatial", "identifier", "id"), "")
    return explain(understand(meant or typed, LEXICON), empty | texts, typed=typed)


@pytest.mark.parametrize(
    ("typed", "meant", "title", "text", "rule"),
    [
        ("空气质量", "", "全市空气质量日报", "空气质量", Rule.WORD),
        ("社保卡", "", "社会保障卡服务网点", "社会保障卡", Rule.SYNONYM),
        ("看病", "", "医疗机构名录", "医疗", Rule.WIDER),
        ("air quality", "", "空气质量日报", "空气质量", Rule.ENGLISH),
        ("gjj", "公积金", "住房公积金缴存", "公积金", Rule.INITIALS),
        ("gongjijin", "公积金", "住房公积金缴存", "公积金", Rule.PINYIN),
        ("公机金", "公积金", "住房公积金缴存", "公积金", Rule.SPELLING),
        ("纪念馆展览", "", "博物馆展览目录", "展览", Rule.WORD),
        ("新能源汽车充电桩", "", "汽车充电站", "汽车", Rule.WORD),
    ],
)
def test_a_word_is_told_with_its_rule(typed: str, meant: str, title: str, text: str, rule: Rule) -> None:
    matches = explained(typed, meant, title=title).matches

    assert (text, rule) in [(match.text, match.rule) for match in matches]
    assert all(match.typed in typed for match in matches)
    assert all(match.where == ("title",) for match in matches)


def test_what_was_quoted_is_told() -> None:
    assert [match.text for match in explained('"气质"', title="空气质量").matches] == ["气质"]


def test_a_part_of_a_word_is_told_as_one() -> None:
    [match] = explained("公积金", title="公积贷款").matches

    assert (match.text, match.rule) == ("公积", Rule.PART)


def test_it_is_told_where_a_word_stands_and_which_stands_nowhere() -> None:
    told = explained("水质 地铁", title="断面数据", keywords="水质", description="每月水质")

    assert [match.where for match in told.matches] == [("keywords", "description")]
    assert told.absent == ("地铁",)
    assert told.lifts == ()


def test_a_place_is_where_the_publisher_is_unless_the_title_names_another() -> None:
    here = explained("泸州 公积金", title="公积金缴存", publisher="泸州市住房公积金管理中心")
    elsewhere = explained("泸州 公积金", title="成都市公积金缴存", publisher="泸州市住房公积金管理中心")

    assert here.matches[0].where == ("place", "publisher")
    assert Lift.PLACE in here.lifts
    assert elsewhere.matches[0].where == ("publisher",)
    assert Lift.PLACE not in elsewhere.lifts


@pytest.mark.parametrize(
    ("typed", "title", "lift"),
    [
        ("空气质量日报", "空气质量日报", Lift.EXACT),
        ("空气质量", "全市空气质量日报", Lift.PHRASE),
        ("质量 空气", "空气质量日报", Lift.TITLE),
    ],
)
def test_what_moved_it_up_is_told(typed: str, title: str, lift: Lift) -> None:
    assert explained(typed, title=title).lifts == (lift,)
