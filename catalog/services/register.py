"""A list of organizations into the register: parents before or after children, all of it or nothing."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeVar

from catalog.domain.errors import ConflictError, InvalidError, RowsRefusedError
from catalog.domain.organizations import Description, OrganizationKind, checked_name
from catalog.domain.people import Actor, Level
from catalog.domain.policy import Action
from catalog.domain.vocabulary import label
from catalog.services import organizations
from catalog.services.permission import require
from catalog.store.database import Transaction

Choice = TypeVar("Choice", OrganizationKind, Level)
MOST_ROWS = 20_000
COLUMNS = ("name", "uscc", "kind", "level", "territory", "parent")
#: What the columns are called in Chinese lists.
_CALLED = {
    "机构名称": "name",
    "统一社会信用代码": "uscc",
    "机构类型": "kind",
    "层级": "level",
    "区划代码": "territory",
    "上级机构": "parent",
}


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the list."""

    number: int
    name: str
    parent: str
    described: Description


class _Refused:
    """What is wrong, by rows."""

    def __init__(self) -> None:
        self.rows: dict[int, str] = {}

    @contextmanager
    def at(self, row: int) -> Iterator[None]:
        """What goes wrong in here is noted and the next row is looked at."""
        try:
            yield
        except (InvalidError, ConflictError) as error:
            cure = error.cure.format(**error.facts) if error.cure else ""
            self.rows.setdefault(row, f"{error.field or 'row'}: {error} {cure}".strip())


def bring_in(tx: Transaction, actor: Actor, rows: Iterable[Mapping[str, Any]], *, at: datetime) -> dict[str, int]:
    """Create those that are new, describe and move those that are known: how many of each.

    RowsRefusedError names all rows that cannot be; then nothing may be kept.
    """
    require(actor, Action.MANAGE_ORGANIZATIONS)
    tx.organizations.lock()
    refused = _Refused()
    lines = _parents_first(_read(rows, refused), refused)
    created = 0
    for line in lines:
        with refused.at(line.number):
            created += _write(tx, actor, line, at=at)
    for line in () if refused.rows else lines:
        with refused.at(line.number):
            organizations.require_order(tx, tx.organizations.called([line.name])[line.name])
    if refused.rows:
        told = [f"row {row}: {refused.rows[row]}" for row in sorted(refused.rows)]
        raise RowsRefusedError(cure="Correct them and bring the whole list again:\n{rows}", rows="\n".join(told))
    return {"created": created, "changed": len(lines) - created}


def _read(rows: Iterable[Mapping[str, Any]], refused: _Refused) -> dict[str, _Line]:
    found: dict[str, _Line] = {}
    # The head line is the first.
    for number, row in enumerate(rows, 2):
        if number > MOST_ROWS + 1:
            raise InvalidError("A list has at most {most} rows.", most=MOST_ROWS, cure="Bring it in parts.")
        with refused.at(number):
            line = _line(number, {_CALLED.get(key, key): str(value or "").strip() for key, value in row.items()})
            if line.name in found:
                raise InvalidError("The list names this organization twice.", field="name", cure="Keep one row.")
            found[line.name] = line
    return found


def _line(number: int, row: Mapping[str, str]) -> _Line:
    if unknown := [name for name, value in row.items() if name not in COLUMNS and value]:
        raise InvalidError(
            "There is no column {name}.",
            field=unknown[0],
            name=unknown[0],
            cure="One of: {choices}.",
            choices=", ".join(COLUMNS),
        )
    described = Description(
        _one_of(OrganizationKind, row, "kind"),
        _one_of(Level, row, "level"),
        row.get("territory", ""),
        row.get("uscc") or None,
    )
    return _Line(number, checked_name(row.get("name", "")), row.get("parent", ""), described)


def _one_of(choices: type[Choice], row: Mapping[str, str], name: str) -> Choice | None:
    """A value, by its code or by its Chinese or English word."""
    said, of = row.get(name, ""), "organization_kind" if name == "kind" else name
    found = next((c for c in choices if said in (c.value, label(of, c.value, "zh"), label(of, c.value, "en"))), None)
    if said and found is None:
        raise InvalidError(
            "{value} is none of the choices.",
            field=name,
            value=said[:40],
            cure="One of: {choices}.",
            choices=", ".join(choices),
        )
    return found


def _parents_first(lines: dict[str, _Line], refused: _Refused) -> list[_Line]:
    """The rows in an order in which each comes behind its parent, without those that lie beneath themselves."""
    while True:
        above = {name: [line.parent] if line.parent in lines else [] for name, line in lines.items()}
        try:
            return [lines[name] for name in TopologicalSorter(above).static_order()]
        except CycleError as error:
            for name in set(error.args[1]):
                with refused.at(lines.pop(name).number):
                    raise InvalidError(
                        "An organization cannot lie beneath itself.",
                        field="parent",
                        cure="Choose one that is not beneath it.",
                    ) from error


def _write(tx: Transaction, actor: Actor, line: _Line, *, at: datetime) -> bool:
    """Whether the organization is new."""
    leads = tx.organizations.called([line.name, line.parent])
    if line.parent and line.parent not in leads:
        raise InvalidError(
            "There is no organization {id}.", field="parent", id=line.parent, cure="Give the id of one that exists."
        )
    parent, known = leads.get(line.parent), leads.get(line.name)
    if known is None:
        organizations.found_anew(tx, actor, line.name, line.described, parent, ordered=False, at=at)
        return True
    organizations.write_description(tx, actor, known, line.described, at=at)
    organizations.write_move(tx, actor, known, parent, at=at)
    return False
