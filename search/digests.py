"""Hashes that both engines keep as numbers."""

from hashlib import blake2b

#: As many bits of a hash as a number of either engine takes.
_BYTES = 7


def number_of(said: bytes) -> int:
    """A hash as a number that both engines keep."""
    return int.from_bytes(blake2b(said, digest_size=_BYTES).digest())
