"""The vectors of titles: what a record means, by which model, at which revision."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, exists, func, insert, not_, select

from catalog.domain.policy import Standing
from catalog.store.tables import datasets, vectors

_PUBLIC = and_(datasets.c.withdrawn_at.is_(None), datasets.c.standing == Standing.PUBLIC)


def _current(model: str) -> Any:
    """That a record has a vector of its revision, by a model."""
    v = vectors.c
    return exists().where(v.dataset_id == datasets.c.id, v.revision == datasets.c.revision, v.model == model)


class VectorStore:
    """Vectors are made again when a record or the model changes; that of a record which nobody may find goes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(self, model: str, *, after: str, size: int) -> list[tuple[str, int, Mapping[str, Any]]]:
        """Records without a current vector, in the order of ids: id, revision and body."""
        c = datasets.c
        lacking = _PUBLIC & not_(_current(model)) & (c.id > after)
        rows = self._connection.execute(select(c.id, c.revision, c.body).where(lacking).order_by(c.id).limit(size))
        return [(row.id, row.revision, row.body) for row in rows]

    def lacking(self, model: str) -> int:
        """Records without a current vector."""
        return self._count(select(func.count()).select_from(datasets).where(_PUBLIC, not_(_current(model))))

    def left(self) -> int:
        """Vectors of records that nobody may find any more."""
        return self._count(select(func.count()).select_from(vectors).where(_left()))

    def forget_left(self) -> None:
        """Take those out."""
        self._connection.execute(delete(vectors).where(_left()))

    def keep(self, model: str, rows: Mapping[str, tuple[int, bytes]]) -> None:
        """Write ``id → (revision, vector)`` over what is there."""
        self._connection.execute(delete(vectors).where(vectors.c.dataset_id.in_(list(rows))))
        values = [
            {"dataset_id": key, "revision": revision, "model": model, "vector": vector}
            for key, (revision, vector) in rows.items()
        ]
        self._connection.execute(insert(vectors), values)

    def of(self, ids: Iterable[str]) -> dict[tuple[str, int], bytes]:
        """The vectors of at most a batch of ids: ``(id, revision) → vector``."""
        c = vectors.c
        rows = self._connection.execute(select(c.dataset_id, c.revision, c.vector).where(c.dataset_id.in_(list(ids))))
        return {(row.dataset_id, row.revision): row.vector for row in rows}

    def count(self, model: str) -> int:
        return self._count(select(func.count()).select_from(vectors).where(vectors.c.model == model))

    def every(self, model: str) -> Iterator[tuple[str, bytes]]:
        """Every vector of a model with its id."""
        statement = select(vectors.c.dataset_id, vectors.c.vector).where(vectors.c.model == model)
        for row in self._connection.execution_options(yield_per=1000).execute(statement):
            yield row.dataset_id, row.vector

    def _count(self, statement: Select[Any]) -> int:
        return int(self._connection.execute(statement).scalar_one())


def _left() -> Any:
    return not_(exists().where(datasets.c.id == vectors.c.dataset_id, _PUBLIC))
