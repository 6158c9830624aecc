"""Field mappings: what the columns of a portal's list mean. One readable TOML file per portal in ``mappings/``.

``[fields]`` names our fields and their columns (the first that is filled counts), ``[values.FIELD]`` says what their
words mean, ``split`` cuts lists. Words that a mapping does not explain, ``usual.toml`` does; it alone is ``auto``.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from catalog.domain.errors import InvalidError

_FOLDER = Path(__file__).parent / "mappings"
_USUAL = "usual"
_NOT_MAPPINGS = {_USUAL, "licenses"}
AUTO = "auto"
_MOST_SHAPES = 1000


@dataclass(frozen=True)
class Mapping:
    """How to read the rows of one list."""

    name: str
    #: Who answers for records that name nobody.
    publisher: str
    #: Where the data of records are about that do not say it.
    spatial: str
    #: our field → the columns that may hold it
    fields: Map[str, tuple[str, ...]]
    #: our field → their word → our value
    values: Map[str, Map[str, str]]
    #: cuts a text into keywords, themes, formats
    split: re.Pattern[str]
    #: words that say "nothing"
    empty: frozenset[str]
    _shapes: dict[tuple[str, ...], Map[str, tuple[str, ...]]] = field(default_factory=dict)

    def texts(self, row: Map[str, Any]) -> dict[str, str]:
        """Our single fields, as far as the row fills them."""
        return {name: text for name, columns in self._present(row).items() if (text := self._text(row, columns))}

    def items(self, row: Map[str, Any], name: str) -> tuple[str, ...]:
        """The parts of a field that is a list, each once."""
        found: list[str] = []
        for column in self._present(row).get(name, ()):
            value = row[column]
            parts = value if isinstance(value, list) else self.split.split(str(value or ""))
            found += [str(part).strip(" \t\r\n'\"[]") for part in parts]
        return tuple(dict.fromkeys(part for part in found if part and part not in self.empty))

    def value(self, name: str, text: str) -> str | None:
        """Our value for their word; None where the mapping does not know it."""
        return self.values.get(name, {}).get(text.strip(" ‘’'\""))

    def columns(self) -> set[str]:
        """Every column that has a place."""
        return {column for columns in self.fields.values() for column in columns}

    def _present(self, row: Map[str, Any]) -> Map[str, tuple[str, ...]]:
        """The fields that a row of this shape can have; the rows of a list have few shapes."""
        shape = tuple(row)
        if shape not in self._shapes:
            kept = {name: tuple(c for c in columns if c in row) for name, columns in self.fields.items()}
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            self._shapes[shape] = {name: columns for name, columns in kept.items() if columns}
        return self._shapes[shape]

    def _text(self, row: Map[str, Any], columns: tuple[str, ...]) -> str:
        for column in columns:
            value = row[column]
            if value is None or isinstance(value, (list, dict)):
                continue
            text = str(value).strip()
            if text and text not in self.empty:
                return text
        return ""


@cache
def usual() -> Map[str, Any]:
    """The usual names and words."""
    return tomllib.loads((_FOLDER / f"{_USUAL}.toml").read_text("utf-8"))


def names() -> list[str]:
    """The mappings there are."""
    return [AUTO, *sorted(path.stem for path in _FOLDER.glob("*.toml") if path.stem not in _NOT_MAPPINGS)]


def load(name: str) -> Mapping:
    """A mapping by name, or from a file of one's own."""
    if name == AUTO:
        said: dict[str, Any] = {"fields": usual()["fields"]}
    else:
        path = Path(name) if name.endswith(".toml") else _FOLDER / f"{name}.toml"
        if (path.parent == _FOLDER and path.stem in _NOT_MAPPINGS) or not path.is_file():
            raise InvalidError(
                "There is no mapping {name}.",
                field="mapping",
                name=name,
                cure="One of: {choices}.",
                choices=", ".join(names()),
            )
        said = tomllib.loads(path.read_text("utf-8"))
    own, common = said.get("values", {}), usual()["values"]
    return Mapping(
        name=name,
        publisher=said.get("publisher", ""),
        spatial=said.get("spatial", ""),
        fields={
            ours: tuple([theirs] if isinstance(theirs, str) else theirs) for ours, theirs in said["fields"].items()
        },
        values={ours: {**common.get(ours, {}), **own.get(ours, {})} for ours in {*common, *own}},
        split=re.compile(said.get("split", usual()["split"])),
        empty=frozenset(said.get("empty", usual()["empty"])),
    )


def key_of(texts: Map[str, str], publisher: str) -> str:
    """What identifies a row: its key column, else its detail page, else publisher, title and day of issue together.

    Never the title alone: many departments publish under the same title.
    """
    if key := texts.get("key") or texts.get("landing_page"):
        return key
    parts = [publisher, texts.get("title", ""), texts.get("issued", "")]
    return "row-" + hashlib.blake2b(orjson.dumps(parts), digest_size=12).hexdigest()
