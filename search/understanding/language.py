"""The query language: quotes, minus, OR, field:value and ranges, as Lucene writes them. All else are words."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from luqum.exceptions import ParseError
from luqum.parser import parser
from luqum.tree import (
    AndOperation,
    From,
    Group,
    Item,
    Not,
    OrOperation,
    Plus,
    Prohibit,
    Range,
    SearchField,
    To,
    UnknownOperation,
    Word,
)
from luqum.tree import (
    Phrase as Quoted,
)

from search.analysis import fold, phrase
from search.clauses import AllOf, AnyOf, Clause, Phrase, Term
from search.facets import DATES, FACETS
from search.periods import between

#: What people type for the signs of the language.
_SIGNS = str.maketrans(
    {"“": '"', "”": '"', "「": '"', "」": '"', "『": '"', "』": '"', "：": ":", "－": "-", "（": "(", "）": ")"}
)
#: Fields of text, and the indexed pairs of characters that they are looked up in.
_TEXTS = {"title": "title_grams", "publisher": "organization", "text": "grams"}
#: Names of fields in Chinese, as on the pages.
_CHINESE = {
    "标题": "title", "名称": "title", "提供方": "publisher", "发布机构": "publisher", "部门": "publisher",
    "主题": "theme", "关键词": "keyword", "关键字": "keyword", "格式": "format", "许可": "license", "来源": "source",
    "开放属性": "opening", "共享属性": "sharing", "类型": "kind", "更新频率": "frequency", "更新日期": "modified",
    "发布日期": "issued",
}  # fmt: skip
_NAMES = {*FACETS, *DATES, *_TEXTS, *_CHINESE}
#: Nothing else is worth a parser.
_FIELD = rf"(?:^|[\s(-])(?:{'|'.join(sorted(_NAMES))}):\S"
_SPOKEN = re.compile(rf'"|(?:^|\s)[-+(]\S|(?:^|\s)(?:OR|AND|NOT)\s|{_FIELD}')
_DROPPED = re.compile(r'["()\[\]{}+:^~*?\\/<>=&|!-]|\b(?:OR|AND|NOT|TO)\b')


@dataclass(slots=True)
class Parsed:
    """What was typed, taken apart."""

    #: plain words, to be understood
    words: list[str] = field(default_factory=list)
    #: what a record must have, beside the words
    required: list[Clause] = field(default_factory=list)
    without: list[Clause] = field(default_factory=list)
    #: what is looked for literally, to be marked in hits
    quoted: list[str] = field(default_factory=list)
    #: signs that make no sense here, and were passed over
    ignored: tuple[str, ...] = ()


#: Plain words → what finds them.
Understand = Callable[[str], Clause]


def parse(typed: str, understand: Understand) -> Parsed | None:
    """What was typed in the query language; None when it is plain words."""
    text = typed.translate(_SIGNS)
    if not _SPOKEN.search(text):
        return None
    try:
        found = Parsed()
        for item in _parts(parser.parse(text)):
            _take(item, found, understand)
    except (ParseError, ValueError):
        ignored = tuple(dict.fromkeys(_DROPPED.findall(text)))
        return Parsed([_DROPPED.sub(" ", text)], ignored=ignored)
    return found


def _parts(item: Item) -> Iterator[Item]:
    """The things that all have to be there."""
    if isinstance(item, (AndOperation, UnknownOperation)):
        for child in item.children:
            yield from _parts(child)
    elif isinstance(item, Group):
        yield from _parts(item.expr)
    else:
        yield item


def _take(item: Item, found: Parsed, understand: Understand) -> None:
    match item:
        case Word():
            found.words.append(str(item).strip())
        case Not(a=Word()) | Prohibit(a=Word()):
            found.without.append(_phrase("grams", str(item.a)))
        case Not() | Prohibit():
            found.without.append(_clause(item.a, understand))
        case Plus():
            _take(item.a, found, understand)
        case _:
            found.required.append(_clause(item, understand))
            found.quoted += [fold(str(quoted.value)[1:-1]) for quoted in _quoted(item)]


def _quoted(item: Item) -> Iterator[Quoted]:
    if isinstance(item, Quoted):
        yield item
    for child in item.children:
        yield from _quoted(child)


def _clause(item: Item, understand: Understand) -> Clause:
    match item:
        case Quoted():
            return _phrase("grams", str(item.value)[1:-1])
        case OrOperation():
            return AnyOf([_clause(child, understand) for child in item.children])
        case SearchField() if item.name in _NAMES:
            return _field(_CHINESE.get(item.name, item.name), item.expr)
        case Group() | AndOperation() | UnknownOperation():
            return _together(item, understand)
        case Word():
            return understand(str(item).strip())
        case _:
            raise ValueError(str(item))


def _together(item: Item, understand: Understand) -> Clause:
    inner = Parsed()
    for part in _parts(item):
        _take(part, inner, understand)
    words = [understand(" ".join(inner.words))] if inner.words else []
    return AllOf((*words, *inner.required), without=inner.without)


def _field(name: str, value: Item) -> Clause:
    if name in DATES:
        return _between(name, value)
    texts = [str(part.value).strip('"') for part in _values(value)]
    if name in _TEXTS:
        return AnyOf([_phrase(_TEXTS[name], text) for text in texts])
    return AnyOf([Term(name, form) for text in texts for form in dict.fromkeys((text, text.lower(), text.upper()))])


def _values(item: Item) -> Iterator[Word | Quoted]:
    if isinstance(item, (Word, Quoted)):
        yield item
    elif isinstance(item, (OrOperation, Group)) or hasattr(item, "expr"):
        for child in item.children:
            yield from _values(child)
    else:
        raise ValueError(str(item))


def _phrase(name: str, text: str) -> Clause:
    """Character by character: words, as they were cut, would break it."""
    found = phrase(fold(text))
    if not found:
        raise ValueError(text)
    return Phrase(name, found)


def _between(name: str, value: Item) -> Clause:
    match value:
        case Range():
            return between(name, _day(value.low, last=False), _day(value.high, last=True))
        case From():
            return between(name, _day(value.a, last=False) if value.include else _after(value.a), None)
        case To():
            return between(name, None, _day(value.a, last=True) if value.include else _before(value.a))
        case _:
            return between(name, _day(value, last=False), _day(value, last=True))


def _before(value: Item) -> int | None:
    first = _day(value, last=False)
    return None if first is None else first - 1


def _after(value: Item) -> int | None:
    last = _day(value, last=True)
    return None if last is None else last + 1


_DAY = re.compile(r"(\d{4})(?:-?(\d{2}))?(?:-?(\d{2}))?")


def _day(value: Item, *, last: bool) -> int | None:
    """The first or last second of a year, month or day; None for ``*``."""
    text = str(value).strip().strip('"')
    if text == "*":
        return None
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year, month, day = (int(part) if part else None for part in match.groups())
    begin = date(year or 1970, month or 1, day or 1)
    if not last:
        return _seconds(begin)
    if day:
        return _seconds(begin + timedelta(days=1)) - 1
    if month:
        return _seconds((begin.replace(day=28) + timedelta(days=4)).replace(day=1)) - 1
    return _seconds(date(begin.year + 1, 1, 1)) - 1


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
