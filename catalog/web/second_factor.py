"""Set the second factor up, take it off, and new recovery codes."""

from dataclasses import replace

import segno
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import Client, PortalDep, Reading
from catalog.api.errors import status_of
from catalog.domain.accounts import Way
from catalog.domain.errors import CatalogError, GoneError
from catalog.domain.policy import Action
from catalog.services import accounts, second_factor, sessions
from catalog.web import cookies
from catalog.web.forms import CURABLE, Filled, SentDep
from catalog.web.permission import needs
from catalog.web.render import page
from catalog.web.session import wait_of
from catalog.web.visitor import PersonDep, PersonFormDep, Visitor

router = APIRouter()


@router.get("/profile/second-factor", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def state(request: Request, visitor: PersonDep, tx: Reading) -> Response:
    """Whether it is on, and what can be done."""
    return _state(request, visitor, tx, Filled())


@router.post("/profile/second-factor/begin", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def begin(request: Request, visitor: PersonFormDep, sent: SentDep, portal: PortalDep) -> Response:
    """The picture for the app. The secret is shown in this answer alone, and is in force once a code of it is given."""
    person_id = visitor.actor.person
    try:
        accounts.attempt(portal.database, person_id, at=portal.clock())
        with portal.database.transaction() as tx:
            second_factor.begin(tx, portal.seal, person_id, sent.raw("password"))
    except CURABLE as error:
        return _refused(request, visitor, portal, sent, error)
    return _picture(request, visitor, portal, Filled())


@router.post("/profile/second-factor/confirm", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def confirm(request: Request, visitor: PersonFormDep, sent: SentDep, portal: PortalDep, client: Client) -> Response:
    """It is on; the recovery codes, once."""
    person_id, way, origin = visitor.actor.person, visitor.way or Way.PASSWORD, cookies.origin_of(request, client)
    try:
        accounts.attempt(portal.database, person_id, at=portal.clock())
        with portal.database.transaction() as tx:
            session, codes = second_factor.confirm(
                tx, portal.seal, person_id, sent.one("code"), way=way, origin=origin, at=portal.clock()
            )
    except CURABLE as error:
        return _picture(request, visitor, portal, sent.refused(error, visitor.language), error)
    with portal.database.reading() as tx:
        holder = sessions.holder(tx, session, at=portal.clock())
    known = replace(visitor, session=session, strong=True, actor=holder.actor if holder else visitor.actor)
    response = page(request, known, "second_factor_codes.html", codes=codes, first=True)
    cookies.keep_session(request, response, session)
    return response


@router.post("/profile/second-factor/codes", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def renew_codes(request: Request, visitor: PersonFormDep, sent: SentDep, portal: PortalDep) -> Response:
    """New recovery codes, once."""
    person_id = visitor.actor.person
    try:
        accounts.attempt(portal.database, person_id, at=portal.clock())
        with portal.database.transaction() as tx:
            codes = second_factor.renew_codes(tx, portal.seal, person_id, sent.one("code"), at=portal.clock())
    except CURABLE as error:
        return _refused(request, visitor, portal, sent, error)
    return page(request, visitor, "second_factor_codes.html", codes=codes, first=False)


@router.post("/profile/second-factor/remove", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def remove(request: Request, visitor: PersonFormDep, sent: SentDep, portal: PortalDep) -> Response:
    """It is off, and everybody has to sign in again."""
    person_id = visitor.actor.person
    try:
        accounts.attempt(portal.database, person_id, at=portal.clock())
        with portal.database.transaction() as tx:
            second_factor.remove(tx, portal.seal, person_id, sent.one("code"), at=portal.clock())
    except CURABLE as error:
        return _refused(request, visitor, portal, sent, error)
    response = RedirectResponse("/sign-in?next=/profile", 303)
    cookies.drop_session(request, response)
    return response


def _refused(request: Request, visitor: Visitor, portal: PortalDep, sent: Filled, error: Exception) -> Response:
    with portal.database.reading() as tx:
        return _state(request, visitor, tx, sent.refused(error, visitor.language), error)


def _state(request: Request, visitor: Visitor, tx: Reading, form: Filled, error: Exception | None = None) -> Response:
    person_id = visitor.actor.person
    return page(
        request,
        visitor,
        "second_factor.html",
        status=_status(error),
        headers=_headers(error),
        form=form,
        on=tx.credentials.has_second_factor(person_id),
        codes_left=tx.credentials.recovery_codes_left(person_id),
        has_password=tx.credentials.password(person_id) is not None,
    )


def _picture(
    request: Request, visitor: Visitor, portal: PortalDep, form: Filled, error: Exception | None = None
) -> Response:
    with portal.database.reading() as tx:
        offered = second_factor.offered(tx, portal.seal, visitor.actor.person)
    if offered is None:
        raise GoneError("There is nothing to confirm.", cure="Begin again.")
    picture = segno.make(offered.address, error="m").svg_data_uri(scale=5, border=4, light="#fff")
    return page(
        request,
        visitor,
        "second_factor_picture.html",
        status=_status(error),
        headers={**_headers(error), "Cache-Control": "no-store"},
        form=form,
        picture=picture,
        secret=offered.secret,
    )


def _status(error: Exception | None) -> int:
    return status_of(error) if isinstance(error, CatalogError) else 200


def _headers(error: Exception | None) -> dict[str, str]:
    return wait_of(error) if isinstance(error, CatalogError) else {}
