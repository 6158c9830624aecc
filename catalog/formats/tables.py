"""A result to take away: CSV and Excel in words for people, JSON lines in codes for programs. Only written here."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from tempfile import TemporaryFile
from typing import Any

import orjson

from catalog.domain.vocabulary import label
from catalog.language import N_, translate

#: Pages of records, each a card of the search with its ``url``.
Pages = Iterator[list[dict[str, Any]]]

COLUMNS: Mapping[str, str] = {
    "id": N_("Id"),
    "title": N_("Title"),
    "publisher": N_("Publisher"),
    "kind": N_("Kind"),
    "themes": N_("Themes"),
    "keywords": N_("Keywords"),
    "opening": N_("Opening"),
    "sharing": N_("Sharing"),
    "license": N_("License"),
    "formats": N_("Formats"),
    "frequency": N_("Frequency"),
    "issued": N_("Issued"),
    "modified": N_("Modified"),
    "landing_page": N_("Source page"),
    "url": N_("Address here"),
}
#: Records that a sheet of Excel holds, below its head line.
MOST_ROWS = 1_048_575
_LONGEST_CELL = 32_767
#: OWASP, CSV injection: how a cell begins that a spreadsheet would run, also in full width.
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CHUNK = 1 << 16


class Form(StrEnum):
    """What a result may be taken away as."""

    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"


MEDIA_TYPES = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.JSONL: "application/jsonl",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def written(form: Form, pages: Pages, language: str) -> Iterator[bytes]:
    """The file in pieces, one or none for each page, so that a writer in between can stop or wait."""
    writers: dict[Form, Callable[[Pages, str], Iterator[bytes]]] = {
        Form.CSV: _csv,
        Form.JSONL: _jsonl,
        Form.XLSX: _xlsx,
    }
    return writers[form](pages, language)


def harmless(cell: str) -> str:
    """The text of a cell, which no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_RUN) else cell


def _csv(pages: Pages, language: str) -> Iterator[bytes]:
    # Excel takes a file for UTF-8 by this mark only. All cells are quoted, so none is split at another separator.
    yield b"\xef\xbb\xbf" + _lines([_head(language)])
    for page in pages:
        yield _lines([[harmless(cell) for cell in _cells(record, language)] for record in page])


def _lines(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode()


def _jsonl(pages: Pages, _language: str) -> Iterator[bytes]:
    for page in pages:
        told = ({name: record.get(name) for name in COLUMNS} for record in page)
        yield b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in told)


def _xlsx(pages: Pages, language: str) -> Iterator[bytes]:
    """Row by row into a file on the disk, since the table of contents of a zip file comes last."""
    from xlsxwriter import Workbook  # noqa: PLC0415 few servers are ever asked for a sheet

    with TemporaryFile() as file:
        with Workbook(file, {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 0)
            number = _write(sheet, 0, [_head(language)])
            for page in pages:
                number = _write(sheet, number, [_cells(record, language) for record in page])
                yield b""
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def _write(sheet: Any, first: int, rows: Sequence[Sequence[str]]) -> int:
    """Rows from a line on; the line below them."""
    for line, row in enumerate(rows, first):
        for place, cell in enumerate(row):
            # As a string, whatever it looks like: a string is never run.
            sheet.write_string(line, place, cell[:_LONGEST_CELL])
    return first + len(rows)


def _head(language: str) -> list[str]:
    return [translate(words, language) for words in COLUMNS.values()]


def _cells(record: Mapping[str, Any], language: str) -> list[str]:
    return [_cell(name, record.get(name), language) for name in COLUMNS]


def _cell(name: str, value: Any, language: str) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(value)
    return label(name, value, language) if value else ""
