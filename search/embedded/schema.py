"""What a tantivy document holds, and how ours becomes one."""

from typing import Any

import orjson
import tantivy

from search.analysis import terms
from search.facets import DATES, FACETS, MANY, TEXT_FIELDS, shape
from search.model import Document

#: Stands for "no value" in the facets that hold one value.
NOTHING = ""


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("revision", fast=True)
    #: Set on what stands for a dropped document, so that a late write does not bring it back.
    builder.add_text_field("gone", tokenizer_name="raw", index_option="basic")
    for name in TEXT_FIELDS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in FACETS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in DATES:
        builder.add_unsigned_field(name, fast=True)
    builder.add_bytes_field("card", stored=True)
    return builder.build()


SCHEMA = _schema()
SHAPE = shape("1")


def document(document: Document) -> Any:
    out = tantivy.Document()
    out.add_text("id", document.id)
    out.add_unsigned("revision", document.revision)
    for name in TEXT_FIELDS:
        if text := document.text.get(name):
            out.add_text(name, " ".join(terms(text)))
    for name in FACETS:
        # A column in which every record has a value is counted several times faster than one with gaps.
        for value in document.facets.get(name, ()) or (() if name in MANY else (NOTHING,)):
            out.add_text(name, value)
    for name in DATES:
        out.add_unsigned(name, max(document.dates.get(name, 0), 0))
    out.add_bytes("card", orjson.dumps(document.card))
    return out


def tombstone(document_id: str, revision: int) -> Any:
    out = tantivy.Document()
    out.add_text("id", document_id)
    out.add_unsigned("revision", revision)
    out.add_text("gone", "1")
    return out
