"""The commands ``shuyuan search steer``: edit a draft, see what it would change, publish it, go back."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from catalog import operate
from catalog.command import Json, portal
from catalog.console import progress, rehearsal, tell
from catalog.domain.people import OPERATOR
from catalog.domain.steering import Changes, Version
from catalog.services import steering

app = typer.Typer(help="Words, weights and pinned results of the search.", no_args_is_help=True)

Remove = Annotated[bool, typer.Option("--remove", help="Take it out instead.")]


@app.command("show")
def show(as_json: Json = False) -> None:
    """The draft: what differs from the words and weights that come with the product."""
    with portal(as_json) as opened, opened.database.reading() as tx:
        draft, number = tx.steering.draft(), tx.steering.number_in_force()
    told = {"revision": draft.revision, "in_force": number, "changes": _said(draft.changes)}
    lines = [f"{name}: {value}" for name, value in _said(draft.changes).items()]
    tell(told, as_json=as_json, text="\n".join([f"draft {draft.revision}, version {number} is in force", *lines]))


@app.command("synonym")
def synonym(
    line: Annotated[str, typer.Argument(help='"a, b" mean the same; "a => b, c": who types a accepts b and c too.')],
    as_json: Json = False,
    remove: Remove = False,
) -> None:
    """Add synonyms to the draft, or take some out."""
    _edit(as_json, lambda changes: _toggled(changes, "synonyms", line, remove=remove))


@app.command("stop")
def stop(
    word: Annotated[str, typer.Argument(help="A word that says nothing about a subject.")],
    as_json: Json = False,
    weak: Annotated[bool, typer.Option("--weak", help="It says little, rather than nothing.")] = False,
    remove: Remove = False,
) -> None:
    """Add a stop word to the draft, or take one out."""
    _edit(as_json, lambda changes: _toggled(changes, "weak" if weak else "stop", word, remove=remove))


@app.command("weight")
def weight(
    name: Annotated[str, typer.Argument(help="A name of search/lexicon/weights.toml.")],
    value: Annotated[float, typer.Argument(help="What it shall be.")],
    as_json: Json = False,
) -> None:
    """Change a weight in the draft."""
    _edit(as_json, lambda changes: {"weights": {**changes.weights, name: value}})


@app.command("pin")
def pin(
    query: Annotated[str, typer.Argument(help="What readers type.")],
    ids: Annotated[list[str] | None, typer.Argument(help="Up to five ids of records; none: nothing is pinned.")] = None,
    as_json: Json = False,
) -> None:
    """Say which records come first for a query."""

    def pinned(changes: Changes) -> dict[str, Any]:
        others = {other: kept for other, kept in changes.pins.items() if other != query}
        return {"pins": others | ({query: ids} if ids else {})}

    _edit(as_json, pinned)


@app.command("preview")
def preview(as_json: Json = False) -> None:
    """What the draft would change on the judged queries, and on those that readers ask most."""
    with portal(as_json) as opened, progress() as report:
        path, today = opened.settings.judged_queries, opened.clock().date()
        judged = str(path.absolute()) if path else ""
        result = operate.do(opened, "preview", report, path=judged, today=today.isoformat())
    tell(result, as_json=as_json, text=rehearsal(result))


@app.command("publish")
def publish(
    as_json: Json = False, note: Annotated[str, typer.Option(help="Why; it stays with the version.")] = ""
) -> None:
    """Put the draft in force, in every process within two seconds."""
    with portal(as_json) as opened, opened.database.transaction() as tx:
        known = tx.steering.draft().revision
        version = steering.publish(tx, OPERATOR, note, revision=known, at=opened.clock())
    _told(version, as_json=as_json)


@app.command("undo")
def undo(
    as_json: Json = False,
    to: Annotated[int | None, typer.Option(help="Number of a version; 0: as it comes with the product.")] = None,
) -> None:
    """Put the version before this one in force again, or the one that is named, as a new version."""
    with portal(as_json) as opened, opened.database.transaction() as tx:
        number = steering.previous(tx) if to is None else to
        version = steering.restore(tx, OPERATOR, number, at=opened.clock())
    _told(version, as_json=as_json)


@app.command("versions")
def versions(as_json: Json = False) -> None:
    """The versions, latest first."""
    with portal(as_json) as opened, opened.database.reading() as tx:
        found = steering.versions(tx, OPERATOR)
    lines = [f"{v.number}  {v.at:%Y-%m-%d %H:%M}  {v.author}  {v.note}" for v in found]
    told = [asdict(version) | {"changes": _said(version.changes)} for version in found]
    tell({"versions": told}, as_json=as_json, text="\n".join(lines) or "No versions.")


def _edit(as_json: bool, change: Callable[[Changes], dict[str, Any]]) -> None:
    with portal(as_json) as opened, opened.database.transaction() as tx:
        draft = tx.steering.draft()
        # Validated as a whole: what is typed here is a stranger's data too.
        changes = Changes.model_validate(draft.changes.model_dump() | change(draft.changes))
        edited = steering.edit(tx, OPERATOR, changes, revision=draft.revision, at=opened.clock())
    told = {"revision": edited.revision, "changes": _said(edited.changes)}
    tell(told, as_json=as_json, text=f"Kept in draft {edited.revision}. See `preview`, then `publish`.")


def _toggled(changes: Changes, kind: str, words: str, *, remove: bool) -> dict[str, Any]:
    """Taking back what was changed leaves no change; anything else is one."""
    into, back = (f"{kind}_removed", f"{kind}_added") if remove else (f"{kind}_added", f"{kind}_removed")
    kept = getattr(changes, back)
    if words in kept:
        return {back: tuple(other for other in kept if other != words)}
    return {into: tuple(dict.fromkeys((*getattr(changes, into), words)))}


def _told(version: Version, *, as_json: bool) -> None:
    tell({"number": version.number}, as_json=as_json, text=f"Version {version.number} is in force within two seconds.")


def _said(changes: Changes) -> dict[str, Any]:
    return changes.model_dump(mode="json", exclude_defaults=True)
