"""Rows of a list, whatever it is written in: JSON array, JSON lines, CSV, Excel; UTF-8 with or without BOM, GBK, Big5.

The content decides, not the name: portals serve Excel files named ``.csv``. Everything but Excel is streamed.
"""

import codecs
import csv
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import ijson
import orjson
from charset_normalizer import from_bytes
from python_calamine import CalamineError, CalamineWorkbook

from catalog.domain.errors import SourceBrokenError

_SAMPLE = 1 << 18
_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_ENCODINGS = ["utf_8", "gb18030", "big5", "utf_16"]

Row = dict[str, Any]


class RowFile:
    """A file of rows, and how much of it has been read."""

    def __init__(self, path: Path, array: str = "item") -> None:
        """``array`` is where the rows of a JSON document are, as ijson writes it."""
        self._path, self._array = path, array
        self._share, self._read = 0.0, 0

    @property
    def fingerprint(self) -> str:
        """Size and time of the file: another one when it was written anew."""
        try:
            stat = self._path.stat()
        except FileNotFoundError as error:
            raise SourceBrokenError("There is no file {name}.", name=str(self._path)) from error
        return f"{stat.st_size}-{stat.st_mtime_ns}"

    @property
    def total(self) -> int | None:
        """How many rows there will be, judged by the part of the file that has been read."""
        return round(self._read / self._share) if self._share else None

    def numbered(self, start: int) -> Iterator[tuple[int, Row]]:
        """The rows from the one at ``start`` on, each with its place, from 0."""
        for position, row in enumerate(islice(self.rows(), start, None), start):
            self._read = position + 1
            yield position, row

    def rows(self) -> Iterator[Row]:
        """Every row, a dictionary each."""
        try:
            with self._path.open("rb") as file:
                yield from self._measured(file, self._rows(file))
        except FileNotFoundError as error:
            raise SourceBrokenError("There is no file {name}.", name=str(self._path)) from error
        except (ijson.JSONError, orjson.JSONDecodeError, csv.Error, UnicodeError, CalamineError) as error:
            raise SourceBrokenError(
                "{name} breaks off or is not well formed: {why}", name=self._path.name, why=str(error)
            ) from error

    def _measured(self, file: BinaryIO, rows: Iterator[Row]) -> Iterator[Row]:
        size = max(self._path.stat().st_size, 1)
        for row in rows:
            self._share = min(file.tell() / size, 1.0)
            yield row
        self._share = 1.0

    def _rows(self, file: BinaryIO) -> Iterator[Row]:
        sample = file.read(_SAMPLE)
        file.seek(0)
        if sample.startswith(_EXCEL):
            return _excel(self._path)
        start = sample.decode("latin-1").lstrip("\xef\xbb\xbf \t\r\n")[:1]
        encoded = _utf8(file, sample)
        if start == "[" or (start == "{" and self._array != "item"):
            return _json(encoded, self._array)
        return _json_lines(encoded) if start == "{" else _csv(encoded)


def _utf8(file: BinaryIO, sample: bytes) -> Any:
    """The file's bytes, from whatever encoding, in UTF-8 without a BOM."""
    if sample.startswith(codecs.BOM_UTF8):
        file.seek(len(codecs.BOM_UTF8))
        return file
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        best = from_bytes(sample, cp_isolation=_ENCODINGS).best()
        return codecs.EncodedFile(file, "utf-8", best.encoding if best else "gb18030")
    return file


class _Read:
    """A file that can only be read: ijson would fill its buffer past a recoder."""

    def __init__(self, file: Any) -> None:
        self.read = file.read


def _json(file: Any, array: str) -> Iterator[Row]:
    for item in ijson.items(_Read(file), array, use_float=True):
        yield item if isinstance(item, dict) else {"": item}


def _json_lines(file: Any) -> Iterator[Row]:
    for line in file:
        if line.strip():
            item = orjson.loads(line)
            yield item if isinstance(item, dict) else {"": item}


def _csv(file: Any) -> Iterator[Row]:
    # Text that io.TextIOWrapper would read ahead is read by lines, so that the position tells how far it is.
    lines = (bytes(line).decode("utf-8") for line in iter(file.readline, b""))
    head = list(islice(lines, 1))
    if not head:
        return
    try:
        # Only the delimiter is guessed; quotes are those of RFC 4180, whatever the first line lacks.
        delimiter = csv.Sniffer().sniff(head[0], delimiters=",;\t|").delimiter
    except csv.Error:
        delimiter = ","
    names = [name.strip() for name in next(csv.reader(head, delimiter=delimiter))]
    for cells in csv.reader(lines, delimiter=delimiter):
        if any(cells):
            yield dict(zip(_wide(names, len(cells)), cells, strict=False))


def _wide(names: list[str], width: int) -> list[str]:
    """Names for all cells of a row, also for those beyond the head line: what they hold is kept."""
    return names if width <= len(names) else [*names, *(f"列{number}" for number in range(len(names) + 1, width + 1))]


def _excel(path: Path) -> Iterator[Row]:
    with CalamineWorkbook.from_path(path) as book:
        rows = book.get_sheet_by_index(0).iter_rows()
        names = [str(cell).strip() for cell in next(rows, [])]
        for cells in rows:
            if any(cell != "" for cell in cells):
                yield {name: _cell(cell) for name, cell in zip(names, cells, strict=False)}


def _cell(value: Any) -> Any:
    match value:
        case datetime():
            return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
        case date():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return value
