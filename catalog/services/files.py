"""Files that the portal keeps, a folder for each record."""

import hashlib
import os
import re
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from uuid import uuid4

from catalog.domain.datasets import FILE_NAME, Distribution
from catalog.domain.errors import InvalidError

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


def keep(upload: BinaryIO, filename: str, folder: Path) -> Distribution:
    """Write a file through to the disk and say what it is; half of a file is never seen under its name."""
    name = PurePosixPath(filename.replace("\\", "/")).name
    if not re.match(FILE_NAME, name):
        raise InvalidError("The file needs a name.", field="file", cure="Give it a name such as data.csv.")
    folder.mkdir(parents=True, exist_ok=True)
    part, total, check = folder / f".{uuid4().hex}.part", 0, hashlib.sha256()
    try:
        with part.open("wb") as out:
            while chunk := upload.read(_CHUNK):
                total += out.write(chunk)
                check.update(chunk)
            out.flush()
            os.fsync(out.fileno())
        part.replace(folder / name)
    finally:
        part.unlink(missing_ok=True)
    return _described(name, total, check.hexdigest())


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
