"""Networks as pages: what is allowed, the form that allows, what was refused, and what rests on a network that ends."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import PortalDep, Reading
from catalog.domain.errors import InvalidError
from catalog.domain.networks import Use
from catalog.domain.policy import Action
from catalog.portal import Portal
from catalog.services import networks
from catalog.services.networks import Wanted
from catalog.web.forms import CURABLE, Filled, SentDep, labeled
from catalog.web.permission import needs
from catalog.web.render import page
from catalog.web.visitor import FormDep, SignedInDep, Visitor

router = APIRouter(prefix="/networks")


@router.get("", dependencies=[needs(Action.MANAGE_NETWORKS)])
def listed(request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """What is allowed and was refused; a refusal leads to the form, filled in by the address."""
    asked = {name: (value,) for name, value in request.query_params.items()}
    return _page(request, visitor, portal, Filled(asked))


@router.post("", dependencies=[needs(Action.MANAGE_NETWORKS)])
def allow(request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """The network, or the form again with what is wrong."""
    try:
        with portal.database.transaction() as tx:
            networks.allow(tx, visitor.known, _wanted(sent), at=portal.clock())
    except CURABLE as error:
        return _page(request, visitor, portal, sent.refused(error, visitor.language), 422)
    return RedirectResponse("/networks", 303)


@router.get("/{network_id}/end", dependencies=[needs(Action.MANAGE_NETWORKS)])
def ending(network_id: str, request: Request, visitor: SignedInDep, tx: Reading) -> Response:
    """What stops when the network ends, and the button that ends it."""
    network = networks.read(tx, visitor.known, network_id)
    reached = networks.resting(tx, visitor.known, network_id)
    return page(request, visitor, "network_end.html", network=network, reached=reached)


@router.post("/{network_id}/end", dependencies=[needs(Action.MANAGE_NETWORKS)])
def end(network_id: str, visitor: FormDep, portal: PortalDep) -> Response:
    """Ended."""
    with portal.database.transaction() as tx:
        networks.end(tx, visitor.known, network_id, at=portal.clock())
    return RedirectResponse("/networks", 303)


def _wanted(sent: Filled) -> Wanted:
    if sent.one("use") not in set(Use):
        raise InvalidError("No use is chosen.", field="use", cure="Choose what the network is for.")
    return Wanted(
        name=sent.one("name"),
        cidr=sent.one("cidr"),
        use=Use(sent.one("use")),
        target=sent.one("target"),
        port=sent.whole("port") if sent.one("port") else None,
        reason=sent.one("reason"),
    )


def _page(request: Request, visitor: Visitor, portal: Portal, form: Filled, status: int = 200) -> Response:
    with portal.database.reading() as tx:
        return page(
            request,
            visitor,
            "networks.html",
            status=status,
            form=form,
            uses=labeled("network_use", Use, visitor.language),
            networks=networks.listed(tx, visitor.known),
            ended=networks.listed(tx, visitor.known, ended=True, size=20),
            refused=networks.refused(tx, visitor.known),
        )
