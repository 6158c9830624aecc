"""Passwords: which are good enough (NIST SP 800-63B), and their hashes (argon2id)."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from catalog.domain.errors import InvalidError

#: Characters. From LONG on a password is good without a second factor too.
SHORTEST, LONG, LONGEST = 8, 15, 128
#: What a hash is made with: argon2-cffi's defaults, the low-memory choice of RFC 9106.
_HASHER = PasswordHasher()
#: So few different characters are as good as none.
_FEWEST_DIFFERENT = 4
_SHORTEST_WORD = 3
_PORTAL = ("shuyuan", "数源")


def normal(password: str) -> str:
    """The one form of a password, however a keyboard writes it."""
    return unicodedata.normalize("NFKC", password)


def checked(password: str, *, about: Iterable[str], field: str = "password") -> str:
    """The normal form of a password that is good enough; InvalidError otherwise.

    ``about`` is what others know of the person, such as the address and the name.
    """
    found = normal(password)
    if len(found) < SHORTEST:
        raise InvalidError(
            "The password is too short.", field=field, cure="Use {count} characters or more.", count=SHORTEST
        )
    if len(found) > LONGEST:
        raise InvalidError(
            "The password is too long.", field=field, cure="Use {count} characters at the most.", count=LONGEST
        )
    if found.casefold() in _common() or len(set(found)) < _FEWEST_DIFFERENT or _in_a_row(found):
        raise InvalidError(
            "This password is known: it stands in lists that attackers try first.",
            field=field,
            cure="Use several words that do not belong together.",
        )
    if len(_without(found.casefold(), about)) < SHORTEST and _without(found.casefold(), about) != found.casefold():
        raise InvalidError(
            "The password is little more than your name, your address or the name of the portal.",
            field=field,
            cure="Use several words that do not belong together.",
        )
    return found


def hashed(password: str) -> str:
    """The hash of a password."""
    return _HASHER.hash(normal(password))


def fits(kept: str | None, password: str) -> bool:
    """Whether it is the password of a hash. Without a hash it takes the same time, and it is not."""
    try:
        _HASHER.verify(kept or _dummy(), normal(password)[: 4 * LONGEST])
    except (VerifyMismatchError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether a hash was made with less effort than hashes are made with now."""
    return _HASHER.check_needs_rehash(kept)


@cache
def _dummy() -> str:
    return _HASHER.hash("nobody's password")


@cache
def _common() -> frozenset[str]:
    # Thirty thousand of the most used, from leaks; the list is large, and is loaded where one is chosen.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415

    return frozenset(word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST)


def _in_a_row(password: str) -> bool:
    """Whether each character follows the one before, as in 7890123."""
    steps = {(ord(after) - ord(before)) % 10 for before, after in pairwise(password)}
    return len(steps) == 1 and steps <= {0, 1, 9}


def _without(password: str, about: Iterable[str]) -> str:
    """What is left without the words that others know."""
    words = {word for text in (*about, *_PORTAL) for word in (text.casefold(), *re.split(r"[\W_]+", text.casefold()))}
    for word in sorted((word for word in words if len(word) >= _SHORTEST_WORD or not word.isascii()), key=len)[::-1]:
        password = password.replace(word, "") if word else password
    return password
