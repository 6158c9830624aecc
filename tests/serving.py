"""The application, made once and given one portal after the other: to make it takes longer than most tests."""

from fastapi import FastAPI

from catalog.app import create_app, give
from catalog.portal import Portal

#: By the size of uploads, which it is made with.
_APPLICATIONS: dict[int, FastAPI] = {}


def application(portal: Portal) -> FastAPI:
    """Answers for this portal until another is given to it; who needs two at a time has ``create_app``."""
    size = portal.settings.upload_mb
    if size not in _APPLICATIONS:
        _APPLICATIONS[size] = create_app(portal)
    give(_APPLICATIONS[size], portal)
    return _APPLICATIONS[size]
