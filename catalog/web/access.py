"""Access requests: the form that asks, the list, and a case with everything that is needed to decide on one screen."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import PortalDep, Reading, origin
from catalog.domain.access import Amend, Approve, Command, Reject, Return, Revoke, Wish
from catalog.domain.datasets import Offer
from catalog.domain.errors import InvalidError, NotFoundError
from catalog.domain.people import Role
from catalog.domain.policy import Action
from catalog.domain.vocabulary import Purpose
from catalog.language import N_
from catalog.portal import Portal
from catalog.services import access, datasets
from catalog.services.access import AccessRequest
from catalog.store.database import Transaction
from catalog.web.forms import CURABLE, Filled, SentDep, labeled
from catalog.web.permission import needs, open_to_all, signed_in
from catalog.web.render import page
from catalog.web.visitor import FormDep, SignedInDep, Visitor

router = APIRouter()

#: What happened → what readers call it.
_ACTS = {
    "asked": N_("Asked for"),
    "amended": N_("Corrected"),
    "returned": N_("Returned for correction"),
    "granted": N_("Granted"),
    "rejected": N_("Rejected"),
    "revoked": N_("Revoked"),
    "tokentaken": N_("Token taken"),
}
_AT_ANY_TIME = {"revoke", "taketoken"}
#: What is open comes first, in the order of the steps.
_ORDER = {state: place for place, state in enumerate(("submitted", "returned", "granted", "rejected", "revoked"))}


@router.get("/datasets/{dataset_id}/request", dependencies=[signed_in("The form says who may send it.")])
def form(dataset_id: str, request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """The form that asks for access."""
    return _ask_form(request, visitor, portal, dataset_id, Filled())


@router.post("/datasets/{dataset_id}/request", dependencies=[needs(Action.ASK)])
def ask(dataset_id: str, request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """The new request, or the form again with what is wrong."""
    try:
        wish = _wish(sent)
        with portal.database.transaction() as tx:
            asked = access.ask(tx, visitor.known, dataset_id, wish, at=portal.clock())
    except CURABLE as error:
        return _ask_form(request, visitor, portal, dataset_id, sent.refused(error, visitor.language), 422)
    return RedirectResponse(f"/requests/{asked.id}", 303)


@router.get("/requests", dependencies=[signed_in("Each sees the requests that he has a part in.")])
def listed(request: Request, visitor: SignedInDep, tx: Reading) -> Response:
    """The requests that the visitor's organization has a part in; what waits for somebody comes first."""
    requests = sorted(access.listed(tx, visitor.known), key=lambda r: (not waits(r), _ORDER.get(r.state, 9)))
    return page(request, visitor, "requests.html", requests=requests, waiting=sum(map(waits, requests)))


def waits(request: AccessRequest) -> bool:
    """Whether the reader has the next step; what can be done at any time waits for nobody."""
    return bool(set(request.actions) - _AT_ANY_TIME)


@router.get("/requests/{request_id}", dependencies=[needs(Action.READ_OWN_REQUEST, Action.READ_REQUEST)])
def read(request_id: str, request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """One request, and what the visitor may do with it."""
    return _case(request, visitor, portal, request_id, Filled())


@router.post("/requests/{request_id}/token", dependencies=[needs(Action.ASK)])
def token(request_id: str, request: Request, visitor: FormDep, portal: PortalDep) -> Response:
    """A new token, shown this once."""
    with portal.database.transaction() as tx:
        secret = access.take_token(tx, visitor.known, request_id, at=portal.clock())
    return _case(request, visitor, portal, request_id, Filled(), secret=secret, headers={"Cache-Control": "no-store"})


@router.post("/requests/{request_id}/{act}", dependencies=[needs(Action.ASK, Action.DECIDE)])
def step(request_id: str, act: str, request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """A party takes a step; the page comes back with it in the timeline, or with what is wrong."""
    try:
        command = _command(act, sent)
        with portal.database.transaction() as tx:
            access.act(tx, visitor.known, request_id, command, at=portal.clock())
    except CURABLE as error:
        return _case(request, visitor, portal, request_id, sent.refused(error, visitor.language), status=422, tried=act)
    return RedirectResponse(f"/requests/{request_id}", 303)


@router.get(
    "/requests/{request_id}/{_act}",
    dependencies=[open_to_all("Leads to the page of the request, which says who may see it.")],
)
def again(request_id: str, _act: str, request: Request) -> Response:
    """Where a step was sent, the request itself is looked at."""
    return RedirectResponse(f"/requests/{request_id}?{request.url.query}".rstrip("?"), 303)


def _wish(sent: Filled) -> Wish:
    return Wish(_purpose(sent), sent.one("words"), sent.whole("days"), sent.whole("calls"))


def _purpose(sent: Filled) -> Purpose:
    if sent.one("purpose") not in set(Purpose):
        raise InvalidError("No purpose is chosen.", field="purpose", cure="Choose the one that fits best.")
    return Purpose(sent.one("purpose"))


_COMMANDS: Mapping[str, Callable[[Filled], Command]] = {
    "amend": lambda sent: Amend(_wish(sent)),
    "return": lambda sent: Return(sent.one("reason")),
    "approve": lambda sent: Approve(sent.whole("calls"), sent.whole("days"), sent.one("note")),
    "reject": lambda sent: Reject(sent.one("reason")),
    "revoke": lambda sent: Revoke(sent.one("reason")),
}


def _command(act: str, sent: Filled) -> Command:
    if act not in _COMMANDS:
        raise NotFoundError
    return _COMMANDS[act](sent)


def _ask_form(
    request: Request, visitor: Visitor, portal: Portal, dataset_id: str, form: Filled, status: int = 200
) -> Response:
    with portal.database.reading() as tx:
        product = datasets.read(tx, dataset_id, visitor.actor)
        named = set(tx.organizations.called(product.dataset.offer.audience).values()) if product.dataset.offer else ()
    offer = product.dataset.offer
    if offer is None:
        raise InvalidError(
            "This record has no offer: there is nothing to ask for.",
            field="product",
            cure="Open data can be downloaded at once.",
        )
    asking = visitor.known.organizations(Role.APPLICANT)
    excluded = bool(offer.audience) and not any(held.organization in named for held in asking)
    return page(
        request,
        visitor,
        "request_new.html",
        status=status,
        product=product,
        offer=offer,
        form=form,
        excluded=excluded,
        offered=labeled("purpose", offer.purposes, visitor.language),
        may=visitor.may("ASK"),
    )


def _case(
    request: Request,
    visitor: Visitor,
    portal: Portal,
    request_id: str,
    form: Filled,
    *,
    status: int = 200,
    tried: str = "",
    secret: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    with portal.database.reading() as tx:
        case = access.read(tx, visitor.known, request_id)
        offer = _offer(tx, case)
    return page(
        request,
        visitor,
        "request.html",
        status=status,
        headers=headers,
        case=case,
        offer=offer,
        form=form,
        offered=labeled("purpose", offer.purposes, visitor.language),
        blank=Filled(),
        acts=_ACTS,
        tried=tried,
        secret=secret,
        origin=origin(request, portal.settings.public_url),
    )


def _offer(tx: Transaction, case: AccessRequest) -> Offer:
    """The terms of the product now; those that were asked for once it is gone."""
    product = tx.datasets.get(case.product_id)
    return (product.dataset.offer if product else None) or Offer(calls=max(case.calls, 1), days=max(case.days, 1))
