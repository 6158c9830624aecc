"""Single values as sources write them: days, addresses, languages, words. What cannot be read is None, not an error."""

import re
from collections.abc import Container, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from markupsafe import Markup
from pydantic import ValidationError
from stdnum.cn import uscc

from catalog.domain.vocabulary import Frequency
from search.analysis import is_traditional

_DAY = re.compile(r"\s*(\d{4})(?:\D{1,2}(\d{1,2})(?:\D{1,2}(\d{1,2}))?)?(?!\d)")
_COMPACT_DAY = re.compile(r"\s*(\d{4})(\d{2})(\d{2})(?!\d)")
_ADDRESS = re.compile(r"(?i:https?|ftp)://\S+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SPACE = re.compile(r"[ \t\r\f\v]*\n\s*|[ \t\r\f\v]+")

#: ISO 8601 repeating intervals, as DCAT-US writes dct:accrualPeriodicity.
_INTERVALS = {
    "R/PT1S": Frequency.CONTINUOUS,
    "R/PT1M": Frequency.CONTINUOUS,
    "R/PT1H": Frequency.CONTINUOUS,
    "R/P1D": Frequency.DAILY,
    "R/P1W": Frequency.WEEKLY,
    "R/P7D": Frequency.WEEKLY,
    "R/P1M": Frequency.MONTHLY,
    "R/P3M": Frequency.QUARTERLY,
    "R/P6M": Frequency.SEMIANNUAL,
    "R/P1Y": Frequency.ANNUAL,
    "R/P2Y": Frequency.BIENNIAL,
    "irregular": Frequency.IRREGULAR,
}


_WORDS = {
    **{str(frequency): frequency for frequency in Frequency},
    "real-time": Frequency.CONTINUOUS,
    "realtime": Frequency.CONTINUOUS,
    "yearly": Frequency.ANNUAL,
    "annually": Frequency.ANNUAL,
    "biannual": Frequency.SEMIANNUAL,
    "as needed": Frequency.IRREGULAR,
    "as and when necessary": Frequency.IRREGULAR,
    "never": Frequency.ARCHIVED,
}


@lru_cache(maxsize=4096)
def day(text: str) -> date | None:
    """2023-6-16, 2023/6/16, 2023年6月16日, 20230616 or a timestamp; the first day of a month or year alone."""
    match = _COMPACT_DAY.match(text) or _DAY.match(text)
    if match is None:
        return None
    year, month, number = (int(part or 1) for part in match.groups())
    try:
        return date(year, month, number)
    except ValueError:
        return None


def address(text: str) -> str | None:
    """A web address that can be followed."""
    text = text.strip()
    return text if _ADDRESS.fullmatch(text) and len(text) <= 4000 else None


def plain(text: str) -> str:
    """Text without markup and superfluous white space."""
    if "<" in text and ">" in text:
        text = Markup(text).striptags()  # noqa: S704 tags are taken out, nothing is marked safe
    return _SPACE.sub(lambda m: "\n" if "\n" in m.group() else " ", text).strip()


def tagged(text: str) -> dict[str, str]:
    """A text under the language that its characters show; nothing for an empty one."""
    text = plain(text)
    if not text:
        return {}
    if not _CHINESE.search(text):
        return {"en": text}
    return {"zh-Hant" if is_traditional(text) else "zh": text}


def frequency(text: str) -> Frequency | None:
    """What a repeating interval or an English word means."""
    said = text.strip()
    return _INTERVALS.get(said) or _WORDS.get(said.lower())


def checked_uscc(text: str) -> str | None:
    """A 统一社会信用代码 whose check character holds."""
    return uscc.compact(text) if text and uscc.is_valid(text) else None


def filled(values: Mapping[str, Any], known: Container[str]) -> dict[str, Any]:
    """What a source says under names that are not known, without the empty ones."""
    return {k: v for k, v in values.items() if k not in known and v not in (None, "", [], {})}


def reason(error: ValidationError) -> str:
    """Why a record was refused, in one line that names the field."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg']}"
