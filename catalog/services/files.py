"""Files that the portal keeps, a folder for each record."""

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from uuid import uuid4

from catalog.domain.datasets import FILE_NAME, Distribution
from catalog.domain.errors import InvalidError, TooLargeError, UnsafeFileError
from catalog.services.filetypes import check
from catalog.services.scanning import Scan

_CHUNK = 1 << 20
_MEDIA_TYPES = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "json": "application/json",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
    "zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class Uploads:
    """What strangers' files pass before they are kept, and where they are kept."""

    folder: Path
    #: MB at the most
    limit: int
    scan: Scan

    def keep(self, upload: BinaryIO, filename: str, record_id: str) -> Distribution:
        """TooLargeError, UnsafeFileError, ScannerDownError: nothing is kept."""
        return keep(upload, filename, self.folder / record_id, most=self.limit << 20, admit=self._admit)

    def drop(self, record_id: str) -> None:
        """Forget the files of a record that was not written."""
        shutil.rmtree(self.folder / record_id, ignore_errors=True)

    def _admit(self, path: Path, name: str) -> None:
        check(path, name)
        if found := self.scan(path):
            raise UnsafeFileError(
                "The scanner has found {found} in this file.",
                field="file",
                found=found,
                cure="Clean the machine that it comes from, and send it again.",
            )


def keep(
    upload: BinaryIO,
    filename: str,
    folder: Path,
    *,
    most: int | None = None,
    admit: Callable[[Path, str], None] = lambda _path, _name: None,
) -> Distribution:
    """Write a file through to the disk and say what it is; half of a file is never seen under its name.

    ``admit`` looks at the whole file before it has its name, and may raise.
    """
    name = PurePosixPath(filename.replace("\\", "/")).name
    if not re.match(FILE_NAME, name):
        raise InvalidError("The file needs a name.", field="file", cure="Give it a name such as data.csv.")
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{uuid4().hex}.part"
    try:
        total, checksum = _written(upload, part, most)
        admit(part, name)
        part.replace(folder / name)
    finally:
        part.unlink(missing_ok=True)
        _drop_empty(folder)
    return _described(name, total, checksum)


def _written(upload: BinaryIO, part: Path, most: int | None) -> tuple[int, str]:
    total, digest = 0, hashlib.sha256()
    with part.open("wb") as out:
        while chunk := upload.read(_CHUNK):
            total += out.write(chunk)
            if most is not None and total > most:
                raise TooLargeError(
                    "The file is larger than is allowed.", field="file", cure="At most {limit} MB.", limit=most >> 20
                )
            digest.update(chunk)
        out.flush()
        os.fsync(out.fileno())
    return total, digest.hexdigest()


def _drop_empty(folder: Path) -> None:
    with suppress(OSError):  # it holds files
        folder.rmdir()


def describe(path: Path) -> Distribution:
    """A file that lies elsewhere, as the distribution it would be once it is kept."""
    check = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            check.update(chunk)
    return _described(path.name, path.stat().st_size, check.hexdigest())


def _described(name: str, size: int, checksum: str) -> Distribution:
    form = PurePosixPath(name).suffix[1:].lower()
    media_type = _MEDIA_TYPES.get(form, "application/octet-stream")
    return Distribution(title=name, format=form, media_type=media_type, file=name, bytes=size, checksum=checksum)
