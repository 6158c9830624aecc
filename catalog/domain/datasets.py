"""A record of the catalog, in the terms of DCAT 3 and of the Chinese catalog fields."""

import hashlib
from base64 import b32encode
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from stdnum.cn import uscc

from catalog.domain.vocabulary import Frequency, Grade, Kind, Opening, Purpose, Sharing, Visibility

#: A title or text in the languages it exists in: {"zh": "空气质量", "en": "Air quality"}.
Text = dict[Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")], str]

FILE_NAME = r"^[^./\\\x00-\x1f][^/\\\x00-\x1f]*$"
SOURCE_ID = r"^[\w.-]{1,100}$"
#: Characters of a source's key at the most.
LONGEST_KEY = 2000
#: The source of records that are written here, by hand or by programs with a key.
PORTAL = "portal"

_ORDER = {"zh": ("zh", "zh-Hant", "en"), "en": ("en", "zh", "zh-Hant")}


def in_language(text: Mapping[str, str], language: str) -> str:
    """The text in the reader's language, else in the nearest one there is, else ''."""
    for tag in (language, *_ORDER.get(language[:2], ("zh", "en"))):
        if text.get(tag):
            return text[tag]
    return next(iter(text.values()), "")


def _checked_uscc(value: str) -> str:
    """GB 32100-2015: 18 characters, the last one is a check character."""
    if not uscc.is_valid(value):
        message = "not a 统一社会信用代码 (18 characters with a valid check character)"
        raise ValueError(message)
    return uscc.compact(value)


def _tagged(value: object) -> object:
    return {"zh": value} if isinstance(value, str) else value


Tagged = Annotated[Text, BeforeValidator(_tagged)]
Uscc = Annotated[str, AfterValidator(_checked_uscc)]
SourceId = Annotated[str, StringConstraints(pattern=SOURCE_ID)]
SourceKey = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_KEY)]
#: The name of a file in the folder of its record, and of nothing above or below it.
FileName = Annotated[str, StringConstraints(pattern=FILE_NAME, max_length=255)]
WebAddress = Annotated[str, StringConstraints(pattern=r"^(?i:https?|ftp)://\S+$", max_length=4000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Publisher(_Part):
    """提供方: the organization that answers for a record, with its 统一社会信用代码 where it is known."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    uscc: Uscc | None = None


class Restriction(_Part):
    """A restriction of sharing or opening, and the law, rule or agreement it rests on."""

    basis: str = ""
    conditions: str = ""


class Column(_Part):
    """信息项: one column of the data."""

    name: str
    type: str = ""
    meaning: str = ""


class Distribution(_Part):
    """A form in which the data can be had: a file or an interface (dcat:Distribution)."""

    title: str = ""
    description: str = ""
    format: str = ""
    media_type: str = ""
    url: WebAddress | None = None
    #: Name of a file that the portal itself keeps; it is delivered through the gateway.
    file: FileName | None = None
    bytes: Annotated[int, Field(ge=0)] | None = None
    #: SHA-256, in hexadecimal.
    checksum: str = ""
    columns: tuple[Column, ...] = ()
    #: What a source said of it and no field here holds.
    extra: dict[str, Any] = {}


class Offer(_Part):
    """要约: who may ask for a product, for which purposes, and how much is granted at the most."""

    #: The roles' organizations that may ask; empty: any organization.
    audience: tuple[str, ...] = ()
    purposes: tuple[Purpose, ...] = tuple(Purpose)
    calls: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1000
    days: Annotated[int, Field(ge=1, le=1826)] = 365


class Dataset(_Part):
    """One record: a data set, a data product or a series.

    Titles, keywords and identifiers are Unicode, and nothing is refused for being Chinese. What a source said
    and no field here holds is kept in ``extra`` under the source's own name.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": {"zh": "空气质量监测数据", "en": "Air quality readings"},
                    "description": {"zh": "全市国控站点空气质量小时值。"},
                    "publisher": {"name": "贵阳市生态环境局"},
                    "themes": ["生态环境"],
                    "keywords": ["空气", "PM2.5"],
                    "license": "cn-open",
                    "opening": "unconditional",
                    "frequency": "daily",
                }
            ]
        },
    )

    kind: Kind = Kind.DATASET
    title: Annotated[Tagged, Field(min_length=1)]
    description: Tagged = {}
    #: The identifier that the publisher gave, such as a 目录代码.
    identifier: str = ""
    publisher: Publisher
    themes: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    #: An id of the license register.
    license: str | None = None
    sharing: Sharing | None = None
    sharing_restriction: Restriction | None = None
    opening: Opening | None = None
    opening_restriction: Restriction | None = None
    operable: bool | None = None
    operable_restriction: Restriction | None = None
    grade: Grade | None = None
    frequency: Frequency | None = None
    issued: date | None = None
    modified: date | None = None
    spatial: str = ""
    temporal: str = ""
    landing_page: WebAddress | None = None
    contact: str = ""
    distributions: tuple[Distribution, ...] = ()
    #: For a product: the ids of the records it is made from.
    made_from: tuple[str, ...] = ()
    #: For a product that is to be asked for: on which terms.
    offer: Offer | None = None
    #: The id of the series it belongs to.
    series: str | None = None
    visibility: Visibility = Visibility.PUBLIC
    #: The day on which an embargoed record becomes public.
    public_from: date | None = None
    extra: dict[str, Any] = {}

    @model_validator(mode="after")
    def _embargo_ends(self) -> Self:
        if (self.visibility is Visibility.EMBARGOED) != (self.public_from is not None):
            message = "public_from is the day on which an embargo ends: an embargoed record needs it, no other has it"
            raise ValueError(message)
        return self


class Identity(_Part):
    """Where a record comes from: the source, and the key under which the source knows it."""

    source: SourceId
    source_key: SourceKey
    #: Of a record that was entered here: id of the organization whose key it is. Each has its own, so none tells of
    #: another's.
    owner: str = ""

    @property
    def id(self) -> str:
        """The address of the record here: always the same for the same source and key."""
        return identify(self.source, f"{self.owner}/{self.source_key}" if self.owner else self.source_key)


@lru_cache(maxsize=8192)
def identify(source: str, source_key: str) -> str:
    """16 characters that stand for source and key (80 bits of BLAKE2b, base 32)."""
    digest = hashlib.blake2b(f"{source}\n{source_key}".encode(), digest_size=10).digest()
    return b32encode(digest).decode().lower()
