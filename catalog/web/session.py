"""Sign in with an API key, and out again."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import PortalDep
from catalog.domain.errors import UnauthenticatedError
from catalog.services import keys
from catalog.web.forms import Filled, SentDep
from catalog.web.render import page
from catalog.web.visitor import SESSION_COOKIE, FormDep, Visitor, VisitorDep, same_origin

router = APIRouter()


@router.get("/sign-in")
def ask(request: Request, visitor: VisitorDep, next: str = "/") -> Response:  # noqa: A002 the name in the address
    """The form."""
    return _form(request, visitor, Filled(), next)


@router.post("/sign-in", dependencies=[Depends(same_origin)])
def sign_in(request: Request, visitor: VisitorDep, sent: SentDep, portal: PortalDep) -> Response:
    """A session in a cookie, and on to where the visitor came from; a wrong key is told beside the field."""
    try:
        with portal.database.transaction() as tx:
            session, _ = keys.sign_in(tx, sent.one("key"), at=portal.clock())
    except UnauthenticatedError as error:
        error.field = "key"
        return _form(request, visitor, sent.refused(error, visitor.language), sent.one("next", "/"), 401)
    response = RedirectResponse(local(sent.one("next", "/")), 303)
    response.set_cookie(
        SESSION_COOKIE,
        session,
        max_age=int(keys.SESSION.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
    )
    return response


@router.post("/sign-out")
def sign_out(visitor: FormDep, portal: PortalDep) -> Response:
    """The end of the session, here and in the browser."""
    with portal.database.transaction() as tx:
        keys.sign_out(tx, visitor.session)
    response = RedirectResponse("/", 303)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


def local(address: str) -> str:
    """An address of this portal; the first page in place of any other."""
    safe = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if safe else "/"


def _form(request: Request, visitor: Visitor, form: Filled, after: str, status: int = 200) -> Response:
    return page(request, visitor, "sign_in.html", status=status, form=form, after=local(after))
