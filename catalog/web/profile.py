"""What people see and change of their own account: name, language, address, password, sessions."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import Client, PortalDep, Reading
from catalog.api.errors import status_of
from catalog.domain.accounts import LinkKind
from catalog.domain.errors import CatalogError, ConflictError
from catalog.domain.policy import Action
from catalog.domain.tokens import digest
from catalog.language import LANGUAGES
from catalog.services import accounts, links, sessions
from catalog.web import cookies
from catalog.web.forms import CURABLE, Filled, SentDep
from catalog.web.permission import needs, open_to_all
from catalog.web.render import keep_language, page
from catalog.web.session import wait_of
from catalog.web.visitor import PersonDep, PersonFormDep, Visitor, VisitorDep, same_origin

router = APIRouter()
_OPEN = open_to_all("The link is the proof of the address.")
_NAMES = {"zh": "中文", "en": "English"}


@router.get("/profile", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def profile(request: Request, visitor: PersonDep, tx: Reading, portal: PortalDep) -> Response:
    """The account at a glance."""
    now, person_id = portal.clock(), visitor.actor.person
    open_now = sessions.listed(tx, person_id, at=now)
    return page(
        request,
        visitor,
        "profile.html",
        person=tx.people.get(person_id),
        languages=_NAMES,
        has_password=tx.credentials.password(person_id) is not None,
        second_factor=tx.credentials.has_second_factor(person_id),
        codes_left=tx.credentials.recovery_codes_left(person_id),
        sessions=[session | {"here": session["digest"] == digest(visitor.session)} for session in open_now],
    )


@router.get("/profile/name", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def name(request: Request, visitor: PersonDep, tx: Reading) -> Response:
    """The form for name and language."""
    person: Any = tx.people.get(visitor.actor.person)
    return _name_form(request, visitor, Filled({"name": (person.name,), "language": (person.language,)}))


@router.post("/profile/name", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def change_name(request: Request, visitor: PersonFormDep, sent: SentDep, portal: PortalDep) -> Response:
    """The name and the language; pages follow at once."""
    language = sent.one("language")
    try:
        with portal.database.transaction() as tx:
            accounts.change_name(tx, visitor.actor.person, sent.one("name"), language, at=portal.clock())
    except CURABLE as error:
        return _name_form(request, visitor, sent.refused(error, visitor.language), 422)
    response = RedirectResponse("/profile", 303)
    keep_language(request, response, language)
    return response


@router.get("/profile/password", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def password(request: Request, visitor: PersonDep) -> Response:
    """The form for another password."""
    return page(request, visitor, "profile_password.html", form=Filled())


@router.post("/profile/password", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def change_password(
    request: Request, visitor: PersonFormDep, sent: SentDep, portal: PortalDep, client: Client
) -> Response:
    """Another password; this session goes on under a new secret, all others end."""
    person_id, origin = visitor.actor.person, cookies.origin_of(request, client)
    current, chosen = sent.raw("current"), sent.raw("password")

    def change() -> str:
        accounts.attempt(portal.database, person_id, at=portal.clock())
        with portal.database.transaction() as tx:
            return accounts.change_password(
                tx, person_id, current, chosen, strong=visitor.strong, origin=origin, at=portal.clock()
            )

    session = _done(change)
    if isinstance(session, CatalogError):
        return _again(request, visitor, "profile_password.html", sent, session)
    response = RedirectResponse("/profile", 303)
    cookies.keep_session(request, response, session)
    return response


@router.get("/profile/address", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def address(request: Request, visitor: PersonDep) -> Response:
    """The form for another address."""
    return page(request, visitor, "profile_address.html", form=Filled(), told="")


@router.post("/profile/address", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def wish_address(request: Request, visitor: PersonFormDep, sent: SentDep, portal: PortalDep) -> Response:
    """That a mail is on its way to the new address."""
    person_id, wished, current = visitor.actor.person, sent.one("email"), sent.raw("password")

    def wish() -> str:
        accounts.attempt(portal.database, person_id, at=portal.clock())
        with portal.database.transaction() as tx:
            accounts.wish_address(tx, person_id, wished, current, at=portal.clock())
        return wished

    done = _done(wish)
    if isinstance(done, CatalogError):
        return _again(request, visitor, "profile_address.html", sent, done, told="")
    return page(request, visitor, "profile_address.html", form=sent, told=done)


@router.get("/profile/address/confirm", dependencies=[_OPEN])
def confirming(request: Request, visitor: VisitorDep, tx: Reading, portal: PortalDep, token: str = "") -> Response:
    """The button that confirms; mail programs open links by themselves."""
    link = links.opened(tx, token, LinkKind.ADDRESS, at=portal.clock())
    return page(request, visitor, "profile_address_confirm.html", form=Filled(), token=token, email=link.email)


@router.post("/profile/address/confirm", dependencies=[_OPEN, Depends(same_origin)])
def confirm(request: Request, visitor: VisitorDep, portal: PortalDep, sent: SentDep, token: str = "") -> Response:
    """The account has the new address."""
    try:
        with portal.database.transaction() as tx:
            accounts.change_address(tx, token, at=portal.clock())
    except ConflictError as error:
        form = sent.refused(error, visitor.language)
        return page(request, visitor, "profile_address_confirm.html", status=409, form=form, token=token, email="")
    return RedirectResponse("/profile", 303)


@router.post("/profile/sessions/end", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def end_others(visitor: PersonFormDep, portal: PortalDep) -> Response:
    """The end of all sessions but this one."""
    with portal.database.transaction() as tx:
        sessions.end_others(tx, visitor.actor.person, visitor.session, at=portal.clock())
    return RedirectResponse("/profile#sessions", 303)


@router.post("/profile/sessions/{session_id}/end", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def end_one(visitor: PersonFormDep, portal: PortalDep, session_id: str) -> Response:
    """The end of one session."""
    with portal.database.transaction() as tx:
        sessions.end_one(tx, visitor.actor.person, session_id, at=portal.clock())
    return RedirectResponse("/profile#sessions", 303)


def _done(act: Callable[[], str]) -> str | CatalogError:
    try:
        return act()
    except CURABLE as error:
        if isinstance(error, CatalogError):
            return error
        raise


def _again(
    request: Request, visitor: Visitor, template: str, sent: Filled, error: CatalogError, **more: Any
) -> Response:
    form = sent.refused(error, visitor.language)
    return page(request, visitor, template, status=status_of(error), headers=wait_of(error), form=form, **more)


def _name_form(request: Request, visitor: Visitor, form: Filled, status: int = 200) -> Response:
    choices = [(language, _NAMES[language]) for language in LANGUAGES]
    return page(request, visitor, "profile_name.html", status=status, form=form, choices=choices)
