"""Which addresses the portal connects to: public ones, and networks that an administrator allows for a named use."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from catalog.domain.datasets import SOURCE_ID
from catalog.domain.errors import InvalidError

Address = IPv4Address | IPv6Address
_Net = IPv4Network | IPv6Network

#: Never connected to, whatever is allowed: no host, this host, all hosts, one's own link, and where the machines of
#: clouds keep their credentials.
_NEVER: tuple[_Net, ...] = tuple(
    ip_network(cidr)
    for cidr in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "255.255.255.255/32",
        "100.100.100.200/32",  # Alibaba Cloud
        "168.63.129.16/32",  # Azure
        "192.0.0.192/32",  # Oracle Cloud
        "::/128",
        "fe80::/10",
        "ff00::/8",
        "fd00:ec2::/32",  # Amazon
        "fd20:ce::254/128",  # Google Cloud
    )
)
#: IPv6 addresses that stand for an IPv4 address: their network, and how far the address is from the right end.
_EMBEDDING: tuple[tuple[IPv6Network, int], ...] = tuple(
    (IPv6Network(cidr), shift)
    for cidr, shift in (("::ffff:0:0/96", 0), ("64:ff9b::/96", 0), ("::/96", 0), ("2002::/16", 80))
)
#: All that is routed publicly.
_PUBLIC_V6 = IPv6Network("2000::/3")
#: A network is named as what it is; a wider one names half of the net.
_WIDEST = {4: 8, 6: 32}
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*|[0-9a-f:.]{2,45}")
_LONGEST_HOST = 253


class Use(StrEnum):
    """What the portal connects for."""

    SOURCE = "source"
    WEBHOOK = "webhook"
    CALLBACK = "callback"
    OIDC = "oidc"
    UPSTREAM = "upstream"


@dataclass(frozen=True, slots=True)
class Network:
    """A network that is allowed beside the public net. It is ended, never changed."""

    id: str
    name: str
    cidr: str
    #: None: any port
    port: int | None
    use: Use
    #: The id of a source, or the host that is called for another use; '': any of this use.
    target: str
    reason: str
    allowed_by: str
    allowed_at: datetime
    ended_by: str | None = None
    ended_at: datetime | None = None

    def covers(self, address: Address, port: int) -> bool:
        """Whether an address, as it is meant, may be connected to at a port."""
        return self.port in (None, port) and address in ip_network(self.cidr)


@dataclass(frozen=True, slots=True)
class Reached:
    """What was connected to through a network: it stops when the network ends."""

    target: str
    host: str
    port: int
    first_at: datetime
    last_at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Refused:
    """An address that was not connected to."""

    use: str
    target: str
    host: str
    address: str
    port: int
    at: datetime

    @property
    def suggested(self) -> str:
        """The smallest network that would have to be allowed; '' where none may be."""
        address = meant(self.address)
        return "" if is_never(address) else str(ip_network(address))


def meant(text: str) -> Address:
    """The address that packets go to in the end: IPv6 has several ways to write one of IPv4."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv4Address) or address in (IPv6Address("::"), IPv6Address("::1")):
        return address
    embedded = (int(address) >> shift & 0xFFFFFFFF for network, shift in _EMBEDDING if address in network)
    return next(map(IPv4Address, embedded), address)


def permitting(address: Address, port: int, networks: Iterable[Network]) -> Network | None:
    """The network that permits a connection to an address that is not public, if one does."""
    if is_never(address):
        return None
    return next((network for network in networks if network.covers(address, port)), None)


def is_never(address: Address) -> bool:
    """Whether an address, as it is meant, is refused whatever is allowed."""
    return any(address in network for network in _NEVER)


def is_public(address: Address) -> bool:
    """Whether an address, as it is meant, belongs to the public net."""
    if is_never(address) or address.is_multicast or not address.is_global:
        return False
    return isinstance(address, IPv4Address) or address in _PUBLIC_V6


def network_of(text: str) -> str:
    """A network in CIDR, in its usual form; InvalidError where it is none, public, too wide, or never reached."""
    try:
        network = ip_network(text.strip())
    except ValueError as error:
        raise InvalidError(
            "This is not a network in CIDR: {why}", field="cidr", why=str(error), cure="Such as 10.20.0.0/16."
        ) from error
    if network.prefixlen < _WIDEST[network.version]:
        raise InvalidError("This network is too wide.", field="cidr", cure="Name the one that is needed.")
    if any(network.version == never.version and network.subnet_of(never) for never in _NEVER):  # type: ignore[arg-type]
        raise InvalidError("Nothing may ever connect to these addresses.", field="cidr", cure="Name another network.")
    if meant(str(network[0])) != network[0] or (is_public(network[0]) and is_public(network[-1])):
        raise InvalidError(
            "This is not a private network.",
            field="cidr",
            cure="Public addresses need not be allowed; name an IPv4 network as IPv4.",
        )
    return str(network)


def target_of(use: Use, text: str) -> str:
    """The id of a source, or a host in its usual form; InvalidError where it is none."""
    if use is Use.SOURCE:
        if text and not re.fullmatch(SOURCE_ID, text):
            raise InvalidError("There can be no source of this id.", field="target", cure="Such as luzhou.")
        return text
    host = host_of(text)
    if host and (len(host) > _LONGEST_HOST or not _HOST.fullmatch(host)):
        raise InvalidError("This is not the name of a host.", field="target", cure="Such as hooks.example.cn.")
    return host


def host_of(text: str) -> str:
    """A host in its usual form: small letters, ASCII, and no dot at the end."""
    try:
        return text.strip().rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        return text.lower()
