"""Secrets that must be read again are sealed, with a key that lies in a file of its own and in no backup."""

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from catalog.domain.errors import SealBrokenError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class Seal:
    """The keys of a file, one a line: the first seals, each opens. The file is made where it is missing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def seal(self, text: str) -> str:
        """What only this installation can open."""
        return self._keys.encrypt(text.encode()).decode()

    def open(self, sealed: str, *, seconds: int | None = None) -> str:
        """What was sealed, no longer ago than ``seconds``; SealBrokenError where no key of the file fits."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 as below

        try:
            return self._keys.decrypt(sealed.encode(), ttl=seconds).decode()
        except InvalidToken as error:
            raise SealBrokenError from error

    @cached_property
    def _keys(self) -> "MultiFernet":
        # Few processes ever open a secret, so the library is loaded by those alone.
        from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415

        with FileLock(self._path.with_suffix(".lock")):
            if not self._path.exists():
                _write(self._path, Fernet.generate_key())
        return MultiFernet([Fernet(line) for line in self._path.read_bytes().split()])


def _write(path: Path, key: bytes) -> None:
    """Readable by its owner alone from the first moment, and whole or not at all."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key + b"\n")
    part.replace(path)
