"""data.json feeds (DCAT-US, Project Open Data 1.1)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from catalog.domain.datasets import Dataset
from catalog.formats.datajson import from_datajson
from catalog.formats.fields import reason
from catalog.formats.rows import RowFile
from ingest.files import attach
from ingest.licenses import license_of
from ingest.source import Record, Rejected


class DataJsonSource:
    """A feed that lies in a file."""

    unplaced = ()

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = RowFile(path, "dataset.item")

    @property
    def fingerprint(self) -> str:
        return self._file.fingerprint

    @property
    def total(self) -> int | None:
        return self._file.total

    def records(self, start: int) -> Iterator[Record | Rejected]:
        for position, row in self._file.numbered(start):
            yield self._record(position, row)

    def _record(self, position: int, row: dict[str, Any]) -> Record | Rejected:
        key = str(row.get("identifier") or row.get("landingPage") or "").strip()
        if not key:
            return Rejected(position, "", "identifier: a feed identifies each dataset, and this one it does not")
        meant = license_of(url=str(row.get("license") or ""))
        values = from_datajson(row) | {"license": meant.id if meant else None}
        files = attach(self._path.parent, values["distributions"])
        try:
            return Record(position, key, Dataset.model_validate(values), meant, files)
        except ValidationError as error:
            return Rejected(position, key, reason(error))
