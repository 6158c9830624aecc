"""One line per facet, one per text field; schema, mapping, address and page follow."""

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

#: Text fields, and how much a word found in them weighs.
TEXT_FIELDS = {"title": 4.0, "keywords": 2.0, "organization": 1.5, "description": 1.0}

DATES = ("modified", "issued")
