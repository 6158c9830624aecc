"""What handlers ask for, by name: the portal, a transaction, who acts, which language."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from catalog.domain.errors import InvalidError, UnauthenticatedError
from catalog.domain.people import GUEST, Actor
from catalog.language import accepted
from catalog.portal import Portal
from catalog.services import keys
from catalog.store.audit import act_as
from catalog.store.database import Transaction

_IPV4 = 4
#: Bits of an IPv6 address that providers give to one customer.
_IPV6_NETWORK = 64
_bearer = HTTPBearer(auto_error=False, description="An API key made by `shuyuan keys create`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def _portal(request: Request) -> Portal:
    portal: Portal = request.app.state.portal
    return portal


PortalDep = Annotated[Portal, Depends(_portal)]


def _writing(portal: PortalDep) -> Iterator[Transaction]:
    with portal.database.transaction() as tx:
        yield tx


def _reading(portal: PortalDep) -> Iterator[Transaction]:
    with portal.database.reading() as tx:
        yield tx


#: Committed after the handler and before the answer leaves.
Tx = Annotated[Transaction, Depends(_writing, scope="function")]
Reading = Annotated[Transaction, Depends(_reading, scope="function")]


def secret_in(request: Request) -> str | None:
    """The key of a request: behind Bearer, or alone, as CKAN's clients send it."""
    header = request.headers.get("authorization")
    if not header:
        return None
    scheme, _, rest = header.partition(" ")
    return (rest if scheme.lower() == "bearer" else header).strip()


def actor_of_key(request: Request, portal: PortalDep, _documented: Credentials) -> Actor:
    secret = secret_in(request)
    if secret is None:
        raise UnauthenticatedError(cure="Send the header Authorization: Bearer KEY.")
    return _authenticated(request, portal, secret)


def _authenticated(request: Request, portal: Portal, secret: str) -> Actor:
    at = portal.clock()
    with portal.database.reading() as tx:
        key, actor = keys.authenticate(tx, secret, at=at)
    if key.person_id is not None:
        request.state.rate = request.app.state.rates.count(key.id, at.timestamp())
    portal.uses.note(key, at)
    return act_as(actor)


async def _reader(request: Request, portal: PortalDep, _documented: Credentials) -> Actor:
    # Most readers are nobody in particular, and need no thread to find that out.
    secret = secret_in(request)
    return await run_in_threadpool(_authenticated, request, portal, secret) if secret is not None else GUEST


async def reader_of(request: Request) -> Actor:
    """The same for handlers of the hot path, which read their request in one step."""
    if "authorization" not in request.headers:
        return GUEST
    return await _reader(request, request.app.state.portal, None)


async def _either(request: Request, portal: PortalDep, reader: Annotated[Actor, Depends(_reader)]) -> Actor:
    if reader.signed_in or "cookie" not in request.headers:
        return reader
    actor: Actor = await run_in_threadpool(request.app.state.reader_of_page, request, portal)
    return actor


ActorDep = Annotated[Actor, Depends(actor_of_key)]
ReaderDep = Annotated[Actor, Depends(_reader)]
#: By a key, or in a browser by the session: only for addresses that change nothing, to which pages lead.
PageReaderDep = Annotated[Actor, Depends(_either)]


async def _language(accept_language: Annotated[str | None, Header()] = None) -> str:
    return accepted(accept_language)


Language = Annotated[str, Depends(_language)]


def origin(request: Request, public_url: str) -> str:
    """The address of the portal, as readers know it."""
    return (public_url or str(request.base_url)).rstrip("/")


async def _origin(request: Request, portal: PortalDep) -> str:
    return origin(request, portal.settings.public_url)


Origin = Annotated[str, Depends(_origin)]


async def _client(request: Request) -> str:
    """Where a request comes from: an IPv4 address, or the network of an IPv6 address, which one reader has whole."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return host if address.version == _IPV4 else str(ip_network((address, _IPV6_NETWORK), strict=False))


Client = Annotated[str, Depends(_client)]


async def _revision(if_match: Annotated[str | None, Header()] = None) -> int | None:
    if if_match is None:
        return None
    value = if_match.removeprefix("W/").strip('"')
    if not value.isdecimal():
        raise InvalidError("If-Match holds the number of a revision.", field="If-Match", cure='Such as "3".')
    return int(value)


Revision = Annotated[int | None, Depends(_revision)]
PageNumber = Annotated[int, Query(alias="page", ge=1, le=100_000, description="Page, from 1.")]
PageSize = Annotated[int, Query(alias="size", ge=1, le=100, description="Entries a page.")]
