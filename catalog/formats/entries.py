"""The audit as CSV, in words for people. Only written here."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from catalog.domain.audit import AuditRecord
from catalog.domain.vocabulary import label
from catalog.formats.tables import harmless
from catalog.language import N_, translate

COLUMNS: Mapping[str, str] = {
    "id": N_("Id"),
    "at": N_("Time"),
    "actor": N_("Acted as"),
    "actor_id": N_("Who"),
    "act": N_("Act"),
    "target": N_("Upon"),
    "organization": N_("Organization"),
    "address": N_("From"),
    "request": N_("Request id"),
    "detail": N_("Details"),
    "changes": N_("Before and after"),
    "digests": N_("Personal data, as digests"),
    "glass": N_("Emergency access"),
}


def written(batches: Iterator[list[AuditRecord]], language: str) -> Iterator[bytes]:
    """The file in pieces, one for each batch."""
    # Excel takes a file for UTF-8 by this mark only.
    yield b"\xef\xbb\xbf" + _lines([[translate(words, language) for words in COLUMNS.values()]])
    for batch in batches:
        yield _lines([[_cell(name, getattr(record, name), language) for name in COLUMNS] for record in batch])


def _lines(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode()


def _cell(name: str, value: Any, language: str) -> str:
    if name == "act":
        return label("act", value, language)
    if isinstance(value, Mapping):
        return orjson.dumps(value).decode() if value else ""
    return harmless(value.isoformat() if name == "at" else str(value))
