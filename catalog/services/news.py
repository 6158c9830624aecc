"""What is new for whom: stored searches are looked up among the records that became findable since the last look.

A record is news once, when it becomes findable; a later change of it is not. A search is asked for those records alone,
in portions, so a look costs one query of the index for each subscription and portion.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby

from catalog.domain.subscriptions import Matter, Subscription
from catalog.services import search
from catalog.services.search import Ask
from catalog.services.steering import in_force
from catalog.store.database import Database, Transaction
from search.port import SearchIndex
from search.steering import Steering

#: Ids that a query is asked with at a time.
PORTION = 10_000
#: Records that a notice names; the others are behind its link.
NAMED = 20
#: Subscriptions that are looked up between two writes.
_SUBSCRIPTIONS = 100

#: How many are new, and the first of them.
Found = tuple[int, list[str]]


def look(database: Database, index: SearchIndex, *, at: datetime) -> int:
    """Look for those whose time has come, and leave letters for those that something is new for; how many looked.

    Nothing is looked at while records are on their way into the index, so that what came together is told together.
    """
    with database.reading() as tx:
        newest = 0 if tx.outbox.waiting("index") else tx.news.newest()
        due = tx.subscriptions.due(newest, now=at, size=_SUBSCRIPTIONS)
    # An index that was lost, and is being built again, would answer that nothing is new.
    if not due or not index.count():
        return 0
    found = dict(_found(database, index, due, newest))
    with database.transaction() as tx:
        for subscription in due:
            _leave(tx, subscription, found[subscription.id], newest, at=at)
    return len(due)


def _found(
    database: Database, index: SearchIndex, due: Iterable[Subscription], newest: int
) -> Iterator[tuple[str, Found]]:
    with database.reading() as tx:
        steering = in_force(tx)
    for seen, together in groupby(due, key=lambda subscription: subscription.seen):
        portions = list(_portions(database, seen, newest))
        for subscription in together:
            yield subscription.id, _among(index, subscription, steering, portions)


def _portions(database: Database, after: int, last: int) -> Iterator[list[str]]:
    while True:
        with database.reading() as tx:
            portion = tx.news.between(after, last, PORTION)
        if not portion:
            return
        yield [dataset_id for _, dataset_id in portion]
        after = portion[-1][0]


def _among(index: SearchIndex, subscription: Subscription, steering: Steering, portions: Iterable[list[str]]) -> Found:
    ask = Ask(subscription.words, {name: tuple(values) for name, values in subscription.filters.items()})
    total, first = 0, list[str]()
    for ids in portions:
        count, found = search.among(index, ask, steering, ids, NAMED)
        total, first = total + count, [*first, *found][:NAMED]
    return total, first


def _leave(tx: Transaction, subscription: Subscription, found: Found, newest: int, *, at: datetime) -> None:
    """The look and its letter are kept together, or neither is."""
    total, ids = found
    looked = tx.subscriptions.looked(subscription, seen=newest, due_at=at + subscription.frequency.pause)
    if looked and total:
        letter = {"matter": Matter.NEWS, "total": total, "ids": ids}
        tx.outbox.post(subscription.channel, subscription.id, letter, at=at)
