"""Secrets of keys and grants: a prefix, 37 random characters and a checksum; only a digest is kept."""

import hashlib
import secrets
import string
import zlib

_ALPHABET = string.ascii_letters + string.digits
_RANDOM = 37
_CHECK = 6


def mint(prefix: str) -> str:
    """A new secret, such as ``shuyuan_key_…``: by its shape scanners find leaks, by its checksum we find typos."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return f"{prefix}_{body}{_checksum(body)}"


def wellformed(secret: str, prefix: str) -> bool:
    """Whether it can be one of ours at all; asked before the database is."""
    head, _, tail = secret.rpartition("_")
    body, check = tail[:_RANDOM], tail[_RANDOM:]
    return head == prefix and len(body) == _RANDOM and check == _checksum(body)


def digest(secret: str) -> str:
    """SHA-256, in hexadecimal. The secret has 220 random bits, so it needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = []
    for _ in range(_CHECK):
        number, rest = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[rest])
    return "".join(digits)
