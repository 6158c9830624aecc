"""Records in the order in which they first became findable: what a subscription has not been told of yet."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from catalog.store.tables import datasets, news


class NewsStore:
    """Numbered records; only who drains the outbox writes here, so a lower number is never seen later."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, ids: Iterable[str]) -> None:
        """These records can be found; those of them that could before are no news."""
        if found := list(ids):
            dialect = sqlite if self._connection.dialect.name == "sqlite" else postgresql
            # One statement for a whole batch: a row each would cost a drain several times as much.
            known = select(datasets.c.id).where(datasets.c.id.in_(found))
            self._connection.execute(dialect.insert(news).from_select(["dataset_id"], known).on_conflict_do_nothing())

    def forget(self, ids: Iterable[str]) -> None:
        """These can no longer be found; if they can again, it is news again."""
        if gone := list(ids):
            self._connection.execute(delete(news).where(news.c.dataset_id.in_(gone)))

    def newest(self) -> int:
        return self._connection.execute(select(func.max(news.c.number))).scalar_one() or 0

    def between(self, after: int, last: int, size: int) -> list[tuple[int, str]]:
        """The first of the records with a number above one and up to another."""
        rows = self._connection.execute(
            select(news.c.number, news.c.dataset_id)
            .where(news.c.number > after, news.c.number <= last)
            .order_by(news.c.number)
            .limit(size)
        )
        return [(row.number, row.dataset_id) for row in rows]
