"""Lists of Chinese portals, through a field mapping."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from catalog.domain.datasets import Dataset
from catalog.formats.fields import address, checked_uscc, day, filled, plain, reason, tagged
from catalog.formats.rows import RowFile
from ingest.files import attached
from ingest.licenses import license_of
from ingest.mapping import Mapping as FieldMapping
from ingest.mapping import key_of
from ingest.source import Record, Rejected

#: A title is at least the beginning of the description.
_TITLE = 60
_UNTITLED = "（原目录未给出名称）"
_CONTROLLED = ("opening", "sharing", "operable", "grade", "frequency")
_READ: Mapping[str, Callable[[str], object]] = {
    "issued": day,
    "modified": day,
    "uscc": checked_uscc,
    "landing_page": address,
}


class ListSource:
    """A file of rows and the mapping that reads them."""

    def __init__(self, path: Path, mapping: FieldMapping) -> None:
        self._path, self._mapping = path, mapping
        self._file = RowFile(path)
        self._placed = mapping.columns()
        self.unplaced: set[str] = set()

    @property
    def fingerprint(self) -> str:
        return self._file.fingerprint

    @property
    def total(self) -> int | None:
        return self._file.total

    def records(self, start: int) -> Iterator[Record | Rejected]:
        for position, row in self._file.numbered(start):
            yield self._record(position, row)

    def _record(self, position: int, row: Mapping[str, Any]) -> Record | Rejected:
        texts = self._mapping.texts(row)
        publisher = texts.get("publisher") or self._mapping.publisher
        key = key_of(texts, publisher)
        if not publisher:
            return Rejected(position, key, "publisher: the row names none, and neither does the mapping")
        self.unplaced.update(row.keys() - self._placed)
        try:
            return self._kept(position, key, row, {**texts, "publisher": publisher})
        except ValidationError as error:
            return Rejected(position, key, reason(error))

    def _kept(self, position: int, key: str, row: Mapping[str, Any], texts: dict[str, str]) -> Record:
        meant = license_of(title=texts.get("license", ""))
        named = self._mapping.items(row, "files")
        files = attached(self._path.parent, named)
        described = tagged(texts.get("description", ""))
        title = tagged(texts.get("title", "")) or {tag: text[:_TITLE] for tag, text in described.items()}
        values = {
            **self._words(texts),
            "title": title or {"zh": _UNTITLED},
            "description": described,
            "identifier": texts.get("identifier", ""),
            "publisher": {"name": plain(texts["publisher"]), "uscc": checked_uscc(texts.get("uscc", ""))},
            "themes": self._mapping.items(row, "themes"),
            "keywords": self._mapping.items(row, "keywords"),
            "license": meant.id if meant else None,
            "issued": day(texts.get("issued", "")),
            "modified": day(texts.get("modified", "")),
            "spatial": texts.get("spatial") or self._mapping.spatial,
            "temporal": texts.get("temporal", ""),
            "landing_page": address(texts.get("landing_page", "")),
            "contact": texts.get("contact", ""),
            "distributions": self._distributions(row, files),
            "extra": self._extra(row, texts) | self._lost(named, files),
        }
        return Record(position, key, Dataset.model_validate(values), meant, tuple(files))

    def _words(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """The fields whose words are controlled, and what restricts them."""
        mean = self._mapping.value
        found: dict[str, Any] = {name: mean(name, texts.get(name, "")) for name in _CONTROLLED}
        if found["opening"] in ("conditional", "none") and (said := texts.get("opening_conditions")):
            found["opening_restriction"] = None if mean("opening", said) else {"basis": said}
        if found["sharing"] in ("conditional", "none") and (said := texts.get("sharing_basis")):
            found["sharing_restriction"] = {"basis": said}
        return found

    def _extra(self, row: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
        extra = filled(row, self._placed)
        extra.update(self._unread(texts))
        return extra

    def _lost(self, named: tuple[str, ...], files: Mapping[Path, object]) -> dict[str, Any]:
        """Names of files that do not lie beside the list."""
        lost = [name for name in named if (self._path.parent / name).resolve() not in files]
        return {self._mapping.fields["files"][0]: lost} if lost else {}

    def _unread(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Columns that have a place, but whose words we could not read: kept as the source wrote them."""
        unread = [name for name in _CONTROLLED if name in texts and self._mapping.value(name, texts[name]) is None]
        unread += [name for name, read in _READ.items() if name in texts and read(texts[name]) is None]
        return {self._mapping.fields[name][0]: texts[name] for name in unread}

    def _distributions(self, row: Mapping[str, Any], files: Mapping[Path, dict[str, Any]]) -> list[dict[str, Any]]:
        columns = _columns(next((row[c] for c in self._mapping.fields.get("columns", ()) if row.get(c)), ()))
        kept = [{**part, "columns": columns} for part in files.values()]
        formats = [self._mapping.value("formats", f) or f.lower()[:40] for f in self._mapping.items(row, "formats")]
        there = {part["format"] for part in kept}
        others = [{"format": f, "columns": columns if not kept else ()} for f in formats if f not in there]
        return [*kept, *others]


def _columns(said: Any) -> list[dict[str, str]]:
    """信息项 as a list of objects, or as "name:type:meaning; …"."""
    if isinstance(said, list):
        return [
            {
                "name": str(c.get("名称") or c.get("name") or ""),
                "type": str(c.get("类型") or c.get("type") or ""),
                "meaning": str(c.get("说明") or c.get("meaning") or ""),
            }
            for c in said
            if isinstance(c, dict)
        ]
    parts = [re.split(r"[:：]", item.strip(), maxsplit=2) for item in re.split(r"[;；\n]", str(said or ""))]
    return [dict(zip(("name", "type", "meaning"), part, strict=False)) for part in parts if part[0]]
