"""Allow a network and end it; and the gate that every connection to an address of somebody else passes."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from catalog.domain.audit import Act
from catalog.domain.errors import AddressRefusedError, ConflictError, InvalidError, NotFoundError
from catalog.domain.networks import (
    Address,
    Network,
    Reached,
    Refused,
    Use,
    host_of,
    is_public,
    meant,
    network_of,
    permitting,
    target_of,
)
from catalog.domain.people import Actor
from catalog.domain.policy import Action
from catalog.services.permission import require
from catalog.store.database import Database, Transaction

_LONGEST_NAME, _LONGEST_REASON, _LONGEST_HOST = 100, 1000, 253
_PORTS = range(1, 65536)
#: Refusals that are remembered: the addresses come from strangers.
_REFUSALS = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """A network that is to be allowed."""

    name: str
    cidr: str
    use: Use
    reason: str
    target: str = ""
    port: int | None = None


def allow(tx: Transaction, actor: Actor, wanted: Wanted, *, at: datetime) -> Network:
    """Let one use connect to a network, from the next connection on."""
    require(actor, Action.MANAGE_NETWORKS)
    network = Network(
        id=uuid4().hex,
        name=_text("name", wanted.name, _LONGEST_NAME),
        cidr=network_of(wanted.cidr),
        port=_port(wanted.port),
        use=wanted.use,
        target=target_of(wanted.use, wanted.target),
        reason=_text("reason", wanted.reason, _LONGEST_REASON),
        allowed_by=actor.name,
        allowed_at=at,
    )
    for known in tx.networks.allowed(network.use, network.target):
        if (known.cidr, known.port, known.target) == (network.cidr, network.port, network.target):
            raise ConflictError("This is allowed already, by the name of {name}.", field="cidr", name=known.name)
    tx.networks.add(network)
    said: dict[str, Any] = {"name": network.name, "cidr": network.cidr, "port": network.port, "reason": network.reason}
    tx.audit.add(
        at=at, actor=actor, act=Act.NETWORK_ALLOWED, target=network.id, use=network.use, of=network.target, **said
    )
    return network


def end(tx: Transaction, actor: Actor, network_id: str, *, at: datetime) -> Network:
    """Allow a network no longer, from the next connection on."""
    network = read(tx, actor, network_id)
    if not tx.networks.end(network_id, by=actor.name, at=at):
        raise ConflictError("This network has ended already.")
    tx.audit.add(at=at, actor=actor, act=Act.NETWORK_ENDED, target=network_id, name=network.name, cidr=network.cidr)
    return read(tx, actor, network_id)


def read(tx: Transaction, actor: Actor, network_id: str) -> Network:
    """One network."""
    require(actor, Action.MANAGE_NETWORKS)
    network = tx.networks.get(network_id)
    if network is None:
        raise NotFoundError
    return network


def listed(tx: Transaction, actor: Actor, *, ended: bool = False, page: int = 1, size: int = 100) -> list[Network]:
    """Networks in force, or those that have ended; the latest first."""
    require(actor, Action.MANAGE_NETWORKS)
    return tx.networks.page(ended=ended, offset=(page - 1) * size, size=size)


def resting(tx: Transaction, actor: Actor, network_id: str) -> list[Reached]:
    """What was reached through a network, and will not be once it has ended."""
    read(tx, actor, network_id)
    return tx.networks.uses(network_id)


def refused(tx: Transaction, actor: Actor) -> list[Refused]:
    """What was refused lately, with the addresses that nobody else is told."""
    require(actor, Action.MANAGE_NETWORKS)
    return tx.networks.refusals()


def is_any_allowed(tx: Transaction, use: Use, host: str) -> bool:
    """Whether a private network is allowed for a host, wherever it turns out to be."""
    return bool(tx.networks.allowed(use, host_of(host)))


@dataclass(frozen=True, slots=True)
class Gate:
    """What may be connected to for one use, asked anew for each connection.

    It writes down what it lets through and what it refuses, so nobody connects within a transaction.
    """

    database: Database
    clock: Callable[[], datetime]
    use: Use
    #: The id of a source; for other uses the host that is called.
    target: str = ""

    def permitted(self, host: str, port: int, found: Sequence[str]) -> Iterator[str]:
        """Those of the addresses that were found for a host which may be connected to, in their order.

        AddressRefusedError: none of them.
        """
        host = host_of(host)[:_LONGEST_HOST]
        target = self.target or host
        addresses = {text: meant(text) for text in found}
        networks = self._allowed(target, addresses.values())
        passing = [
            (text, network)
            for text, address in addresses.items()
            if (network := permitting(address, port, networks)) or is_public(address)
        ]
        if not passing:
            self._refuse(target, host, port, str(next(iter(addresses.values()))))
        for text, network in passing:
            if network:
                with self.database.transaction() as tx:
                    tx.networks.note_use(network.id, target, host, port, at=self.clock())
            yield text

    def _allowed(self, target: str, addresses: Collection[Address]) -> list[Network]:
        if all(map(is_public, addresses)):
            return []
        with self.database.reading() as tx:
            return tx.networks.allowed(self.use, target)

    def _refuse(self, target: str, host: str, port: int, address: str) -> None:
        with self.database.transaction() as tx:
            tx.networks.note_refusal(Refused(self.use, target, host, address, port, self.clock()), keep=_REFUSALS)
        raise AddressRefusedError(
            "The address of {target} is not public.",
            field="location",
            target=target,
            cure="An administrator may allow its network for {target}; the list of networks names what was refused.",
        )


def _text(field: str, text: str, longest: int) -> str:
    said = " ".join(text.split())
    if not said or len(said) > longest:
        raise InvalidError(
            "This is empty or too long.", field=field, cure="Write 1 to {longest} characters.", longest=longest
        )
    return said


def _port(port: int | None) -> int | None:
    if port is not None and port not in _PORTS:
        raise InvalidError("This is not a port.", field="port", cure="Give a number from 1 to 65535, or none for any.")
    return port
