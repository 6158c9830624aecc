"""The languages of pages and messages: Chinese and English, from Babel's catalogs in ``locale/``.

Texts are written in English in the code and are the keys of the catalogs. ``N_`` marks one that is translated later.
"""

from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LANGUAGES = ("zh", "en")
DEFAULT = "zh"
_FOLDER = Path(__file__).parent / "locale"


def N_(text: str) -> str:  # noqa: N802 the name that Babel extracts by
    """The text itself; it is translated where it is shown."""
    return text


@cache
def translations(language: str) -> Translations:
    """The catalog of a language. It is read from its source, so there is nothing to compile."""
    with (_FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled, "messages")


def translate(text: str, language: str, **facts: Any) -> str:
    """A text in a language, with its {facts} filled in."""
    found = translations(language).gettext(text) if text else ""
    return found.format(**facts) if facts else found


@lru_cache(maxsize=1024)
def accepted(header: str | None) -> str:
    """The language of ours that an Accept-Language header likes best; Chinese where it names neither."""
    liked = sorted((header or "").lower().split(","), key=_quality, reverse=True)
    tags = (part.strip()[:2] for part in liked if _quality(part) > 0)
    return next((tag for tag in tags if tag in LANGUAGES), DEFAULT)


def _quality(part: str) -> float:
    """RFC 9110, 12.4.2: 1 where nothing is said."""
    try:
        return float(part.partition(";q=")[2].strip() or 1)
    except ValueError:
        return 0.0
