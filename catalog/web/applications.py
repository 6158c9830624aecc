"""Applications for companies: the form, the applicant's page, and the desk of the registrar."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import PortalDep, Reading
from catalog.domain.applications import Amend, Command, Company, Refuse, Return, Verify, Withdraw
from catalog.domain.errors import NotFoundError
from catalog.domain.policy import Action
from catalog.language import N_
from catalog.portal import Portal
from catalog.services import applications
from catalog.web.forms import CURABLE, Filled, SentDep
from catalog.web.permission import needs, signed_in
from catalog.web.render import page
from catalog.web.visitor import FormDep, SignedInDep, Visitor

router = APIRouter(prefix="/applications")

#: What happened → what readers call it.
ACTS = {
    "said": N_("Submitted"),
    "returned": N_("Returned for correction"),
    "verified": N_("Verified"),
    "refused": N_("Refused"),
    "withdrawn": N_("Withdrawn"),
}


@router.get("", dependencies=[signed_in("Each sees his own, and registrars what waits for them.")])
def listed(request: Request, visitor: SignedInDep, tx: Reading) -> Response:
    """The visitor's own applications, and what waits for a registrar."""
    own = applications.mine(tx, visitor.known) if visitor.actor.person else []
    return page(request, visitor, "applications.html", own=own, queue=applications.queue(tx, visitor.known))


@router.get("/new", dependencies=[needs(Action.APPLY)])
def form(request: Request, visitor: SignedInDep) -> Response:
    """The form that applies for a company."""
    return page(request, visitor, "application_new.html", form=Filled())


@router.post("/new", dependencies=[needs(Action.APPLY)])
def apply(request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """The new application, or the form again with what is wrong."""
    try:
        with portal.database.transaction() as tx:
            case = applications.apply(tx, visitor.known, _company(sent), at=portal.clock())
    except CURABLE as error:
        form = sent.refused(error, visitor.language)
        return page(request, visitor, "application_new.html", status=422, form=form)
    return RedirectResponse(f"/applications/{case.id}", 303)


@router.get("/{application_id}", dependencies=[needs(Action.APPLY, Action.VERIFY_ORGANIZATION)])
def read(application_id: str, request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """One application, and what the visitor may do with it."""
    return _case(request, visitor, portal, application_id, Filled())


@router.post("/{application_id}/{act}", dependencies=[needs(Action.APPLY, Action.VERIFY_ORGANIZATION)])
def step(
    application_id: str, act: str, request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep
) -> Response:
    """A party takes a step; the page comes back with it in the timeline, or with what is wrong."""
    if act not in _COMMANDS:
        raise NotFoundError
    try:
        with portal.database.transaction() as tx:
            applications.act(tx, visitor.known, application_id, _COMMANDS[act](sent), at=portal.clock())
    except CURABLE as error:
        form = sent.refused(error, visitor.language)
        return _case(request, visitor, portal, application_id, form, status=422, tried=act)
    return RedirectResponse(f"/applications/{application_id}", 303)


def _company(sent: Filled) -> Company:
    return Company(**{name: sent.one(name) for name in Company.__dataclass_fields__})


_COMMANDS: Mapping[str, Callable[[Filled], Command]] = {
    "amend": lambda sent: Amend(_company(sent)),
    "withdraw": lambda _sent: Withdraw(),
    "return": lambda sent: Return(sent.one("reason")),
    "verify": lambda sent: Verify(sent.one("note")),
    "refuse": lambda sent: Refuse(sent.one("reason")),
}


def _case(
    request: Request,
    visitor: Visitor,
    portal: Portal,
    application_id: str,
    form: Filled,
    *,
    status: int = 200,
    tried: str = "",
) -> Response:
    with portal.database.reading() as tx:
        case = applications.read(tx, visitor.known, application_id)
    return page(
        request,
        visitor,
        "application.html",
        status=status,
        case=case,
        form=form,
        blank=Filled(),
        tried=tried,
        acts=ACTS,
    )
