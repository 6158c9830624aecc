"""The first rows of a file that the portal keeps."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from catalog.domain.errors import SourceBrokenError
from catalog.formats.rows import RowFile
from catalog.store.datasets import Stored

_ROWS = 20
#: Formats whose rows can be shown.
READABLE = {"csv", "json", "xls", "xlsx"}
#: Excel files are read whole, so large ones are not shown.
_MOST_BYTES = 20 << 20


@dataclass(frozen=True, slots=True)
class Preview:
    """A table: the names of its columns and its first rows, as texts."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def preview(stored: Stored, files: Path) -> Preview | None:
    """The first twenty rows of the first readable file; None where there is none. To be asked of open records only."""
    for part in stored.dataset.distributions:
        path = files / stored.id / (part.file or "")
        if part.file and part.format in READABLE and path.is_file() and path.stat().st_size <= _MOST_BYTES:
            return _head(path)
    return None


def _head(path: Path) -> Preview | None:
    try:
        rows = list(islice(RowFile(path).rows(), _ROWS))
    except SourceBrokenError:
        return None
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    return Preview(path.name, columns, tuple(tuple(str(row.get(c, "")) for c in columns) for row in rows))
