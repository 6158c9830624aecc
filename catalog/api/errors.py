"""The one table from errors to statuses, and the one shape of an error (RFC 9457)."""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from pydantic_core._pydantic_core import list_all_errors
from starlette.exceptions import HTTPException

from catalog.domain import errors
from catalog.domain.errors import CatalogError
from catalog.domain.vocabulary import in_words
from catalog.language import translate, translations

STATUS: dict[type[CatalogError], int] = {
    errors.NotFoundError: 404,
    errors.GoneError: 410,
    errors.CursorGoneError: 410,
    errors.TooLargeError: 413,
    errors.UnsafeFileError: 422,
    errors.InvalidError: 422,
    errors.RowsRefusedError: 422,
    errors.UnauthenticatedError: 401,
    errors.ForbiddenError: 403,
    errors.NotAllowedError: 403,
    errors.ConflictError: 409,
    errors.RunBusyError: 409,
    errors.SeparationError: 409,
    errors.LeaseLostError: 409,
    errors.RevisionMissingError: 428,
    errors.RevisionStaleError: 412,
    errors.QuotaUsedUpError: 429,
    errors.TooManyWaitingError: 429,
    errors.ThrottledError: 429,
    errors.TermOverError: 403,
    errors.GrantRevokedError: 403,
    errors.RefusedError: 403,
    errors.AddressRefusedError: 422,
    errors.SourceBrokenError: 422,
    errors.SearchDownError: 503,
    errors.IndexBuildingError: 503,
    errors.TooManyCursorsError: 503,
    errors.ProviderBrokenError: 502,
    errors.SealBrokenError: 503,
    errors.StoreDownError: 503,
    errors.ScannerDownError: 503,
    errors.VectorsMissingError: 503,
    errors.VectorsOffError: 503,
    errors.CatalogError: 500,
}


#: kind of pydantic's error → its message with {places}
_MESSAGES: Mapping[str, str] = {e["type"]: e["message_template_python"] for e in list_all_errors()}


def status_of(error: CatalogError) -> int:
    """The status of the nearest class that has one."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


#: What else an answer of a status says.
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "60"}}


def problem(status: int, kind: str, detail: str, more: Mapping[str, Any]) -> JSONResponse:
    """Problem details: type, title, status, detail; field, cure and facts where they are known."""
    body = {"type": f"/errors#{kind}", "title": kind, "status": status, "detail": detail}
    headers = dict(_HEADERS.get(status, {}))
    if "retry_after" in more:
        headers["Retry-After"] = str(more["retry_after"])
    content = {key: value for key, value in more.items() if value is not None} | body
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def of_catalog(error: CatalogError, language: str) -> JSONResponse:
    """The answer to an error of ours, in the reader's language."""
    facts = in_words(error.facts, language)
    detail = translate(error.detail, language, **facts)
    cure = translate(error.cure, language, **facts) if error.cure else None
    return problem(status_of(error), type(error).__name__, detail, {**facts, "field": error.field, "cure": cure})


def of_validation(error: RequestValidationError | ValidationError, language: str) -> JSONResponse:
    """The answer to input of the wrong shape: the first wrong field, and all of them."""
    found = [{"field": _field(e["loc"]), "detail": said(e, language)} for e in error.errors()]
    cure = translate("Correct the field and send it again.", language)
    return problem(422, "InvalidError", found[0]["detail"], {"field": found[0]["field"], "cure": cure, "errors": found})


def said(error: Mapping[str, Any], language: str) -> str:
    """Pydantic's message in a language; its English where the catalog has no words for the kind."""
    template = _MESSAGES.get(error["type"], "")
    if translations(language).gettext(template) == template:
        return str(error["msg"])
    return translate(template, language, **error.get("ctx", {}))


def of_http(error: HTTPException, language: str) -> JSONResponse:
    """The answer to what the framework refuses: no such address, no such method."""
    if error.status_code == 400:
        # So the framework answers to a body that it cannot even take apart.
        unread = errors.InvalidError("The body cannot be read.", field="body", cure="Send JSON in UTF-8, or a form.")
        return of_catalog(unread, language)
    if isinstance(error.detail, CatalogError):
        return of_catalog(error.detail, language)
    if error.status_code == 404:
        return of_catalog(errors.NotFoundError(), language)
    return problem(error.status_code, "HttpError", translate(str(error.detail), language), {})


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location[1:]) or str(location[0])
