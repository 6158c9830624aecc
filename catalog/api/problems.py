"""The errors of each endpoint in the description of the API: all of them are problem details."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

_SCHEMA = {
    "title": "Problem",
    "description": "Problem details (RFC 9457); facts such as `revision` or `limit` stand beside.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "Where the error is explained."},
        "title": {"type": "string", "description": "Name of the error."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, in the reader's language."},
        "field": {"type": "string", "description": "What it is wrong with."},
        "cure": {"type": "string", "description": "What helps."},
        "errors": {
            "type": "array",
            "description": "Everything that is wrong with the input.",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
#: What answers when the database is down.
_ALWAYS_THERE = frozenset({"/health/live", "/metrics"})
_WRITING = frozenset({"post", "put", "delete", "patch"})


def also(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The statuses of an endpoint that do not follow from what it takes."""
    return {status: {"description": HTTPStatus(status).phrase} for status in statuses}


def describe(app: FastAPI) -> None:
    """Complete the description that FastAPI makes."""

    def described() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _completed(get_openapi(title=app.title, version=app.version, routes=app.routes))
        return app.openapi_schema

    # As FastAPI's documentation says.
    app.openapi = described  # type: ignore[method-assign]


def _completed(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = schema["components"]["schemas"]
    kinds["Problem"] = _SCHEMA
    for unused in ("HTTPValidationError", "ValidationError"):
        kinds.pop(unused, None)
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            said = {int(status) for status in operation["responses"]}
            for status in sorted(set(_following(path, method, operation)) | {one for one in said if one >= 400}):
                problem = {"description": HTTPStatus(status).phrase, "content": _CONTENT}
                operation["responses"][str(status)] = problem
    return schema


def _following(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[int]:
    """The statuses that follow from what an endpoint takes."""
    parameters = {(one["in"], one["name"].lower()) for one in operation.get("parameters", ())}
    body = operation.get("requestBody", {}).get("content", {})
    if operation.get("security"):
        yield from (401, 403)
    if operation.get("security") and method in _WRITING:
        yield 409
    if any(place == "path" for place, _ in parameters):
        yield 404
    if parameters or body:
        yield 422
    if body:
        yield 413
    if ("header", "if-match") in parameters:
        yield from (412, 428)
    if path not in _ALWAYS_THERE:
        yield 503
