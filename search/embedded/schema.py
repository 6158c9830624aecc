"""What a tantivy document holds, and how ours becomes one."""

from typing import Any

import orjson
import tantivy

from search.analyzing import Fields
from search.digests import number_of
from search.facets import DATES, FACETS, NOTHING, shape
from search.indexed import POSITIONS, TEXT_FIELDS
from search.model import OPEN_TO_ALL, Document
from search.signals import number

#: Signals are read hit by hit, as a number.
INDEXED = tuple(name for name in TEXT_FIELDS if name != "signal")


#: The seal of what everybody may find; and what stands beside the seals of all else, which is quicker to leave out
#: than the many others are to look up.
(OPEN,) = OPEN_TO_ALL
CLOSED = "!"


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("revision", fast=True)
    builder.add_unsigned_field("digest", fast=True)
    #: Set on what stands for a dropped document, so that a late write does not bring it back.
    builder.add_text_field("gone", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("seals", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("owner", tokenizer_name="raw", index_option="basic")
    for name in INDEXED:
        kept = "position" if name in POSITIONS else "freq"
        builder.add_text_field(name, tokenizer_name="whitespace", index_option=kept)
    builder.add_text_field("series", stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("series_key", fast=True)
    builder.add_unsigned_field("signal", fast=True)
    for name in FACETS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in DATES:
        builder.add_unsigned_field(name, fast=True)
    builder.add_bytes_field("card", stored=True)
    return builder.build()


SCHEMA = _schema()
SHAPE = shape("15")


def document(document: Document, fields: Fields) -> Any:
    """A document with its terms."""
    # A column in which every record has a value is read several times faster than one with gaps.
    series = fields.get("series", document.id)
    said = {
        "id": document.id,
        "revision": document.revision,
        "digest": document.digest,
        "seals": list(document.seals if OPEN in document.seals else (CLOSED, *document.seals)),
        "owner": list(document.owners),
        **{name: fields[name] for name in INDEXED if name in fields},
        "series": series,
        # Texts of a column cannot be read hit by hit.
        "series_key": number_of(series.encode()),
        "signal": number(document.signals, document.dates),
        **{name: list(document.facets.get(name) or (NOTHING,)) for name in FACETS},
        **{name: max(document.dates.get(name, 0), 0) for name in DATES},
        "card": orjson.dumps(document.card),
    }
    return tantivy.Document.from_dict(said, SCHEMA)


def tombstone(document_id: str, revision: int) -> Any:
    """Closed, and without a seal, so nobody finds it."""
    out = tantivy.Document()
    out.add_text("seals", CLOSED)
    out.add_text("id", document_id)
    out.add_unsigned("revision", revision)
    out.add_text("gone", "1")
    return out
