"""A result as an Atom feed (RFC 4287), page by page (RFC 5005). Only written here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

if TYPE_CHECKING:
    from feedgen.entry import FeedEntry

MEDIA_TYPE = "application/atom+xml"
#: What XML 1.0 cannot hold.
_UNHOLDABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself."""

    title: str
    language: str
    #: Address of the portal, of the results as a page, and of this and the next page of the feed.
    portal: str
    results: str
    here: str
    next: str | None
    #: What stays the same on every page of the feed, and at every address of the portal.
    name: str


def feed(about: Feed, records: Sequence[Mapping[str, Any]]) -> bytes:
    """A page of a feed, its entries in the order of the records; it changes only when one of them does."""
    from feedgen.feed import FeedGenerator  # noqa: PLC0415 9 MB that few servers need

    out = FeedGenerator()
    out.id(_permanent("search", about.name))
    out.title(_xml(about.title))
    out.language(about.language)
    out.author(name="数源 Shuyuan")
    out.link(href=about.here, rel="self", type=MEDIA_TYPE)
    out.link(href=about.results, rel="alternate", type="text/html")
    if about.next:
        out.link(href=about.next, rel="next", type=MEDIA_TYPE)
    for record in records:
        _fill(out.add_entry(order="append"), record, about.portal)
    out.updated(max(map(_updated, records), default=datetime.fromisoformat("1970-01-01T00:00:00Z")))
    return bytes(out.atom_str(pretty=True))


def _fill(entry: "FeedEntry", record: Mapping[str, Any], portal: str) -> None:
    entry.id(_permanent("dataset", record["id"]))
    entry.title(_xml(record["title"]))
    entry.link(href=f"{portal}/datasets/{record['id']}", rel="alternate", type="text/html")
    entry.updated(_updated(record))
    entry.author(name=_xml(record["publisher"]))
    entry.summary(_xml(record["description"] or record["title"]))
    entry.category([{"term": _xml(theme)} for theme in record["themes"]])


def _permanent(kind: str, name: str) -> str:
    """An id that follows from the thing alone, so it outlives a move of the portal to another address."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'shuyuan:{kind}:{name}')}"


def _updated(record: Mapping[str, Any]) -> datetime:
    """The day that the publisher names, else the moment when the portal last wrote the record."""
    day = record["modified"]
    return datetime.fromisoformat(f"{day}T00:00:00Z" if day else record["updated_at"])


def _xml(text: str) -> str:
    return _UNHOLDABLE.sub("", text)
