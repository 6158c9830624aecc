"""Organizations: who they are, what they were called, and what they lie beneath."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, text, update

from catalog.domain.organizations import NOBODYS, Description, Line, Lines, Organization, OrganizationKind
from catalog.domain.people import Level
from catalog.store.registers import add_missing
from catalog.store.tables import organization_lines, organization_names, organizations

#: The one lock of the tree, which PostgreSQL knows by a number; SQLite has one writer anyway.
_LOCK = 715_000_001
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

    def lock(self, *, shared: bool = False) -> None:
        """Until the transaction ends nobody else changes the tree; with ``shared`` others may rest on it too."""
        if self._connection.dialect.name == "postgresql":
            kind = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
            self._connection.execute(text(f"SELECT {kind}({_LOCK})"))

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

    def called_or_coded(self, text: str) -> str | None:
        """The id of the organization with a name, present or former, or a 统一社会信用代码."""
        coded = select(organizations.c.id).where(organizations.c.uscc == text, organizations.c.ended_at.is_(None))
        return self.called([text]).get(text) or self._connection.execute(coded).scalars().first()

    def owners(self, named: Mapping[str, str | None]) -> dict[str, str]:
        """Name → id, for a batch of names and what is known of their 统一社会信用代码; unknown names are registered.

        A name that leads to an organization that was closed is left out. Nobody ends the others before the transaction
        does.
        """
        self.lock(shared=True)
        found = self.called(named)
        unknown = {name: uscc for name, uscc in named.items() if name not in found}
        self.add(Organization.named(name, uscc) for name, uscc in self._with_numbers(unknown).items())
        found = self.called(named) if unknown else found
        alive = self._living(found.values())
        return {name: organization for name, organization in found.items() if organization in alive}

    def _living(self, ids: Iterable[str]) -> set[str]:
        c = organizations.c
        rows = self._connection.execute(select(c.id).where(c.id.in_(list(ids)), c.ended_at.is_(None)))
        return {row.id for row in rows}

    def _with_numbers(self, named: Mapping[str, str | None]) -> dict[str, str | None]:
        """The same without numbers that another has: of two organizations one has copied a wrong one."""
        taken = set(self.numbered(uscc for uscc in named.values() if uscc))
        kept: dict[str, str | None] = {}
        for name, uscc in named.items():
            kept[name] = None if uscc in taken else uscc
            taken.add(uscc or "")
        return kept

    def numbered(self, numbers: Iterable[str]) -> dict[str, str]:
        """统一社会信用代码 → id of the living organization that has it."""
        c = organizations.c
        rows = self._connection.execute(
            select(c.uscc, c.id).where(c.uscc.in_(list(numbers)), c.ended_at.is_(None)).order_by(c.id)
        )
        return {row.uscc: row.id for row in rows}

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

    def names(self, organization_id: str) -> list[str]:
        """All names that lead to an organization."""
        c = organization_names.c
        rows = self._connection.execute(select(c.name).where(c.organization == organization_id).order_by(c.name))
        return [row.name for row in rows]

    def children(self, parent: str | None, *, after: str = "", size: int = 1000) -> list[Organization]:
        """The living organizations right beneath one, or beneath none, in the order of their ids."""
        c = organizations.c
        rows = self._connection.execute(
            select(*_COLUMNS).where(c.parent == parent, c.ended_at.is_(None), c.id > after).order_by(c.id).limit(size)
        )
        return [_organization(row) for row in rows]

    def levels_beneath(self, organization_id: str) -> list[Level]:
        """The levels of the living organizations beneath one, each once."""
        o, c = organizations.c, organization_lines.c
        rows = self._connection.execute(
            select(o.level)
            .distinct()
            .join(organization_lines, c.organization == o.id)
            .where(c.above == organization_id, c.steps > 0, o.ended_at.is_(None), o.level.is_not(None))
        )
        return [Level(row.level) for row in rows]

    def describe(self, organization_id: str, described: Description) -> None:
        self._connection.execute(
            update(organizations)
            .where(organizations.c.id == organization_id)
            .values(kind=described.kind, level=described.level, territory=described.territory, uscc=described.uscc)
        )

    def rename(self, organization_id: str, name: str) -> None:
        """Call it otherwise; the former name goes on leading to it."""
        add_missing(self._connection, organization_names, [{"name": name, "organization": organization_id}])
        self._connection.execute(update(organizations).where(organizations.c.id == organization_id).values(name=name))

    def hang(self, organization_id: str, parent: str | None) -> None:
        """Put it with all beneath it under another one, or under none."""
        c, moved = organization_lines.c, organization_lines.alias()
        beneath = select(moved.c.organization).where(moved.c.above == organization_id)
        self._connection.execute(
            update(organizations).where(organizations.c.id == organization_id).values(parent=parent)
        )
        self._connection.execute(delete(organization_lines).where(c.organization.in_(beneath), c.above.not_in(beneath)))
        over, under = organization_lines.alias(), organization_lines.alias()
        longer = (
            select(under.c.organization, over.c.above, under.c.steps + over.c.steps + 1)
            .select_from(under.join(over, over.c.organization == parent))
            .where(under.c.above == organization_id)
        )
        self._connection.execute(insert(organization_lines).from_select(["organization", "above", "steps"], longer))

    def end(self, organization_id: str, *, successor: str | None, at: datetime) -> None:
        """It is no more; what has led to it leads to its successor."""
        c = organizations.c
        self._connection.execute(
            update(organizations).where(c.id == organization_id).values(ended_at=at, successor=successor)
        )
        if successor:
            self._connection.execute(
                update(organizations).where(c.successor == organization_id).values(successor=successor)
            )
            names = organization_names.c
            self._connection.execute(
                update(organization_names).where(names.organization == organization_id).values(organization=successor)
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
