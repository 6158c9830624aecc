"""DCAT-US (Project Open Data 1.1), as data.json feeds give it."""

from collections.abc import Mapping
from typing import Any

from catalog.domain.vocabulary import Opening
from catalog.formats.fields import address, day, filled, frequency, plain, tagged

_OPENING = {
    "public": Opening.UNCONDITIONAL,
    "restricted public": Opening.CONDITIONAL,
    "non-public": Opening.NONE,
}
_DATASET = {
    "@type",
    "identifier",
    "title",
    "description",
    "publisher",
    "keyword",
    "theme",
    "accessLevel",
    "rights",
    "accrualPeriodicity",
    "issued",
    "modified",
    "spatial",
    "temporal",
    "landingPage",
    "contactPoint",
    "distribution",
    "license",
    "@id",
}
_DISTRIBUTION = {"@type", "title", "description", "format", "mediaType", "downloadURL", "accessURL"}


def from_datajson(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A dataset of the feed as the fields of a Dataset, without its license."""
    publisher, contact = entry.get("publisher") or {}, entry.get("contactPoint") or {}
    opening = _OPENING.get(str(entry.get("accessLevel") or ""))
    often, modified = str(entry.get("accrualPeriodicity") or ""), str(entry.get("modified") or "")
    rights = plain(str(entry.get("rights") or ""))
    return {
        "title": tagged(str(entry.get("title") or "")),
        "description": tagged(str(entry.get("description") or "")),
        "identifier": str(entry.get("identifier") or ""),
        "publisher": {"name": plain(str(publisher.get("name") if isinstance(publisher, dict) else publisher)) or None},
        "themes": _words(entry.get("theme")),
        "keywords": _words(entry.get("keyword")),
        "opening": opening,
        "opening_restriction": {"basis": rights} if rights and opening is not Opening.UNCONDITIONAL else None,
        "frequency": frequency(often),
        "issued": day(str(entry.get("issued") or "")),
        "modified": day(modified),
        "spatial": _text(entry.get("spatial")),
        "temporal": _text(entry.get("temporal")),
        "landing_page": address(str(entry.get("landingPage") or "")),
        "contact": str(contact.get("hasEmail") or "").removeprefix("mailto:") if isinstance(contact, dict) else "",
        "distributions": [_distribution(d) for d in entry.get("distribution") or () if isinstance(d, dict)],
        "extra": filled(entry, _DATASET) | _unread(often, modified, rights, opening),
    }


def _unread(often: str, modified: str, rights: str, opening: Opening | None) -> dict[str, str]:
    said = {
        "accrualPeriodicity": often if often and frequency(often) is None else "",
        "modified": modified if modified and len(modified) < len("2026-01-01") else "",
        "rights": rights if opening is Opening.UNCONDITIONAL else "",
    }
    return {name: text for name, text in said.items() if text}


def _words(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else [value] if value else []
    return list(dict.fromkeys(text for part in parts if (text := str(part).strip())))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _distribution(entry: Mapping[str, Any]) -> dict[str, Any]:
    said = str(entry.get("downloadURL") or entry.get("accessURL") or "")
    url, media = address(said), str(entry.get("mediaType") or "")
    form = str(entry.get("format") or "").strip() or media.rpartition("/")[2].rpartition("+")[2]
    return {
        "title": plain(str(entry.get("title") or "")),
        "description": plain(str(entry.get("description") or "")),
        "format": (form or ("link" if url else "")).lower()[:40],
        "media_type": media,
        "url": url,
        "extra": filled(entry, _DISTRIBUTION) | ({"url": said} if said and not url else {}),
    }
