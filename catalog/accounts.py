"""The commands ``shuyuan people``: the first administrators, and what is needed in an emergency. All are audited."""

from typing import Annotated

import typer

from catalog.command import Json
from catalog.command import portal as _portal
from catalog.console import tell
from catalog.domain.people import OPERATOR, Role
from catalog.language import DEFAULT
from catalog.services import accounts, links, people, second_factor

app = typer.Typer(help="People and their accounts.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="E-mail address of the account.")]


@app.command("create-admin")
def create_admin(
    email: Annotated[str, typer.Option(help="E-mail address of the person.")],
    role: Annotated[Role, typer.Option(help="admin, security_admin or auditor.")],
    as_json: Json = False,
    ask_password: Annotated[bool, typer.Option("--ask-password", help="Ask for the password here, no link.")] = False,
) -> None:
    """Give a person a role of the platform, and print a link by which the password is chosen. It holds three days."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if ask_password else ""
    with _portal(as_json) as portal, portal.database.transaction() as tx:
        now, settings = portal.clock(), portal.settings
        separation = not settings.separation_off_reason
        person_id = people.create_admin(tx, OPERATOR, email, role, DEFAULT, at=now, separation=separation)
        known = tx.credentials.password(person_id) is not None
        link = "" if known else settings.address + links.shown(tx, email.lower(), DEFAULT, person_id, at=now)
        if password and not known:
            accounts.choose(tx, link.partition("token=")[2], password, at=now)
            link = ""
    tell({"id": person_id, "role": role, "link": link}, as_json=as_json, text=link or "The role is granted.")


@app.command("list")
def list_people(
    as_json: Json = False,
    after: Annotated[str, typer.Option(help="Begin behind this address.")] = "",
    size: Annotated[int, typer.Option(help="How many.")] = 1000,
) -> None:
    """People by address, with their roles."""
    with _portal(as_json) as portal, portal.database.reading() as tx:
        found = people.listed(tx, after=after, size=size, at=portal.clock())
    lines = ["{email}  {name}  {state}  {shown}".format(**one, shown=", ".join(one["roles"])) for one in found]
    tell({"people": found}, as_json=as_json, text="\n".join(lines) or "Nobody.")


@app.command("block")
def block(email: Email) -> None:
    """End a person's sessions and keys at once, and let the person in no more."""
    with _portal() as portal, portal.database.transaction() as tx:
        people.block(tx, OPERATOR, people.found(tx, email), at=portal.clock())
    typer.echo("Blocked.")


@app.command("unblock")
def unblock(email: Email) -> None:
    """Let a person in again."""
    with _portal() as portal, portal.database.transaction() as tx:
        people.unblock(tx, OPERATOR, people.found(tx, email), at=portal.clock())
    typer.echo("Unblocked.")


@app.command("reset-second-factor")
def reset_second_factor(email: Email) -> None:
    """Take the second factor off, of somebody who has lost app and recovery codes; the person is told by mail."""
    with _portal() as portal, portal.database.transaction() as tx:
        second_factor.reset(tx, OPERATOR, people.found(tx, email), at=portal.clock())
    typer.echo("The second factor is off.")
