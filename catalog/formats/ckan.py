"""CKAN's package, as ``package_show`` gives it."""

from collections.abc import Mapping
from typing import Any

from catalog.domain.vocabulary import Opening, Visibility
from catalog.formats.fields import address, day, filled, frequency, plain, tagged

#: What has a place in our record, or repeats what has one.
_PACKAGE = {
    "id",
    "name",
    "title",
    "notes",
    "url",
    "version",
    "license_id",
    "license_title",
    "license_url",
    "isopen",
    "organization",
    "owner_org",
    "tags",
    "groups",
    "resources",
    "extras",
    "metadata_created",
    "metadata_modified",
    "maintainer_email",
    "author_email",
    "private",
    "state",
    "type",
    "num_resources",
    "num_tags",
    "creator_user_id",
    "relationships_as_subject",
    "relationships_as_object",
    "revision_id",
    "update_frequency",
    "frequency",
}
_RESOURCE = {
    "id",
    "package_id",
    "position",
    "name",
    "description",
    "url",
    "format",
    "mimetype",
    "size",
    "hash",
    "state",
    "created",
    "last_modified",
    "metadata_modified",
    "revision_id",
    "cache_url",
    "cache_last_updated",
    "url_type",
    "mimetype_inner",
    "resource_type",
    "datastore_active",
}


def from_ckan(package: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """A package as the fields of a Dataset, without its license; ``words`` say what a frequency in words means."""
    extras = {e.get("key"): e.get("value") for e in package.get("extras") or () if isinstance(e, dict)}
    often = str(package.get("update_frequency") or package.get("frequency") or extras.get("frequency") or "").strip()
    meant = words.get(often) or frequency(often)
    organization = package.get("organization") or {}
    title = str(package.get("title") or package.get("name") or "")
    known = {"frequency", "spatial", "temporal"}
    return {
        "title": tagged(title),
        "description": tagged(str(package.get("notes") or "")),
        "identifier": str(package.get("name") or ""),
        "publisher": {"name": plain(str(organization.get("title") or organization.get("name") or "")) or None},
        "themes": [t for g in package.get("groups") or () if (t := _shown(g))],
        "keywords": list(dict.fromkeys(t for tag in package.get("tags") or () if (t := _shown(tag)))),
        "opening": Opening.NONE if package.get("private") else Opening.UNCONDITIONAL,
        "visibility": _visibility(package),
        "frequency": meant,
        "issued": day(str(package.get("metadata_created") or "")),
        "modified": day(str(package.get("metadata_modified") or "")),
        "spatial": str(extras.get("spatial") or ""),
        "temporal": str(extras.get("temporal") or ""),
        "landing_page": address(str(package.get("url") or "")),
        "contact": str(package.get("maintainer_email") or package.get("author_email") or ""),
        "distributions": [_distribution(r) for r in package.get("resources") or () if isinstance(r, dict)],
        "extra": {
            **filled(package, _PACKAGE),
            **filled({k: v for k, v in extras.items() if k}, known),
            **({} if meant or not often else {"frequency": often}),
        },
    }


def _visibility(package: Mapping[str, Any]) -> Visibility:
    if package.get("state", "active") != "active":
        return Visibility.DRAFT
    return Visibility.PRIVATE if package.get("private") else Visibility.PUBLIC


def _shown(entry: Any) -> str:
    if isinstance(entry, dict):
        return str(entry.get("display_name") or entry.get("title") or entry.get("name") or "").strip()
    return str(entry).strip()


def _distribution(resource: Mapping[str, Any]) -> dict[str, Any]:
    said = str(resource.get("url") or "")
    url, size = address(said), str(resource.get("size") or "")
    return {
        "title": plain(str(resource.get("name") or "")),
        "description": plain(str(resource.get("description") or "")),
        "format": str(resource.get("format") or "").strip().lower()[:40],
        "media_type": str(resource.get("mimetype") or ""),
        "url": url,
        "bytes": int(size) if size.isdecimal() else None,
        "checksum": str(resource.get("hash") or ""),
        "extra": filled(resource, _RESOURCE) | ({"url": said} if said and not url else {}),
    }
