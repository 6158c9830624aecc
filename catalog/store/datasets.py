"""The records of the catalog."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, and_, func, insert, or_, select, update
from sqlalchemy import bindparam as bind

from catalog.domain.datasets import Dataset
from catalog.domain.policy import Reach, Standing
from catalog.store.tables import datasets, organization_lines


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it is kept."""

    id: str
    source: str
    source_key: str
    revision: int
    body: Mapping[str, Any]
    digest: str
    created_at: datetime
    updated_at: datetime
    withdrawn_at: datetime | None = None
    successor: str | None = None
    run_id: str | None = None
    #: id of the organization that answers for it
    owner: str = ""
    standing: str = ""
    #: how much it is used, from 0 to 5
    use: int = 0

    @property
    def dataset(self) -> Dataset:
        """The record itself."""
        return Dataset.model_validate(self.body)

    @property
    def live(self) -> bool:
        """Whether it was not withdrawn: then the index holds it, for those who may find it."""
        return self.withdrawn_at is None

    @property
    def public(self) -> bool:
        """Whether everybody may find it."""
        return self.live and self.standing == Standing.PUBLIC


@dataclass(frozen=True, slots=True)
class Outline:
    """What the index makes of a record follows from this, and from the line of its owner."""

    id: str
    revision: int
    digest: str
    owner: str
    standing: str
    use: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells a run whether a record has changed."""

    revision: int
    digest: str
    withdrawn: bool
    #: Whether a run, and not a person, wrote or withdrew it last.
    by_run: bool
    #: The organization that answers for it, and the name by which the record calls it.
    owner: str
    publisher: str


_COLUMNS = [datasets.c[name] for name in Stored.__dataclass_fields__]
_OUTLINE = [datasets.c[name] for name in Outline.__dataclass_fields__]


def _stored(row: Row[Any]) -> Stored:
    return Stored(*row)  # type: ignore[call-arg]  # the columns are the fields, in their order


def within(reach: Reach) -> ColumnElement[bool]:
    """The records that a reach holds: what ``Reach.seals`` is to the search, this is to the database."""
    c, lines = datasets.c, organization_lines.c
    parts: list[ColumnElement[bool]] = [_among(c.standing, sorted(reach.anywhere))]
    for state, owners in _by_state(reach.own):
        parts.append(and_(c.standing == state, c.owner.in_(owners)))
    for state, above in _by_state(reach.beneath):
        parts.append(and_(c.standing == state, c.owner.in_(select(lines.organization).where(lines.above.in_(above)))))
    return or_(*parts)


def _among(column: Column[str], values: Sequence[str]) -> ColumnElement[bool]:
    """Whether a column has one of several values. Of one value, as everybody asks, no list is written into the SQL."""
    return column == values[0] if len(values) == 1 else column.in_(values)


def _by_state(pairs: Iterable[tuple[Standing, str]]) -> Iterator[tuple[Standing, list[str]]]:
    for state, together in groupby(sorted(pairs), key=itemgetter(0)):
        yield state, [organization for _, organization in together]


class DatasetStore:
    """Questions about records, and their writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, dataset_id: str) -> Stored | None:
        """A record, whoever may see it; for readers see ``seen``."""
        row = self._connection.execute(select(*_COLUMNS).where(datasets.c.id == dataset_id)).first()
        return _stored(row) if row else None

    def has_key(self, source: str, source_key: str, owner: str) -> bool:
        """Whether an organization has a record of this key."""
        c = datasets.c
        found = select(c.id).where(c.source == source, c.source_key == source_key, c.owner == owner)
        return self._connection.execute(found.limit(1)).first() is not None

    def many(self, ids: Iterable[str]) -> dict[str, Stored]:
        """The records of at most a batch of ids."""
        rows = self._connection.execute(select(*_COLUMNS).where(datasets.c.id.in_(list(ids))))
        return {row.id: _stored(row) for row in rows}

    def seen(self, ids: Iterable[str], reach: Reach) -> dict[str, Stored]:
        """Those of at most a batch of ids that exist for a reader, also when they were withdrawn."""
        rows = self._connection.execute(select(*_COLUMNS).where(_among(datasets.c.id, list(ids)), within(reach)))
        return {row.id: _stored(row) for row in rows}

    def marks(self, ids: Iterable[str]) -> dict[str, Mark]:
        """What a run needs to know of those of a batch that exist."""
        c = datasets.c
        columns = (c.id, c.revision, c.digest, c.withdrawn_at, c.run_id, c.owner, c.publisher)
        rows = self._connection.execute(select(*columns).where(c.id.in_(list(ids))))
        return {
            row.id: Mark(
                row.revision, row.digest, row.withdrawn_at is not None, row.run_id is not None, row.owner, row.publisher
            )
            for row in rows
        }

    def add(self, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._connection.execute(insert(datasets), rows)

    def replace(self, rows: list[dict[str, Any]]) -> None:
        """Write new revisions over those that are there."""
        if rows:
            names = [n for n in rows[0] if n not in {"id", "created_at", "source", "source_key"}]
            statement = update(datasets).where(datasets.c.id == bind("_id")).values({n: bind(f"_{n}") for n in names})
            self._connection.execute(statement, [{f"_{n}": r[n] for n in ("id", *names)} for r in rows])

    def withdraw(
        self, ids: Iterable[str], *, at: datetime, successor: str | None = None, run_id: str | None = None
    ) -> None:
        """Take records out, by a run or by a person; their addresses stay."""
        self._connection.execute(
            update(datasets)
            .where(datasets.c.id.in_(list(ids)))
            .values(
                withdrawn_at=at, updated_at=at, successor=successor, run_id=run_id, revision=datasets.c.revision + 1
            )
        )

    def page(self, *, after: str = "", size: int = 1000) -> list[Stored]:
        """Records in the order of their ids, from the one behind ``after``."""
        rows = self._connection.execute(
            select(*_COLUMNS).where(datasets.c.id > after).order_by(datasets.c.id).limit(size)
        )
        return [_stored(row) for row in rows]

    def owned_by(self, owner: str, *, after: str = "", size: int = 1000) -> list[Stored]:
        """Records of an organization, withdrawn ones too, in the order of their ids."""
        c = datasets.c
        rows = self._connection.execute(
            select(*_COLUMNS).where(c.owner == owner, c.id > after).order_by(c.id).limit(size)
        )
        return [_stored(row) for row in rows]

    def newest_of(self, owner: str, size: int) -> list[Stored]:
        """The public records of an organization that were written last."""
        c = datasets.c
        rows = self._connection.execute(
            select(*_COLUMNS)
            .where(c.owner == owner, c.withdrawn_at.is_(None), c.standing == Standing.PUBLIC)
            .order_by(c.updated_at.desc(), c.id)
            .limit(size)
        )
        return [_stored(row) for row in rows]

    def count_owned(self, owner: str) -> int:
        """Public records of an organization."""
        c = datasets.c
        return self._connection.execute(
            select(func.count()).where(c.owner == owner, c.withdrawn_at.is_(None), c.standing == Standing.PUBLIC)
        ).scalar_one()

    def readable(self, reach: Reach, *, after: str, size: int) -> list[Stored]:
        """Live records that a reader may see, in the order of their ids."""
        c = datasets.c
        rows = self._connection.execute(
            select(*_COLUMNS).where(c.id > after, c.withdrawn_at.is_(None), within(reach)).order_by(c.id).limit(size)
        )
        return [_stored(row) for row in rows]

    def embargo_over(self, day: date, *, size: int) -> list[Stored]:
        """Live records whose embargo ends on a day or has ended before."""
        c = datasets.c
        over = (c.public_from <= day, c.standing == Standing.EMBARGOED, c.withdrawn_at.is_(None))
        return [_stored(row) for row in self._connection.execute(select(*_COLUMNS).where(*over).limit(size))]

    def everything(self, size: int = 1000) -> Iterator[Stored]:
        """Every record, in pages, as of the beginning of the transaction."""
        after = ""
        while page := self.page(after=after, size=size):
            yield from page
            after = page[-1].id

    def outlines(self, size: int = 1000) -> Iterator[Outline]:
        """Outlines of all live records in the order of their ids, read in pages."""
        c, after = datasets.c, ""
        query = select(*_OUTLINE).where(c.id > bind("after"), c.withdrawn_at.is_(None)).order_by(c.id).limit(size)
        while page := [Outline(*row) for row in self._connection.execute(query, {"after": after})]:
            yield from page
            after = page[-1].id

    def newest(self, reach: Reach, size: int) -> list[Stored]:
        """Live records that a reader may see, the last written first."""
        c = datasets.c
        rows = self._connection.execute(
            select(*_COLUMNS)
            .where(c.withdrawn_at.is_(None), within(reach))
            .order_by(c.updated_at.desc(), c.id)
            .limit(size)
        )
        return [_stored(row) for row in rows]

    def uses(self) -> dict[str, int]:
        """The records that are used, and how much."""
        rows = self._connection.execute(select(datasets.c.id, datasets.c.use).where(datasets.c.use > 0))
        return {row.id: row.use for row in rows}

    def set_use(self, steps: Mapping[str, int]) -> None:
        """Note how much records are used; their revisions stay."""
        if steps:
            self._connection.execute(
                update(datasets).where(datasets.c.id == bind("target")).values(use=bind("step")),
                [{"target": dataset_id, "step": step} for dataset_id, step in steps.items()],
            )

    def count(self, *, source: str | None = None) -> int:
        """Live records, of one source or of all."""
        statement = select(func.count()).select_from(datasets).where(datasets.c.withdrawn_at.is_(None))
        if source is not None:
            statement = statement.where(datasets.c.source == source)
        return self._connection.execute(statement).scalar_one()
