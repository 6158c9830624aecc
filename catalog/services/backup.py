"""Backup and restore: one tar file with every table, every kept file and a manifest. The index is rebuilt from them."""

import hashlib
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from catalog.domain.errors import ConflictError, SourceBrokenError
from catalog.store.database import Database

_MANIFEST = "manifest.json"


def backup(database: Database, files: Path, target: Path, *, at: datetime) -> dict[str, Any]:
    """Write the tar file, complete or not at all; its manifest: schema, time, and rows and SHA-256 per table."""
    part = target.with_name(f"{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder, tarfile.open(part, "w") as tar:
            manifest = {
                "schema": database.schema(),
                "at": at.isoformat(),
                "tables": _tables(database, Path(folder), tar),
                "files": _files(files, tar),
            }
            _add(tar, Path(folder) / _MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2), _MANIFEST)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def restore(database: Database, files: Path, source: Path) -> dict[str, Any]:
    """Fill an empty installation; everything is checked against the manifest, and all of it is kept or nothing."""
    with tempfile.TemporaryDirectory(dir=files.parent) as folder:
        try:
            with tarfile.open(source) as tar:
                tar.extractall(folder, filter="data")
            manifest: dict[str, Any] = orjson.loads((Path(folder) / _MANIFEST).read_bytes())
        except (OSError, tarfile.TarError, orjson.JSONDecodeError) as error:
            raise SourceBrokenError("{name} is not a backup.", name=str(source)) from error
        _load(database, Path(folder), manifest, files)
    return manifest


def _tables(database: Database, folder: Path, tar: tarfile.TarFile) -> dict[str, Any]:
    told = {}
    with database.reading() as tx:
        for name in tx.dump.tables():
            path, count = folder / name, 0
            with path.open("wb") as out:
                for count, row in enumerate(tx.dump.rows(name), 1):  # noqa: B007 counted for the manifest
                    out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            told[name] = {"rows": count, "sha256": _checksum(path)}
            tar.add(path, f"tables/{name}.jsonl")
            path.unlink()
    return told


def _files(files: Path, tar: tarfile.TarFile) -> dict[str, str]:
    """Put the kept files into the tar file; their SHA-256 by name."""
    told = {}
    for path in sorted(files.rglob("*")) if files.is_dir() else ():
        if path.is_file() and path.suffix != ".part":
            name = path.relative_to(files).as_posix()
            told[name] = _checksum(path)
            tar.add(path, f"files/{name}")
    return told


def _load(database: Database, folder: Path, manifest: dict[str, Any], files: Path) -> None:
    if manifest["schema"] != database.schema():
        raise ConflictError(
            "The backup is of schema {theirs}, this version has {ours}.",
            theirs=manifest["schema"],
            ours=database.schema(),
            cure="Restore it with the version that wrote it, then upgrade.",
        )
    with database.transaction() as tx:
        if not tx.dump.is_empty():
            raise ConflictError("There is something here already.", cure="Restore into an empty data folder.")
        tx.dump.clear()
        for name in tx.dump.tables():
            path, told = folder / "tables" / f"{name}.jsonl", manifest["tables"][name]
            if _checksum(path) != told["sha256"] or tx.dump.load(name, _lines(path)) != told["rows"]:
                raise SourceBrokenError("{name} is not what the manifest says.", name=name)
        for name, checksum in manifest["files"].items():
            if _checksum(folder / "files" / name) != checksum:
                raise SourceBrokenError("{name} is not what the manifest says.", name=name)
        if manifest["files"]:
            shutil.copytree(folder / "files", files, dirs_exist_ok=True)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as lines:
        yield from map(orjson.loads, lines)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _add(tar: tarfile.TarFile, path: Path, content: bytes, name: str) -> None:
    path.write_bytes(content)
    tar.add(path, name)
