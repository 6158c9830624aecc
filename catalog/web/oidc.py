"""To the identity provider and back, and what to do after signing out here."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import Client, Origin, PortalDep
from catalog.domain.errors import NotFoundError, ProviderBrokenError, SealBrokenError, UnauthenticatedError
from catalog.domain.oidc import Flow
from catalog.portal import Portal
from catalog.services import oidc
from catalog.web import cookies
from catalog.web.permission import open_to_all
from catalog.web.render import page
from catalog.web.session import code_page, local, opened
from catalog.web.visitor import VisitorDep

if TYPE_CHECKING:
    from ingest.oidc import Provider

router = APIRouter()
_OPEN = open_to_all("Nobody is signed in before he signs in.")
_COOKIE, _BACK = "shuyuan_flow", "/sign-in/provider/back"


@router.get("/sign-in/provider", dependencies=[_OPEN])
def begin(request: Request, portal: PortalDep, origin: Origin, next: str = "/") -> Response:  # noqa: A002 the name in the address
    """On to the provider."""
    address, flow = _provider(portal).begin(origin + _BACK, local(next))
    response = RedirectResponse(address, 303)
    cookies.keep(request, response, _COOKIE, portal.seal.seal(orjson.dumps(asdict(flow)).decode()), oidc.FLOW)
    return response


@router.get(_BACK, dependencies=[_OPEN])
def finish(request: Request, visitor: VisitorDep, portal: PortalDep, origin: Origin, client: Client) -> Response:
    """A session for whom the provider vouches for."""
    flow = _flow(request, portal)
    identity = _provider(portal).finish(flow, origin + _BACK, request.query_params)
    with portal.database.transaction() as tx:
        session, waits = oidc.sign_in(
            tx,
            identity,
            portal.claim_roles,
            cookies.origin_of(request, client),
            language=visitor.language,
            separation=not portal.settings.separation_off_reason,
            at=portal.clock(),
        )
    response = opened(
        request, session, code_page(flow.after) if waits else flow.after, instead_of=visitor, portal=portal
    )
    cookies.drop(request, response, _COOKIE)
    return response


@router.get("/signed-out", dependencies=[_OPEN])
def signed_out(request: Request, visitor: VisitorDep, portal: PortalDep, origin: Origin) -> Response:
    """That the session has ended here, and where the one at the provider ends."""
    try:
        address = portal.provider.sign_out_address(origin) if portal.provider else ""
    except ProviderBrokenError:
        address = ""
    return page(request, visitor, "signed_out.html", provider=address)


def _provider(portal: Portal) -> "Provider":
    if portal.provider is None:
        raise NotFoundError
    return portal.provider


def _flow(request: Request, portal: Portal) -> Flow:
    try:
        text = portal.seal.open(cookies.kept(request, _COOKIE), seconds=int(oidc.FLOW.total_seconds()))
    except SealBrokenError as error:
        raise UnauthenticatedError("That took too long.", cure="Sign in again.") from error
    return Flow(**orjson.loads(text))
