"""Sign in with a password, the second factor or an API key, and out again."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import Client, PortalDep
from catalog.api.errors import status_of
from catalog.domain.accounts import Way
from catalog.domain.errors import CatalogError, InvalidError, ThrottledError, UnauthenticatedError
from catalog.services import accounts, keys, second_factor, sessions
from catalog.web import cookies
from catalog.web.forms import Filled, SentDep
from catalog.web.permission import open_to_all, signed_in
from catalog.web.render import page
from catalog.web.texts import address
from catalog.web.visitor import FormDep, Visitor, VisitorDep, same_origin

router = APIRouter()
_OPEN = open_to_all("Nobody is signed in before he signs in.")
_REFUSED = (UnauthenticatedError, InvalidError, ThrottledError)


@router.get("/sign-in", dependencies=[_OPEN])
def ask(request: Request, visitor: VisitorDep, portal: PortalDep, next: str = "/") -> Response:  # noqa: A002 the name in the address
    """The form for address and password, with the other ways beneath."""
    return _form(request, visitor, portal, Filled(), next)


@router.post("/sign-in", dependencies=[_OPEN, Depends(same_origin)])
def sign_in(request: Request, visitor: VisitorDep, sent: SentDep, portal: PortalDep, client: Client) -> Response:
    """A session in a cookie, and on to where the visitor came from, or first to the second factor."""
    after, origin = local(sent.one("next", "/")), cookies.origin_of(request, client)
    try:
        session, waits = accounts.sign_in(
            portal.database, sent.one("email"), sent.raw("password"), origin, at=portal.clock()
        )
    except _REFUSED as error:
        return _form(
            request, visitor, portal, sent.refused(error, visitor.language), after, status_of(error), error=error
        )
    return opened(request, session, _code_page(after) if waits else after, instead_of=visitor, portal=portal)


@router.get("/sign-in/key", dependencies=[_OPEN])
def ask_key(request: Request, visitor: VisitorDep, next: str = "/") -> Response:  # noqa: A002 as above
    """The form for an API key."""
    return page(request, visitor, "sign_in_key.html", form=Filled(), after=local(next))


@router.post("/sign-in/key", dependencies=[_OPEN, Depends(same_origin)])
def sign_in_with_key(
    request: Request, visitor: VisitorDep, sent: SentDep, portal: PortalDep, client: Client
) -> Response:
    """The same with an API key; a wrong key is told beside the field."""
    after = local(sent.one("next", "/"))
    try:
        with portal.database.transaction() as tx:
            session = keys.sign_in(tx, sent.one("key"), cookies.origin_of(request, client), at=portal.clock())
    except UnauthenticatedError as error:
        error.field = "key"
        form = sent.refused(error, visitor.language)
        return page(request, visitor, "sign_in_key.html", status=401, form=form, after=after)
    return opened(request, session, after, instead_of=visitor, portal=portal)


@router.get("/sign-in/code", dependencies=[_OPEN])
def ask_code(request: Request, visitor: VisitorDep, portal: PortalDep, next: str = "/") -> Response:  # noqa: A002 as above
    """The form for the second factor."""
    with portal.database.reading() as tx:
        waiting = sessions.waiting(tx, cookies.session_of(request), at=portal.clock())
    if waiting is None:
        return RedirectResponse(address("/sign-in", next=local(next)), 303)
    return page(request, visitor, "sign_in_code.html", form=Filled(), after=local(next))


@router.post("/sign-in/code", dependencies=[_OPEN, Depends(same_origin)])
def sign_in_with_code(
    request: Request, visitor: VisitorDep, sent: SentDep, portal: PortalDep, client: Client
) -> Response:
    """A new session in place of the one that waited."""
    after, origin = local(sent.one("next", "/")), cookies.origin_of(request, client)
    waiting = cookies.session_of(request)
    try:
        session = second_factor.sign_in(
            portal.database, portal.seal, waiting, sent.one("code"), origin, at=portal.clock()
        )
    except _REFUSED as error:
        error.field = error.field or "code"
        form, status = sent.refused(error, visitor.language), status_of(error)
        return page(
            request, visitor, "sign_in_code.html", status=status, headers=wait_of(error), form=form, after=after
        )
    return opened(request, session, after, instead_of=visitor, portal=portal)


@router.post("/sign-out", dependencies=[signed_in("Each ends his own session.")])
def sign_out(request: Request, visitor: FormDep, portal: PortalDep) -> Response:
    """The end of the session, here and in the browser."""
    with portal.database.transaction() as tx:
        sessions.end(tx, visitor.session)
    response = RedirectResponse("/signed-out" if visitor.way is Way.PROVIDER else "/", 303)
    cookies.drop_session(request, response)
    return response


def opened(request: Request, session: str, after: str, *, instead_of: Visitor, portal: PortalDep) -> Response:
    """On with a new session; the one before it ends."""
    if instead_of.session:
        with portal.database.transaction() as tx:
            sessions.end(tx, instead_of.session)
    response = RedirectResponse(after, 303)
    cookies.keep_session(request, response, session)
    return response


def local(where: str) -> str:
    """The address of a page of this portal; the first page in place of any other."""
    safe = where.startswith("/") and not where.startswith(("//", "/\\")) and where.isprintable()
    return where if safe else "/"


def wait_of(error: CatalogError) -> dict[str, str]:
    """The header that says when to try again."""
    return {"Retry-After": str(error.facts["retry_after"])} if "retry_after" in error.facts else {}


def _code_page(after: str) -> str:
    return address("/sign-in/code", next=after)


def _form(
    request: Request,
    visitor: Visitor,
    portal: PortalDep,
    form: Filled,
    after: str,
    status: int = 200,
    error: CatalogError | None = None,
) -> Response:
    return page(
        request,
        visitor,
        "sign_in.html",
        status=status,
        headers=wait_of(error) if error else None,
        form=form,
        after=local(after),
        provider=portal.settings.oidc_name if portal.settings.oidc_issuer else None,
    )
