"""From a template and its context to a page: the whole of it, or the one block that htmx asked for."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2_fragments import render_block
from markupsafe import Markup, escape

from catalog.domain.datasets import in_language
from catalog.domain.vocabulary import label
from catalog.language import LANGUAGES, translations
from catalog.web.visitor import Visitor

STATIC = Path(__file__).parent / "static"
_HERE = ZoneInfo("Asia/Shanghai")


def page(request: Request, visitor: Visitor, name: str, *, block: str | None = None, status: int = 200,
         **context: Any) -> HTMLResponse:
    """The whole page, or the one block htmx asked for."""
    environment = _environment(visitor.language)
    context |= {"visitor": visitor, "language": visitor.language, "path": request.url.path, "switch": _switch(request)}
    if block is not None and "HX-Request" in request.headers:
        body = render_block(environment, name, block, context)
    else:
        body = environment.get_template(name).render(context)
    return HTMLResponse(body, status, {"Vary": "Cookie, Accept-Language, HX-Request", "Content-Language": visitor.language})


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the content, so browsers keep it for good."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{digest}/{name}"


def day(moment: datetime | None) -> str:
    """The day of a moment, where readers live."""
    return moment.astimezone(_HERE).strftime("%Y-%m-%d") if moment else ""


def minute(moment: datetime | None) -> str:
    """Day and minute of a moment, where readers live."""
    return moment.astimezone(_HERE).strftime("%Y-%m-%d %H:%M") if moment else ""


def marked(text: str, spans: list[list[int]] | None) -> Markup:
    """A text with its found words marked; everything else is escaped."""
    parts, at = [], 0
    for start, end in spans or ():
        parts += [escape(text[at:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
        at = end
    return Markup("").join([*parts, escape(text[at:])])


def size(count: int | None) -> str:
    """Bytes as people read them."""
    number = float(count or 0)
    for unit in ("B", "KB", "MB", "GB"):
        if number < 1024 or unit == "GB":  # noqa: PLR2004 a kilobyte
            return f"{number:.0f} {unit}" if unit == "B" or number >= 10 else f"{number:.1f} {unit}"  # noqa: PLR2004
        number /= 1024
    return ""


def address(path: str, **parameters: Any) -> str:
    """A path with its parameters; a list repeats its name, an empty one is left out."""
    given = {name: value for name, value in parameters.items() if value not in (None, "", (), [])}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("catalog.web"), autoescape=True, undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True,
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {"asset": asset, "address": address}
    environment.filters |= {
        "day": day, "minute": minute, "marked": marked, "size": size, "number": lambda n: f"{n:,}",
        "text": lambda value: in_language(value, language), "label": lambda value, of: label(of, str(value), language),
    }
    return environment


def _switch(request: Request) -> Mapping[str, str]:
    """The address of this page in each language."""
    return {language: str(request.url.include_query_params(lang=language).replace(scheme="", netloc=""))
            for language in LANGUAGES}
