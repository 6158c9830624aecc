"""Who looks at a page: the language, who signed in, and the token that protects forms."""

import hashlib
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Form, Request

from catalog.api.deps import PortalDep
from catalog.domain.accounts import Way
from catalog.domain.errors import ForbiddenError, UnauthenticatedError
from catalog.domain.people import GUEST, Actor
from catalog.domain.policy import Action, could
from catalog.domain.viewing import View
from catalog.language import LANGUAGES, accepted
from catalog.portal import Portal
from catalog.services import sessions, viewing
from catalog.store.audit import act_as
from catalog.web import cookies

LANGUAGE_COOKIE = "shuyuan_language"
#: The cookie that a view is in.
VIEW = "shuyuan_view"
#: What can be done while one looks through other eyes.
_WHILE_VIEWING = frozenset({"/view-as/stop", "/sign-out"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """The reader of a page."""

    language: str
    actor: Actor = GUEST
    session: str = ""
    #: How the session was opened; None: nobody is signed in.
    way: Way | None = None
    #: Whether the second factor was given.
    strong: bool = False
    #: Through whose eyes the visitor looks; ``actor`` is then whom these stand for. None: through his own.
    viewing: View | None = None

    @property
    def csrf(self) -> str:
        """What a form must send back: it follows from the session, and nobody else can know it."""
        return hashlib.sha256(f"csrf {self.session}".encode()).hexdigest()

    @property
    def signed_in(self) -> bool:
        """Whether it is known who this is."""
        return self.actor.signed_in

    def may(self, action: str) -> bool:
        """Whether the visitor may do something somewhere; by the action's name, such as ``STEER``."""
        return bool(could(self.actor, Action[action]))

    @property
    def known(self) -> Actor:
        """Who is signed in; UnauthenticatedError when nobody is."""
        if not self.actor.signed_in:
            raise UnauthenticatedError
        return self.actor


def language_of(request: Request) -> str:
    """The language chosen on the page, else the one that was chosen earlier, else the browser's."""
    for said in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if said in LANGUAGES:
            return str(said)
    return accepted(request.headers.get("accept-language"))


def visitor_of(request: Request, portal: Portal) -> Visitor:
    """Who sent a request, as far as the session tells."""
    language, session = language_of(request), cookies.session_of(request)
    if not session:
        return Visitor(language)
    now = portal.clock()
    with portal.database.reading() as tx:
        holder = sessions.holder(tx, session, at=now)
    if holder is None:
        return Visitor(language)
    if holder.unmarked:
        with portal.database.transaction() as tx:
            sessions.seen(tx, session, at=now)
    visitor = Visitor(language, act_as(holder.actor), session, holder.way, holder.strong)
    mark, _, chosen = cookies.kept(request, VIEW).partition(".")
    return _looking(portal, visitor, chosen) if mark == view_mark(session) else visitor


def view_mark(session: str) -> str:
    """What binds a view to the session in which it was chosen."""
    return hashlib.sha256(f"view {session}".encode()).hexdigest()[:16]


def _looking(portal: Portal, visitor: Visitor, chosen: str) -> Visitor:
    with portal.database.reading() as tx:
        seen = viewing.seen_as(tx, visitor.actor, chosen)
    return replace(visitor, viewing=seen[0], actor=seen[1]) if seen else visitor


def reader_of(request: Request, portal: Portal) -> Actor:
    """Who reads what a page leads to, such as a file of its results."""
    return visitor_of(request, portal).actor


def _visitor(request: Request, portal: PortalDep) -> Visitor:
    visitor = visitor_of(request, portal)
    if visitor.viewing and request.method not in ("GET", "HEAD") and request.url.path not in _WHILE_VIEWING:
        raise ForbiddenError("While you view as another reader nothing can be changed.", cure="Stop the view first.")
    return visitor


VisitorDep = Annotated[Visitor, Depends(_visitor)]


def _signed_in(visitor: VisitorDep) -> Visitor:
    if not visitor.actor.signed_in:
        raise UnauthenticatedError("Sign in to see this page.")
    return visitor


#: A visitor whose ``known`` never fails.
SignedInDep = Annotated[Visitor, Depends(_signed_in)]


def _person(visitor: SignedInDep) -> Visitor:
    if not visitor.actor.person:
        raise ForbiddenError("This page is for people, and you are signed in with a key.", cure="Sign in as yourself.")
    return visitor


#: A visitor whose ``actor.person`` is never empty.
PersonDep = Annotated[Visitor, Depends(_person)]


def same_origin(request: Request) -> None:
    """A form comes from a page of ours; browsers say so."""
    said = request.headers.get("origin") or request.headers.get("referer") or ""
    elsewhere = request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    if elsewhere or (said and urlsplit(said).netloc != request.headers.get("host")):
        raise ForbiddenError("This form was sent from another site.", cure="Open the page here and send it again.")


def _of_session(request: Request, visitor: VisitorDep, csrf: Annotated[str, Form()] = "") -> Visitor:
    same_origin(request)
    if csrf != visitor.csrf:
        raise ForbiddenError("This form is no longer valid.", cure="Go back, reload the page and send it again.")
    return visitor


#: Who sends a form from a page of this session, through whose eyes ever he looks.
SessionFormDep = Annotated[Visitor, Depends(_of_session)]


def _form(request: Request, visitor: SignedInDep, csrf: Annotated[str, Form()] = "") -> Visitor:
    return _of_session(request, visitor, csrf)


#: The visitor who sends a form: signed in, and from a page of ours.
FormDep = Annotated[Visitor, Depends(_form)]


def _person_form(visitor: FormDep) -> Visitor:
    return _person(visitor)


#: The same, of a person.
PersonFormDep = Annotated[Visitor, Depends(_person_form)]
