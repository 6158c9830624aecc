"""The commands ``shuyuan networks``: which private networks the portal may connect to."""

from dataclasses import asdict
from typing import Annotated

import typer

from catalog.command import Json, portal
from catalog.console import tell
from catalog.domain.networks import Network, Use
from catalog.domain.people import OPERATOR
from catalog.services import networks
from catalog.services.networks import Wanted

app = typer.Typer(help="Private networks that the portal may connect to.", no_args_is_help=True)


@app.command("allow")
def allow(
    cidr: Annotated[str, typer.Argument(help="The network, such as 10.20.0.0/16.")],
    name: Annotated[str, typer.Option(help="What people call it.")],
    use: Annotated[Use, typer.Option(help="What is connected for.")],
    reason: Annotated[str, typer.Option(help="Who asked for it, and what for.")],
    as_json: Json = False,
    target: Annotated[str, typer.Option(help="Id of a source, or a host; none: any of the use.")] = "",
    port: Annotated[int | None, typer.Option(help="None: any port.")] = None,
) -> None:
    """Allow a network for one use, from the next connection on."""
    with portal(as_json) as opened, opened.database.transaction() as tx:
        wanted = Wanted(name=name, cidr=cidr, use=use, reason=reason, target=target, port=port)
        network = networks.allow(tx, OPERATOR, wanted, at=opened.clock())
    tell(asdict(network), as_json=as_json, text=_line(network))


@app.command("list")
def listed(
    as_json: Json = False, ended: Annotated[bool, typer.Option("--ended", help="Those that have ended.")] = False
) -> None:
    """The networks in force, and the addresses that were refused lately."""
    with portal(as_json) as opened, opened.database.reading() as tx:
        found = networks.listed(tx, OPERATOR, ended=ended)
        refused = [] if ended else networks.refused(tx, OPERATOR)
    lines = [_line(network) for network in found] or ["No networks."]
    lines += [
        f"refused {r.address} port {r.port} ({r.host}) for {r.use} {r.target}, {r.at:%Y-%m-%d %H:%M}" for r in refused
    ]
    told = {"networks": list(map(asdict, found)), "refused": list(map(asdict, refused))}
    tell(told, as_json=as_json, text="\n".join(lines))


@app.command("end")
def end(
    network_id: Annotated[str, typer.Argument(help="Id of the network, from `networks list`.")], as_json: Json = False
) -> None:
    """Allow a network no longer, and say what was reached through it."""
    with portal(as_json) as opened, opened.database.transaction() as tx:
        network = networks.end(tx, OPERATOR, network_id, at=opened.clock())
        reached = networks.resting(tx, OPERATOR, network_id)
    lines = [f"  no longer reached: {one.host}:{one.port} for {one.target}" for one in reached]
    told = asdict(network) | {"reached": list(map(asdict, reached))}
    tell(told, as_json=as_json, text="\n".join(["The network has ended.", *lines]))


def _line(network: Network) -> str:
    port, target = network.port or "any port", network.target or "any"
    return f"{network.id}  {network.cidr}  {port}  {network.use} {target}  {network.name}"
