"""Networks that sources, webhooks and other uses may reach beside the public net."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from catalog.api.deps import ActorDep, PageNumber, PageSize, PortalDep, Reading, Tx
from catalog.api.permission import needs
from catalog.domain.networks import Network, Use
from catalog.domain.policy import Action
from catalog.services import networks
from catalog.services.networks import Wanted

router = APIRouter(tags=["networks"])


class NetworkIn(BaseModel):
    """A network that is to be allowed."""

    name: str
    #: such as 10.20.0.0/16
    cidr: str
    use: Use
    #: the id of a source, or a host; empty: any of the use
    target: str = ""
    #: null: any port
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    reason: str


class NetworkOut(BaseModel):
    """A network; `ended_at` is null while it is in force."""

    id: str
    name: str
    cidr: str
    port: int | None
    use: Use
    target: str
    reason: str
    allowed_by: str
    allowed_at: str
    ended_by: str | None
    ended_at: str | None


class ReachedOut(BaseModel):
    """What was connected to through a network."""

    target: str
    host: str
    port: int
    first_at: str
    last_at: str
    times: int


class RefusedOut(BaseModel):
    """A refused address; `suggested` is the network that would have to be allowed, empty where none may be."""

    use: Use
    target: str
    host: str
    address: str
    port: int
    at: str
    suggested: str


class NetworkRead(NetworkOut):
    """A network, and what stops when it ends."""

    reached: list[ReachedOut]


def _told(entry: Any) -> dict[str, Any]:
    return {
        name: value.isoformat() if name.endswith("at") and value else value for name, value in asdict(entry).items()
    }


def _out(network: Network) -> NetworkOut:
    return NetworkOut(**_told(network))


@router.get("/networks", dependencies=[needs(Action.MANAGE_NETWORKS)])
def listed(
    tx: Reading,
    actor: ActorDep,
    page: PageNumber = 1,
    size: PageSize = 100,
    ended: Annotated[bool, Query(description="Those that have ended instead.")] = False,
) -> list[NetworkOut]:
    """Networks in force, latest first."""
    return [_out(network) for network in networks.listed(tx, actor, ended=ended, page=page, size=size)]


@router.post("/networks", status_code=201, dependencies=[needs(Action.MANAGE_NETWORKS)])
def allow(body: NetworkIn, tx: Tx, actor: ActorDep, portal: PortalDep) -> NetworkOut:
    """Allow a network for one use, from the next connection on."""
    return _out(networks.allow(tx, actor, Wanted(**body.model_dump()), at=portal.clock()))


@router.get("/networks/refusals", dependencies=[needs(Action.MANAGE_NETWORKS)])
def refusals(tx: Reading, actor: ActorDep) -> list[RefusedOut]:
    """The latest addresses that were not connected to."""
    return [RefusedOut(**_told(one), suggested=one.suggested) for one in networks.refused(tx, actor)]


@router.get("/networks/{network_id}", dependencies=[needs(Action.MANAGE_NETWORKS)])
def read(network_id: str, tx: Reading, actor: ActorDep) -> NetworkRead:
    """One network, and what was reached through it."""
    network = networks.read(tx, actor, network_id)
    reached = [ReachedOut(**_told(one)) for one in networks.resting(tx, actor, network_id)]
    return NetworkRead(**_told(network), reached=reached)


@router.post("/networks/{network_id}/end", dependencies=[needs(Action.MANAGE_NETWORKS)])
def end(network_id: str, tx: Tx, actor: ActorDep, portal: PortalDep) -> NetworkOut:
    """Allow it no longer, from the next connection on."""
    return _out(networks.end(tx, actor, network_id, at=portal.clock()))
