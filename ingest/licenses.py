"""Which license of the register a source means, by its id, address or title."""

import hashlib
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from catalog.domain.registers import License

_FILE = Path(__file__).parent / "mappings" / "licenses.toml"


def license_of(*, name: str = "", url: str = "", title: str = "", is_open: bool | None = None) -> License | None:
    """The known license of this name or address; else a new entry; None where nothing is said."""
    if not (name or url or title):
        return None
    known = _known()
    for said in (name, url, title):
        if said and (found := known.get(_plain(said))):
            return found
    shown = title or name or url
    license_id = (
        name if name and len(name) <= 60 and name.isascii() else hashlib.sha256(shown.encode()).hexdigest()[:12]
    )
    return License(license_id.lower(), {"zh": shown, "en": shown}, url, is_open)


@cache
def _known() -> dict[str, License]:
    entries: list[dict[str, Any]] = tomllib.loads(_FILE.read_text("utf-8"))["license"]
    known = {}
    for entry in entries:
        meant = License(entry["id"], {"zh": entry["zh"], "en": entry["en"]}, entry.get("url", ""), entry.get("open"))
        for said in (entry["id"], entry["zh"], entry["en"], entry.get("url", ""), *entry.get("also", ())):
            if said:
                known[_plain(said)] = meant
    return known


def _plain(said: str) -> str:
    """Addresses without what does not matter in them."""
    said = said.strip().lower()
    if "://" in said:
        said = said.partition("://")[2].removeprefix("www.").rstrip("/")
    return said
