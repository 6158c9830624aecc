"""Every text that a reader may meet has Chinese words, and no words are kept for texts that are gone."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from catalog.api.errors import _MESSAGES
from catalog.language import LANGUAGES, translations

ROOT = Path(__file__).parents[2]
#: What pydantic says most often of what people send.
PYDANTIC = (
    "missing",
    "string_too_short",
    "string_too_long",
    "string_pattern_mismatch",
    "greater_than_equal",
    "less_than_equal",
    "enum",
    "int_parsing",
    "int_type",
    "string_type",
    "bool_parsing",
    "date_from_datetime_parsing",
    "date_parsing",
    "date_type",
    "extra_forbidden",
    "json_invalid",
    "value_error",
    "literal_error",
    "tuple_type",
    "dict_type",
    "model_type",
    "too_short",
)
#: Functions whose first text is shown in the reader's language.
MARKERS = {"N_", "_", "translate"}
#: Why a row of a source was rejected: the last text says it.
REASONS = {"Rejected", "_reject"}


def _trees() -> Iterator[ast.AST]:
    for folder in ("catalog", "ingest"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield ast.parse(path.read_text("utf-8"))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _of_call(call: ast.Call) -> Iterator[str | None]:
    name = _name(call.func)
    if name in MARKERS and call.args:
        yield _text(call.args[0])
    if name in REASONS and call.args:
        yield _text(call.args[-1])
    if name.endswith("Error") and name not in {"ValueError", "ConnectError"}:
        yield from map(_text, call.args[:1])
        yield from (_text(keyword.value) for keyword in call.keywords if keyword.arg == "cure")


def _errors(classes: list[ast.ClassDef]) -> Iterator[str | None]:
    """The docstrings of CatalogError and of all that follow from it: they are messages."""
    names, before = {"CatalogError"}, 0
    while len(names) > before:
        before = len(names)
        names |= {c.name for c in classes if names & {_name(base) for base in c.bases}}
    for found in classes:
        if found.name in names:
            yield (ast.get_docstring(found) or "").strip()


@cache
def texts() -> frozenset[str]:
    """Everything that is to be translated."""
    nodes = [node for tree in _trees() for node in ast.walk(tree)]
    found = {text for node in nodes if isinstance(node, ast.Call) for text in _of_call(node)}
    found |= set(_errors([node for node in nodes if isinstance(node, ast.ClassDef)]))
    found |= {_MESSAGES[kind] for kind in PYDANTIC}
    methods = [("**.html", "jinja2.ext.babel_extract")]
    options = {"**.html": {"trimmed": "true"}}
    for _, _, message, _, _ in extract_from_dir(ROOT / "catalog/web/templates", methods, options):
        found.add(message if isinstance(message, str) else message[0])
    return frozenset(text for text in found if text)


@cache
def _catalog(language: str) -> Catalog:
    with (ROOT / "catalog/locale" / language / "LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale=language)


def _ids(catalog: Catalog) -> dict[str, list[str]]:
    """The words for each text, one for each plural form."""
    return {
        (message.id if isinstance(message.id, str) else message.id[0]): (
            [message.string] if isinstance(message.string, str) else list(message.string or ())
        )
        for message in catalog
        if message.id
    }


def _places(text: str) -> set[str]:
    return {one or other for one, other in re.findall(r"\{(\w+)\}|%\((\w+)\)s", text)}


def _agrees(text: str) -> Callable[[str], bool]:
    """Ours keep every place; of pydantic's, some are of no use to a reader."""
    of_pydantic = text in _MESSAGES.values()
    return lambda words: _places(words) <= _places(text) if of_pydantic else _places(words) == _places(text)


def test_every_text_has_chinese_words() -> None:
    known = _ids(_catalog("zh"))

    missing = sorted(text for text in texts() if not all(known.get(text, [""])))

    assert not missing, "no Chinese for:\n" + "\n".join(missing)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_kept_for_texts_that_are_gone(language: str) -> None:
    unused = sorted(set(_ids(_catalog(language))) - texts())

    assert not unused, "no longer used:\n" + "\n".join(unused)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_doubtful_or_obsolete(language: str) -> None:
    catalog = _catalog(language)

    assert not [message.id for message in catalog if message.id and message.fuzzy]
    assert not catalog.obsolete


@pytest.mark.parametrize("language", LANGUAGES)
def test_places_are_the_same_in_text_and_translation(language: str) -> None:
    wrong = {text: forms for text, forms in _ids(_catalog(language)).items() if not all(map(_agrees(text), forms))}

    assert not wrong


def test_a_chinese_message_fills_its_places() -> None:
    assert translations("zh").gettext("There is no facet {name}.").format(name="x") != "There is no facet x."
