"""The first page: search, what is here, themes, the newest records, and a door each for departments and applicants."""

from typing import Any

from fastapi import APIRouter, Request, Response

from catalog.api.deps import PortalDep, Reading
from catalog.domain.errors import SearchDownError
from catalog.domain.policy import Action
from catalog.services import datasets
from catalog.services.search import Ask, figures, search
from catalog.web.permission import needs
from catalog.web.render import page
from catalog.web.visitor import VisitorDep
from search.port import SearchIndex, SearchUnavailableError

router = APIRouter()
#: Words that find something in the catalog of a province; they are data, not texts of ours.
EXAMPLES = ("空气质量", "公积金", "学校")
_THEMES = 12
_NEWEST = 5


@router.get("/", dependencies=[needs(Action.READ)])
def home(request: Request, visitor: VisitorDep, portal: PortalDep, tx: Reading) -> Response:
    """The first page."""
    return page(
        request,
        visitor,
        "home.html",
        examples=EXAMPLES,
        newest=datasets.newest(tx, _NEWEST),
        **_counted(portal.index, visitor.language),
    )


def _counted(index: SearchIndex, language: str) -> dict[str, Any]:
    """Figures and themes; nothing of it while search is down, for the rest of the page does not need them."""
    try:
        found = search(index, Ask(facets=("theme",), size=1, language=language))
        return {
            "figures": figures(index),
            "themes": [theme for theme in found["facets"]["theme"] if theme["value"]][:_THEMES],
        }
    except (SearchDownError, SearchUnavailableError):
        return {"figures": None, "themes": []}
