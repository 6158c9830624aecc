"""From a template and its context to a page: the whole of it, or the one block that htmx asked for."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2_fragments import render_block

from catalog.domain.datasets import in_language
from catalog.domain.vocabulary import label
from catalog.language import LANGUAGES, translations
from catalog.web import texts
from catalog.web.visitor import LANGUAGE_COOKIE, Visitor
from search.places import name_of

STATIC = Path(__file__).parent / "static"
_YEAR = 365 * 24 * 3600


def page(
    request: Request,
    visitor: Visitor,
    name: str,
    *,
    block: str | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """The whole page, or the one block htmx asked for."""
    environment = _environment(visitor.language)
    context |= {
        "visitor": visitor,
        "path": request.url.path,
        "switch": _switch(request),
        "now": request.app.state.portal.clock(),
    }
    partly = block is not None and "HX-Request" in request.headers
    body = (
        render_block(environment, name, block or "", context)
        if partly
        else environment.get_template(name).render(context)
    )
    response = HTMLResponse(
        body,
        status,
        {
            "Vary": "Cookie, Accept-Language, HX-Request",
            "Content-Language": visitor.language,
            "Cache-Control": "private, no-cache",
            **(headers or {}),
        },
    )
    if request.query_params.get("lang") == visitor.language:
        keep_language(request, response, visitor.language)
    return response


def keep_language(request: Request, response: Response, language: str) -> None:
    """Have the browser keep the language of pages."""
    secure = request.url.scheme == "https"
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR, httponly=True, samesite="lax", secure=secure)


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the content, so browsers keep it for good."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{digest}/{name}"


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("catalog.web"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {"asset": asset, "address": texts.address, "language": language, "languages": LANGUAGES}
    environment.filters |= {
        "day": texts.day,
        "minute": texts.minute,
        "marked": texts.marked,
        "size": texts.size,
        "plain": texts.plain,
        "is_figure": texts.is_figure,
        "sentence": texts.sentence,
        "number": lambda count: f"{count:,}",
        "figure": lambda count: texts.figure(count, language),
        "ago": lambda then, now: texts.ago(then, now, language),
        "lang": lambda text: texts.lang(text, language),
        "told": translations(language).gettext,
        "text": lambda value: in_language(value, language),
        "place": name_of,
        "label": lambda value, of: label(of, str(value), language),
    }
    environment.globals["ui"] = environment.get_template("components.html").module
    return environment


def _switch(request: Request) -> Mapping[str, str]:
    """The address of this page in each language."""
    return {
        language: str(request.url.include_query_params(lang=language).replace(scheme="", netloc=""))
        for language in LANGUAGES
    }
