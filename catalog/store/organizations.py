"""Organizations: who they are, what they were called, and what they lie beneath."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from catalog.domain.organizations import NOBODYS, Line, Lines, Organization, OrganizationKind
from catalog.domain.people import Level
from catalog.store.registers import add_missing
from catalog.store.tables import organization_lines, organization_names, organizations

_COLUMNS = [organizations.c[name] for name in Organization.__dataclass_fields__]


def _organization(row: Row[Any]) -> Organization:
    found = dict(row._mapping)
    kind, level = found["kind"], found["level"]
    return Organization(
        **{**found, "kind": OrganizationKind(kind) if kind else None, "level": Level(level) if level else None}
    )


class OrganizationStore:
    """The register of publishers, applicants and other bodies, as a tree."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, organization_id: str) -> Organization | None:
        return self.many([organization_id]).get(organization_id)

    def many(self, ids: Iterable[str]) -> dict[str, Organization]:
        """The organizations of at most a batch of ids."""
        rows = self._connection.execute(select(*_COLUMNS).where(organizations.c.id.in_(list(ids))))
        return {row.id: _organization(row) for row in rows}

    def page(self, *, after: str, size: int) -> list[Organization]:
        rows = self._connection.execute(
            select(*_COLUMNS).where(organizations.c.id > after).order_by(organizations.c.id).limit(size)
        )
        return [_organization(row) for row in rows]

    def called(self, names: Iterable[str]) -> dict[str, str]:
        """Name, present or former → id of the organization that it leads to."""
        c = organization_names.c
        rows = self._connection.execute(select(c.name, c.organization).where(c.name.in_(list(names))))
        return {row.name: row.organization for row in rows}

    def owners(self, named: Mapping[str, str | None]) -> dict[str, str]:
        """Name → id, for a batch of names and what is known of their 统一社会信用代码; unknown names are registered."""
        found = self.called(named)
        self.add(Organization.named(name, uscc) for name, uscc in named.items() if name not in found)
        return self.called(named) if len(found) < len(named) else found

    def add(self, entries: Iterable[Organization]) -> None:
        """Register organizations beneath those that they name, unless they are known."""
        rows = [_row(entry) for entry in entries]
        add_missing(self._connection, organizations, rows)
        names = [{"name": row["name"], "organization": row["id"]} for row in rows]
        add_missing(self._connection, organization_names, names)
        above = self.lines(row["parent"] for row in rows if row["parent"])
        add_missing(
            self._connection,
            organization_lines,
            [
                {"organization": row["id"], "above": higher, "steps": steps}
                for row in rows
                for steps, higher in enumerate((row["id"], *above.get(row["parent"] or "", NOBODYS).above))
            ],
        )

    def lines(self, ids: Iterable[str]) -> Lines:
        """The lines of at most a batch of organizations."""
        c = organization_lines.c
        wanted = list(dict.fromkeys(ids))
        known = self.many(wanted)
        above: dict[str, list[str]] = {organization: [] for organization in known}
        rows = self._connection.execute(
            select(c.organization, c.above).where(c.organization.in_(wanted)).order_by(c.organization, c.steps)
        )
        for row in rows:
            above[row.organization].append(row.above)
        return {i: Line(i, tuple(above[i]), found.level, found.territory) for i, found in known.items()}

    def line(self, organization_id: str) -> Line:
        """The line of one organization; an empty one where there is none."""
        return self.lines([organization_id]).get(organization_id, NOBODYS)


def _row(entry: Organization) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Organization.__dataclass_fields__}
