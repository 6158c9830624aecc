"""``python -m tests.permissions`` writes docs/permissions.md: the policy table, and who may use which address."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from catalog.api.permission import Permission, declarations
from catalog.app import create_app
from catalog.domain.people import Role
from catalog.domain.policy import POLICY, SCOPES, Action, Rule, Where, roles_for
from catalog.domain.vocabulary import label
from catalog.settings import Settings
from catalog.wiring import open_portal

__all__ = ["PAGE", "Permission", "addresses", "roles_for", "written"]
PAGE = Path(__file__).parents[1] / "docs" / "permissions.md"
_HEAD = """\
# Permissions

This page is written by `python -m tests.permissions` from the policy table (`catalog/domain/policy.py`) and from what
each address declares; a test compares it.
Why there is one table is in [the decision](adr/0021-one-policy-table.md), how search and database go by it in
[who finds what](search.md#who-finds-what).

What no line allows is forbidden. A line in which several roles stand holds for each of them.
Under *State*, nothing means every state.
A record is `draft`, `private`, `embargoed` or `public` by its visibility.
One that is graded core or important (GB/T 43697) is `classified` whatever its visibility, and never public.
*not one's own* means that nobody decides on what he brought in himself.
A key needs the scope beside, whatever its roles; what everybody may do needs no key.

## Policy

| Action | Role | Where | State | Scope of a key |
| --- | --- | --- | --- | --- |
"""
_MIDDLE = """
## Addresses

Each address declares an action, or why it needs none (`catalog/api/permission.py`).
Where several actions stand, one of them is enough to come in; the use case looks at the thing itself.
To read a record, nobody needs to sign in; one that a reader may not read is answered like one that never existed.

| Address | Method | Who |
| --- | --- | --- |
"""


def addresses(app: FastAPI) -> Iterator[tuple[str, str, list[Permission]]]:
    """Each address of the application, its method and what it declares."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            for method in sorted(route.methods or ()):
                yield str(route.path), method, declarations(route.original_route)


def written(app: FastAPI) -> str:
    """The page."""
    rows = sorted(f"| `{path}` | {method} | {_who(declared)} |" for path, method, declared in addresses(app))
    return "".join((_HEAD, *(f"{_line(rule)}\n" for rule in _rules()), _MIDDLE, "\n".join(rows), "\n"))


def _rules() -> list[Rule]:
    """What the commands on the server may do is told in one line, and not for each action."""
    return [rule for rule in POLICY if Role.OPERATOR not in rule.roles]


def _line(rule: Rule) -> str:
    roles = ", ".join(f"`{role}` {label('role', role, 'zh')}" for role in rule.roles)
    states = ", ".join(f"`{state}`" for state in rule.states) + (" not one's own" if rule.not_own else "")
    scope = SCOPES.get(rule.action)
    needed = "" if Role.ANYBODY in rule.roles else f"`{scope or 'admin'}`"
    return f"| {_named(rule.action)} | {roles} | {_where(rule.where)} | {states.strip()} | {needed} |"


def _named(action: Action) -> str:
    return f"{label('action', action, 'en')} {label('action', action, 'zh')}"


def _where(where: Where) -> str:
    return f"{label('where', where, 'en')} {label('where', where, 'zh')}"


def _who(declared: list[Permission]) -> str:
    [permission] = declared
    if permission.actions:
        return "; ".join(_named(action) for action in permission.actions)
    return f"{'whoever is signed in' if permission.signed_in else 'everybody'}: {permission.why}"


def opened(folder: Path) -> Any:
    return open_portal(Settings(data=folder, _env_file=None))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        portal = opened(Path(folder))
        PAGE.write_text(written(create_app(portal)))
        portal.close()


if __name__ == "__main__":
    main()
