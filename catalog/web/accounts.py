"""Sign up, and choose a new password: both by a link that is sent to the address."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import Client, PortalDep, Reading
from catalog.api.errors import status_of
from catalog.domain.accounts import LinkKind, Way
from catalog.domain.errors import ConflictError, InvalidError, ThrottledError
from catalog.services import accounts, links, sessions
from catalog.web import cookies
from catalog.web.forms import Filled, SentDep
from catalog.web.permission import open_to_all
from catalog.web.render import page
from catalog.web.session import opened, wait_of
from catalog.web.visitor import VisitorDep, same_origin

router = APIRouter()
_OPEN = open_to_all("Nobody has an account before he makes one, or a password after he forgot it.")
_CHOOSE = (LinkKind.RESET, LinkKind.WELCOME)


@router.get("/sign-up", dependencies=[_OPEN])
def ask(request: Request, visitor: VisitorDep) -> Response:
    """The form for the address."""
    return page(request, visitor, "sign_up.html", form=Filled(), sent="")


@router.post("/sign-up", dependencies=[_OPEN, Depends(same_origin)])
def sign_up(request: Request, visitor: VisitorDep, sent: SentDep, portal: PortalDep, client: Client) -> Response:
    """That a mail is on its way, whether or not the address has an account."""
    try:
        with portal.database.transaction() as tx:
            accounts.sign_up(tx, sent.one("email"), visitor.language, client=client, at=portal.clock())
    except (InvalidError, ThrottledError) as error:
        form, status = sent.refused(error, visitor.language), status_of(error)
        return page(request, visitor, "sign_up.html", status=status, headers=wait_of(error), form=form, sent="")
    return page(request, visitor, "sign_up.html", form=sent, sent=sent.one("email"))


@router.get("/sign-up/confirm", dependencies=[_OPEN])
def confirming(request: Request, visitor: VisitorDep, tx: Reading, portal: PortalDep, token: str = "") -> Response:
    """The form for name and password; opening the link alone changes nothing."""
    link = links.opened(tx, token, LinkKind.SIGN_UP, at=portal.clock())
    return page(request, visitor, "sign_up_confirm.html", form=Filled(), token=token, email=link.email)


@router.post("/sign-up/confirm", dependencies=[_OPEN, Depends(same_origin)])
def confirm(
    request: Request, visitor: VisitorDep, sent: SentDep, portal: PortalDep, client: Client, token: str = ""
) -> Response:
    """The account, signed in to."""
    now, origin = portal.clock(), cookies.origin_of(request, client)
    try:
        with portal.database.transaction() as tx:
            person_id = accounts.confirm(tx, token, sent.one("name"), sent.raw("password"), at=now)
            session = sessions.open_for_person(
                tx, person_id, origin, way=Way.PASSWORD, strong=False, waits=False, at=now
            )
    except (InvalidError, ConflictError) as error:
        with portal.database.reading() as tx:
            email = links.opened(tx, token, LinkKind.SIGN_UP, at=now).email
        form = sent.refused(error, visitor.language)
        return page(
            request, visitor, "sign_up_confirm.html", status=status_of(error), form=form, token=token, email=email
        )
    return opened(request, session, "/profile", instead_of=visitor, portal=portal)


@router.get("/reset", dependencies=[_OPEN])
def ask_reset(request: Request, visitor: VisitorDep) -> Response:
    """The form for the address."""
    return page(request, visitor, "reset.html", form=Filled(), sent="")


@router.post("/reset", dependencies=[_OPEN, Depends(same_origin)])
def reset(request: Request, visitor: VisitorDep, sent: SentDep, portal: PortalDep, client: Client) -> Response:
    """That a mail is on its way if there is an account."""
    try:
        with portal.database.transaction() as tx:
            accounts.ask_reset(tx, sent.one("email"), visitor.language, client=client, at=portal.clock())
    except (InvalidError, ThrottledError) as error:
        form, status = sent.refused(error, visitor.language), status_of(error)
        return page(request, visitor, "reset.html", status=status, headers=wait_of(error), form=form, sent="")
    return page(request, visitor, "reset.html", form=sent, sent=sent.one("email"))


@router.get("/reset/choose", dependencies=[_OPEN])
def choosing(request: Request, visitor: VisitorDep, tx: Reading, portal: PortalDep, token: str = "") -> Response:
    """The form for the new password."""
    link = links.opened(tx, token, *_CHOOSE, at=portal.clock())
    return page(request, visitor, "reset_choose.html", form=Filled(), token=token, email=link.email)


@router.post("/reset/choose", dependencies=[_OPEN, Depends(same_origin)])
def choose(request: Request, visitor: VisitorDep, sent: SentDep, portal: PortalDep, token: str = "") -> Response:
    """The new password; then it is signed in with, and the second factor where there is one."""
    try:
        with portal.database.transaction() as tx:
            accounts.choose(tx, token, sent.raw("password"), at=portal.clock())
    except InvalidError as error:
        with portal.database.reading() as tx:
            email = links.opened(tx, token, *_CHOOSE, at=portal.clock()).email
        form = sent.refused(error, visitor.language)
        return page(request, visitor, "reset_choose.html", status=422, form=form, token=token, email=email)
    return RedirectResponse("/sign-in?next=/profile", 303)
