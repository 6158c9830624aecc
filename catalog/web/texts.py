"""Values as people read them: days, sizes, figures, marked words. Nothing here knows HTTP."""

import re
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson
from babel.dates import format_timedelta
from babel.numbers import format_compact_decimal, format_decimal
from markupsafe import Markup, escape

HERE = ZoneInfo("Asia/Shanghai")
#: A year, a month, a week and a day, as Babel counts them.
_UNITS = (365, 30, 7, 1)
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_FIGURE = re.compile(r"[-+]?[\d,]*\.?\d+%?")
_SENTENCE_END = re.compile(r"[。！？!?]|\.(?=\s|$)|\n")
_LONGEST = 300
_LATIN = re.compile(r"[A-Za-z]{2}")


def day(moment: datetime | date | None) -> str:
    """The day of a moment, where readers live."""
    return _here(moment).isoformat() if moment else ""


def minute(moment: datetime | None) -> str:
    """Day and minute of a moment, where readers live."""
    return moment.astimezone(HERE).strftime("%Y-%m-%d %H:%M") if moment else ""


def ago(then: datetime | date | str | None, now: datetime, language: str) -> str:
    """How long ago a day was, in words; nothing where it is not known or still to come."""
    if then is None:
        return ""
    then = date.fromisoformat(then) if isinstance(then, str) else then
    gap = _here(then) - _here(now)
    if gap.days > 0:
        return ""
    if gap.days == 0:
        return "今天" if language == "zh" else "today"
    # Whole units that have passed, so that 20 months are one year and not two.
    unit = next(days for days in _UNITS if -gap.days >= days)
    passed = timedelta(days=-gap.days // unit * unit)
    return format_timedelta(-passed, granularity="day", threshold=1, add_direction=True, locale=language)


def marked(text: str, spans: list[list[int]] | None) -> Markup:
    """A text with its found words marked; everything else is escaped."""
    parts, at = [], 0
    for start, end in spans or ():
        parts += [escape(text[at:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
        at = end
    return Markup("").join([*parts, escape(text[at:])])


def size(count: int | None) -> str:
    """Bytes as people read them."""
    number = float(count or 0)
    for unit in ("B", "KB", "MB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" or number >= 10 else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} GB"


def figure(count: int, language: str) -> str:
    """A figure in a sentence: 5.8万 in Chinese, 58,000 in English."""
    if language == "zh" and count >= 10_000:
        return format_compact_decimal(count, locale=language, fraction_digits=1)
    return format_decimal(count, locale=language)


def plain(value: Any) -> str:
    """What a source said, as one text."""
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()


def is_figure(value: str) -> bool:
    """Whether a cell holds a number, and belongs to the right."""
    return _FIGURE.fullmatch(value.strip()) is not None


def sentence(text: str) -> str:
    """The first sentence of a description."""
    end = _SENTENCE_END.search(text.strip()[:_LONGEST])
    return text.strip()[: end.end() if end else _LONGEST].strip()


def lang(text: str, language: str) -> Markup:
    """The ``lang`` attribute of a text in the other language; nothing where it is in the page's own."""
    other = "zh" if _CHINESE.search(text) else "en" if _LATIN.search(text) else language
    return Markup("") if other == language else Markup(f' lang="{other}"')  # noqa: S704 one of two tags


def address(path: str, **parameters: Any) -> str:
    """A path with its parameters; a list repeats its name, an empty one is left out."""
    given = {name: value for name, value in parameters.items() if value not in (None, "", (), [])}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def _here(moment: datetime | date) -> date:
    return moment.astimezone(HERE).date() if isinstance(moment, datetime) else moment
