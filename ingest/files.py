"""Data files that lie beside a list and come with its records."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from catalog.services.files import describe


def attached(folder: Path, names: Iterable[str]) -> dict[Path, dict[str, Any]]:
    """Path → distribution, of those names that are files within the folder of the list."""
    found = {}
    for name in names:
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            found[path] = describe(path).model_dump(exclude_defaults=True)
    return found


def attach(folder: Path, distributions: list[dict[str, Any]]) -> tuple[Path, ...]:
    """Turn distributions whose address is a file beside the feed into that file; the files."""
    found: list[Path] = []
    for part in distributions:
        name = part["extra"].get("url")
        for path, known in attached(folder, [name] if name else []).items():
            part.update({k: v for k, v in known.items() if k != "title" or not part["title"]})
            part["extra"].pop("url")
            found.append(path)
    return tuple(found)
