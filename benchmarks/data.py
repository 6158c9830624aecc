"""Real records as one list: the five mainland portals, once or multiplied with distinct keys."""

import json
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
