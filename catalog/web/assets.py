"""Static files, under addresses that change with their content."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from catalog.domain.errors import NotFoundError
from catalog.web.permission import open_to_all
from catalog.web.render import STATIC, asset

router = APIRouter()
_NAMES = frozenset(path.name for path in STATIC.iterdir() if path.is_file())


@router.get("/static/{digest}/{name}", dependencies=[open_to_all("Style and script of the pages.")])
def static(digest: str, name: str) -> FileResponse:
    """A file that browsers may keep for good."""
    if name not in _NAMES or asset(name) != f"/static/{digest}/{name}":
        raise NotFoundError
    return FileResponse(STATIC / name, headers={"Cache-Control": "public, max-age=31536000, immutable"})
