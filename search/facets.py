"""One line per facet, one per text field; schema, mapping, address and page follow."""

import hashlib

#: What can be counted and narrowed by.
FACETS = (
    "publisher",
    "theme",
    "opening",
    "format",
    "source",
    "kind",
    "license",
    "sharing",
    "operable",
    "frequency",
    "keyword",
)

#: Those of which a record may have several values.
MANY = frozenset({"theme", "format", "keyword"})

#: Text fields, and how much a word found in them weighs.
TEXT_FIELDS = {"title": 4.0, "keywords": 2.0, "organization": 1.5, "description": 1.0}

DATES = ("modified", "issued")


def shape(version: str) -> str:
    """A name for the shape of an index: another one when fields, or the version of what is made of them, change."""
    said = repr((version, FACETS, sorted(MANY), list(TEXT_FIELDS), DATES))
    return hashlib.sha256(said.encode()).hexdigest()[:8]
