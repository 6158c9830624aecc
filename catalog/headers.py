"""Headers that every answer has: what a browser may do with it, and who may keep it."""

from starlette.types import Scope

from catalog.web.cookies import SESSION

Headers = list[tuple[bytes, bytes]]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS: Headers = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
#: A year; for this host alone, since others of its domain are not ours.
_TLS_ONLY = (b"strict-transport-security", b"max-age=31536000")
_NOT_KEPT = (b"cache-control", b"no-store")


def protected(scope: Scope, given: Headers) -> Headers:
    """The headers of an answer; what somebody with credentials is shown is kept nowhere, unless everybody is."""
    headers = [*given, *_ALWAYS]
    if scope["scheme"] == "https":
        headers.append(_TLS_ONLY)
    if _with_credentials(scope) and not any(name == b"cache-control" and b"public" in value for name, value in given):
        headers = [(name, value) for name, value in headers if name != b"cache-control"] + [_NOT_KEPT]
    return headers


def _with_credentials(scope: Scope) -> bool:
    return any(
        name == b"authorization" or (name == b"cookie" and SESSION.encode() in value)
        for name, value in scope["headers"]
    )
