"""CKAN: JSON-lines dumps, and live portals through their Action API."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ckanapi import RemoteCKAN
from ckanapi.errors import CKANAPIError
from pydantic import ValidationError

from catalog.domain.datasets import Dataset
from catalog.domain.errors import SourceBrokenError
from catalog.formats.ckan import from_ckan
from catalog.formats.fields import reason
from catalog.formats.rows import RowFile
from ingest.fetch import Fetcher
from ingest.files import attach
from ingest.licenses import license_of
from ingest.mapping import usual
from ingest.source import Record, Rejected

_ROWS = 100


class CkanDumpSource:
    """A dump of packages, one a line."""

    unplaced = ()

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = RowFile(path)

    @property
    def fingerprint(self) -> str:
        return self._file.fingerprint

    @property
    def total(self) -> int | None:
        return self._file.total

    def records(self, start: int) -> Iterator[Record | Rejected]:
        for position, package in self._file.numbered(start):
            yield _record(position, package, self._path.parent)


class CkanSource:
    """A portal's ``package_search``, page by page in the order of ids."""

    unplaced = ()

    def __init__(self, url: str, fetcher: Fetcher) -> None:
        self._ckan = RemoteCKAN(url, session=fetcher, get_only=True)
        self._count: int | None = None

    @property
    def fingerprint(self) -> str:
        return ""

    @property
    def total(self) -> int | None:
        return self._count

    def records(self, start: int) -> Iterator[Record | Rejected]:
        position, last = start, None
        while packages := self._page(position):
            first = packages[0].get("id")
            if first == last:
                raise SourceBrokenError("The portal gives the same page again and again.")
            last = first
            for package in packages:
                yield _record(position, package, None)
                position += 1
        if self._count is not None and position < self._count:
            raise SourceBrokenError(
                "The portal promises {count} packages, and gave {got}.", count=self._count, got=position
            )

    def _page(self, start: int) -> list[dict[str, Any]]:
        try:
            answer = self._ckan.action.package_search(rows=_ROWS, start=start, sort="id asc")
            self._count = int(answer["count"])
            results: list[dict[str, Any]] = answer["results"]
        except (CKANAPIError, KeyError, TypeError, ValueError) as error:
            raise SourceBrokenError("The portal's answer is not CKAN's: {why}", why=str(error)) from error
        return results


def _record(position: int, package: Mapping[str, Any], folder: Path | None) -> Record | Rejected:
    key = str(package.get("id") or package.get("name") or "").strip()
    if not key:
        return Rejected(position, "", "id: a package has one, and this one has not")
    meant = license_of(
        name=str(package.get("license_id") or ""),
        url=str(package.get("license_url") or ""),
        title=str(package.get("license_title") or ""),
        is_open=package.get("isopen") if package.get("license_id") else None,
    )
    values = from_ckan(package, usual()["values"]["frequency"]) | {"license": meant.id if meant else None}
    files = attach(folder, values["distributions"]) if folder else ()
    try:
        return Record(position, key, Dataset.model_validate(values), meant, files)
    except ValidationError as error:
        return Rejected(position, key, reason(error))
