"""A digest of what an index was given of a record: equal digests, equal contents."""

from hashlib import blake2b

import orjson

from search.model import Document

#: As many bits of a hash as a number of either engine takes.
_BYTES = 7


def number_of(said: bytes) -> int:
    """A hash as a number that both engines keep."""
    return int.from_bytes(blake2b(said, digest_size=_BYTES).digest())


def digest(document: Document) -> int:
    """Of all but the vector, which is made of the title, by another hand and later."""
    said = (
        document.seals,
        document.text,
        document.facets,
        document.dates,
        document.card,
        document.signals,
        document.owners,
    )
    return number_of(orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
