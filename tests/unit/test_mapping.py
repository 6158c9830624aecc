"""Field mappings read rows."""

from pathlib import Path

import pytest

from catalog.domain.errors import InvalidError
from catalog.domain.vocabulary import Frequency, Grade, Opening, Sharing
from ingest.mapping import AUTO, key_of, load, names


def test_every_mapping_loads_and_gives_values_that_exist() -> None:
    kinds = {"opening": Opening, "sharing": Sharing, "frequency": Frequency, "grade": Grade}
    for name in names():
        mapping = load(name)
        assert mapping.fields["title"], name
        for field, kind in kinds.items():
            assert set(mapping.values[field].values()) <= set(kind), (name, field)


def test_the_usual_names_read_an_unknown_list() -> None:
    mapping = load(AUTO)
    row = {
        "资源名称": "空气质量",
        "数源单位": "市生态环境局",
        "标签": "空气、PM2.5，空气",
        "更新周期": "每天",
        "备注": "x",
    }

    texts = mapping.texts(row)

    assert (texts["title"], texts["publisher"], texts["frequency"]) == ("空气质量", "市生态环境局", "每天")
    assert mapping.items(row, "keywords") == ("空气", "PM2.5")
    assert mapping.value("frequency", "每天") == "daily"


def test_lists_written_as_python_prints_them() -> None:
    assert load("yinchuan").items({"数据格式": "['xls', 'xml']"}, "formats") == ("xls", "xml")


def test_a_theme_may_hold_the_mark_that_parts_others() -> None:
    assert load("luzhou").items({"数据主题": "文化、卫生、体育", "数据领域": "教育文化"}, "themes") == (
        "文化、卫生、体育",
        "教育文化",
    )


def test_identity_is_never_the_title_alone() -> None:
    assert key_of({"key": "a", "landing_page": "b"}, "p") == "a"
    assert key_of({"landing_page": "https://x/1", "title": "t"}, "p") == "https://x/1"
    assert key_of({"title": "行政处罚信息"}, "甲局") != key_of({"title": "行政处罚信息"}, "乙局")
    assert key_of({"title": "t"}, "甲局") == key_of({"title": "t"}, "甲局")


def test_an_unknown_mapping_names_those_there_are(tmp_path: Path) -> None:
    for name in ("nope", "usual", "../../secret", str(tmp_path / "x.toml")):
        with pytest.raises(InvalidError, match="There is no mapping"):
            load(name)
