"""The commands ``shuyuan organizations``: the tree, and a list of organizations brought in."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from catalog import operate
from catalog.command import Json, portal
from catalog.console import progress, tell
from catalog.domain.errors import NotFoundError
from catalog.domain.organizations import Organization
from catalog.domain.people import OPERATOR
from catalog.formats.rows import RowFile
from catalog.services import organizations as tree
from catalog.services import register, succession
from catalog.store.database import Transaction

app = typer.Typer(help="Organizations, their names and their tree.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="Its id, or a name it has or had.")]


@app.command("list")
def listed(
    as_json: Json = False,
    size: Annotated[int, typer.Option(help="How many.")] = 100,
    after: Annotated[str, typer.Option(help="The id behind which they begin.")] = "",
) -> None:
    """Organizations in the order of their ids."""
    with portal(as_json) as opened, opened.database.reading() as tx:
        found = tx.organizations.page(after=after, size=size)
    told = {"organizations": [asdict(one) for one in found]}
    tell(told, as_json=as_json, text="\n".join(map(_line, found)) or "No organizations.")


@app.command("show")
def show(organization: Which, as_json: Json = False) -> None:
    """One organization: its names, what it lies beneath, what lies beneath it, its records."""
    with portal(as_json) as opened, opened.database.reading() as tx:
        found = tree.portrait(tx, _id(tx, organization))
    lines = [
        _line(found.organization),
        *(f"  formerly: {name}" for name in found.names),
        *(f"  beneath: {_line(one)}" for one in found.above),
        *(f"  over: {_line(one)}" for one in found.children),
        f"  public records: {found.records}",
    ]
    tell(asdict(found), as_json=as_json, text="\n".join(lines))


@app.command("import")
def bring_in(
    file: Annotated[Path, typer.Argument(help="CSV or Excel: name, uscc, kind, level, territory, parent.")],
    as_json: Json = False,
) -> None:
    """Bring in a list of organizations: all of it, or nothing with what is wrong by rows."""
    with portal(as_json) as opened, progress() as report:
        with opened.database.transaction() as tx:
            done = register.bring_in(tx, OPERATOR, RowFile(file).rows(), at=opened.clock())
        operate.make_findable(opened, report)
    tell(done, as_json=as_json, text="created {created}, changed {changed}".format(**done))


@app.command("rename")
def rename(
    organization: Which, name: Annotated[str, typer.Argument(help="The new name.")], as_json: Json = False
) -> None:
    """Call an organization otherwise; former names go on leading to it."""
    with portal(as_json) as opened, opened.database.transaction() as tx:
        done = tree.rename(tx, OPERATOR, _id(tx, organization), name, at=opened.clock())
    _told(done, as_json=as_json)


@app.command("move")
def move(
    organization: Which,
    parent: Annotated[str | None, typer.Argument(help="Beneath which; none: beneath none.")] = None,
    as_json: Json = False,
) -> None:
    """Put an organization with all beneath it under another one."""
    with portal(as_json) as opened, progress() as report:
        with opened.database.transaction() as tx:
            beneath = _id(tx, parent) if parent else None
            done = tree.move(tx, OPERATOR, _id(tx, organization), beneath, at=opened.clock())
        operate.make_findable(opened, report)
    _told(done, as_json=as_json)


@app.command("merge")
def merge(
    organization: Which,
    into: Annotated[str, typer.Argument(help="Who answers from now on.")],
    as_json: Json = False,
) -> None:
    """End an organization; records, members, keys, requests, grants and names are another's from now on."""
    with portal(as_json) as opened, progress() as report:
        with opened.database.transaction() as tx:
            former, heir = _id(tx, organization), _id(tx, into)
            done = succession.merge(tx, OPERATOR, former, heir, at=opened.clock())
        operate.make_findable(opened, report)
    _told(done, as_json=as_json)


def _id(tx: Transaction, said: str) -> str:
    if tx.organizations.get(said):
        return said
    found = tx.organizations.called([said]).get(said)
    if found is None:
        raise NotFoundError("There is no organization {name}.", name=said, cure="Give its id, or its whole name.")
    return found


def _line(one: Organization) -> str:
    said: tuple[Any, ...] = (one.kind, one.level, one.territory, one.uscc, "ended" if one.ended_at else None)
    return "  ".join((one.id, one.name, *(str(word) for word in said if word)))


def _told(one: Organization, *, as_json: bool) -> None:
    tell(asdict(one), as_json=as_json, text=_line(one))
