"""One line per facet; schema, mapping, address and page follow."""

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
    "preview",
    "api",
)

#: Those of which a record may have several values.
MANY = frozenset({"theme", "format", "keyword"})

DATES = ("modified", "issued")

#: What a query can be narrowed by: values of facets, codes of places with all below them, an organization with all
#: beneath it, a series, periods.
FILTERS = (*FACETS, "place", "owner", "series", *DATES)

#: The value of a facet that stands for none; indexed like any other, so that records without one can be found.
NOTHING = ""


def shape(version: str) -> str:
    """A name for the shape of an index: another one when fields, or the version of what is made of them, change."""
    said = repr((version, FACETS, sorted(MANY), DATES))
    return hashlib.sha256(said.encode()).hexdigest()[:8]
