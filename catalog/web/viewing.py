"""View as: the form, and the button that stops it."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import PortalDep
from catalog.domain.policy import Action
from catalog.domain.viewing import Eyes
from catalog.services import viewing
from catalog.web import cookies
from catalog.web.forms import CURABLE, Filled, SentDep, labeled
from catalog.web.permission import needs, open_to_all
from catalog.web.render import page
from catalog.web.session import local
from catalog.web.visitor import VIEW, FormDep, SessionFormDep, SignedInDep, Visitor, view_mark

router = APIRouter(prefix="/view-as")
#: A view is soon forgotten, and who comes back the next day sees with his own eyes.
_LASTING = timedelta(hours=2)


@router.get("", dependencies=[needs(Action.VIEW_AS)])
def form(request: Request, visitor: SignedInDep, next: str = "/search") -> Response:  # noqa: A002 the name in the address
    """Through whose eyes."""
    return _form(request, visitor, Filled({"eyes": (Eyes.PUBLIC,)}), next)


@router.post("", dependencies=[needs(Action.VIEW_AS)])
def begin(request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """The page from which one came, as the other reader sees it."""
    after = sent.one("next", "/search")
    try:
        with portal.database.reading() as tx:
            chosen = viewing.choose(tx, visitor.known, sent.one("eyes"), sent.one("organization"))
    except CURABLE as error:
        return _form(request, visitor, sent.refused(error, visitor.language), after, status=422)
    response = RedirectResponse(local(after), 303)
    cookies.keep(request, response, VIEW, f"{view_mark(visitor.session)}.{chosen}", _LASTING)
    return response


@router.post("/stop", dependencies=[open_to_all("Whoever stops sees no more than with his own eyes.")])
def stop(request: Request, _visitor: SessionFormDep, next: Annotated[str, Form()] = "/") -> Response:  # noqa: A002 as above
    """Back to one's own eyes."""
    response = RedirectResponse(local(next), 303)
    cookies.drop(request, response, VIEW)
    return response


def _form(request: Request, visitor: Visitor, form: Filled, after: str, status: int = 200) -> Response:
    return page(
        request,
        visitor,
        "view_as.html",
        status=status,
        form=form,
        after=local(after),
        eyes=labeled("eyes", Eyes, visitor.language),
    )
