"""Real records as one list: the five mainland portals, once or multiplied with distinct keys."""

import json
import random
from itertools import count, islice
from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared" / "data" / "cn-portals"
_NAMES = ("sichuan_luzhou", "ningxia_ningxia", "ningxia_yinchuan", "anhui_hefei", "anhui_huaibei")
#: Their columns are named differently; the usual names read them all.
_KEY = "详情页网址"

#: What people type, from one record found to thousands.
WORDS = (
    "空气质量",
    "公积金",
    "学校",
    "停车场",
    "医疗机构",
    "行政处罚",
    "企业信息",
    "预算",
    "公交",
    "水",
    "PM2.5",
    "泸县",
)

#: The same, by their sound and by first letters.
_SPOKEN = ("kongqizhiliang", "gongjijin", "xuexiao", "tingche", "yiliao", "xzcf", "sbxx", "gjj")


def titles() -> list[str]:
    """The titles of all records."""
    rows = [row for name in _NAMES for row in json.loads((SHARED / f"{name}.json").read_text("utf-8-sig"))]
    return [title for row in rows if (title := str(row.get("数据名称") or row.get("标题") or ""))]


def pieces(count: int) -> list[str]:
    """Four characters from anywhere in a title, all different: searches that nobody asked before."""
    chance = random.Random(3)
    found: dict[str, None] = {}
    for title in chance.sample(titles(), count * 2):
        start = chance.randrange(max(len(title) - 4, 1))
        found.setdefault(title[start : start + 4])
    return list(found)[:count]


def typed(count: int) -> list[str]:
    """What stands in the search box after each key, for beginnings of titles and some words in pinyin."""
    whole = [*(title[:6] for title in random.Random(5).sample(titles(), count)), *_SPOKEN]
    return [text[:length] for text in whole for length in range(1, len(text) + 1)]


def write(path: Path, size: int) -> Path:
    """A JSON list of ``size`` rows."""
    rows = [row for name in _NAMES for row in json.loads((SHARED / f"{name}.json").read_text("utf-8-sig"))]
    multiplied = ({**row, _KEY: f"{row[_KEY]}#{copy}" if copy else row[_KEY]} for copy in count() for row in rows)
    with path.open("w", encoding="utf-8") as out:
        out.write("[")
        for number, row in enumerate(islice(multiplied, size)):
            out.write((",\n" if number else "") + json.dumps(row, ensure_ascii=False))
        out.write("]")
    return path
