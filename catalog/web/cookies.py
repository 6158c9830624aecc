"""The cookie that a session is in: no script reads it, and under https no other host or path sets it."""

import re
from datetime import timedelta

from fastapi import Request, Response

from catalog.domain.accounts import Origin
from catalog.services import sessions

SESSION = "shuyuan_session"
#: Marks of programs in what they say of themselves, and their names; the first that fits, for most name others too.
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("HeadlessChrome", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("HarmonyOS", "HarmonyOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def session_of(request: Request) -> str:
    """The secret of the session that a request came with; empty without one."""
    return request.cookies.get(_name(request, SESSION), "")


def keep_session(request: Request, response: Response, secret: str) -> None:
    """Have the browser keep the secret of a session."""
    keep(request, response, SESSION, secret, sessions.LONGEST)


def drop_session(request: Request, response: Response) -> None:
    """Have the browser forget it."""
    drop(request, response, SESSION)


def keep(request: Request, response: Response, name: str, value: str, how_long: timedelta) -> None:
    """A cookie that comes back to this host alone."""
    response.set_cookie(
        _name(request, name),
        value,
        max_age=int(how_long.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=_secure(request),
        path="/",
    )


def kept(request: Request, name: str) -> str:
    """What such a cookie holds."""
    return request.cookies.get(_name(request, name), "")


def drop(request: Request, response: Response, name: str) -> None:
    """Have the browser forget such a cookie."""
    response.delete_cookie(_name(request, name), path="/", secure=_secure(request), httponly=True, samesite="lax")


def origin_of(request: Request, client: str) -> Origin:
    """Where a session is opened from: the address, and browser and system in short."""
    said = request.headers.get("user-agent", "")
    names = (next((name for mark, name in known if mark in said), "") for known in (_BROWSERS, _SYSTEMS))
    short = " · ".join(filter(None, names)) or re.split(r"[\s/]", said, maxsplit=1)[0]
    return Origin(client, short[:60])


def _name(request: Request, name: str) -> str:
    return f"__Host-{name}" if _secure(request) else name


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"
