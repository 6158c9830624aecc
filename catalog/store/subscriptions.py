"""Subscriptions: the address and what is needed to tell it; gone with all of it when they end."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from catalog.domain.subscriptions import Channel, NoticeFrequency, Subscription
from catalog.store.tables import outbox, subscriptions

_COLUMNS = [subscriptions.c[name] for name in Subscription.__dataclass_fields__]


def _subscription(row: Row[Any]) -> Subscription:
    typed = {"channel": Channel(row.channel), "frequency": NoticeFrequency(row.frequency)}
    return Subscription(**{**row._mapping, **typed})


class SubscriptionStore:
    """Who is told of what."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, subscription: Subscription) -> None:
        row = {name: getattr(subscription, name) for name in Subscription.__dataclass_fields__}
        self._connection.execute(insert(subscriptions), [row])

    def get(self, subscription_id: str) -> Subscription | None:
        return self._one(subscriptions.c.id == subscription_id)

    def by_end_token(self, token: str) -> Subscription | None:
        return self._one(subscriptions.c.end_token == token)

    def by_confirmation(self, digest: str, *, now: datetime) -> Subscription | None:
        """The subscription that a link confirms, while the link holds."""
        return self._one((subscriptions.c.confirm_digest == digest) & (subscriptions.c.confirm_until > now))

    def waiting(self, address: str) -> int:
        """Subscriptions of an address that are not confirmed."""
        return self._connection.execute(
            select(func.count())
            .select_from(subscriptions)
            .where(subscriptions.c.address == address, subscriptions.c.confirmed_at.is_(None))
        ).scalar_one()

    def listed(self, *, after: str = "", size: int = 10_000) -> list[Subscription]:
        rows = self._connection.execute(
            select(*_COLUMNS).where(subscriptions.c.id > after).order_by(subscriptions.c.id).limit(size)
        )
        return [_subscription(row) for row in rows]

    def due(self, newest: int, *, now: datetime, size: int) -> list[Subscription]:
        """Confirmed ones that have not looked at the newest and may; those that have seen as much are together."""
        c = subscriptions.c
        rows = self._connection.execute(
            select(*_COLUMNS)
            .where(c.confirmed_at.is_not(None), c.seen < newest, or_(c.due_at.is_(None), c.due_at <= now))
            .order_by(c.seen, c.id)
            .limit(size)
        )
        return [_subscription(row) for row in rows]

    def looked(self, subscription: Subscription, *, seen: int, due_at: datetime) -> bool:
        """Whether it was still there and nobody else has looked meanwhile."""
        c = subscriptions.c
        done = self._connection.execute(
            update(subscriptions)
            .where(c.id == subscription.id, c.seen == subscription.seen)
            .values(seen=seen, due_at=due_at)
        )
        return done.rowcount == 1

    def offer(self, subscription_id: str, digest: str, *, until: datetime) -> None:
        """A new link that confirms; the one before no longer does."""
        self._change(subscription_id, confirm_digest=digest, confirm_until=until)

    def confirm(self, subscription_id: str, *, seen: int, at: datetime) -> None:
        self._change(subscription_id, confirmed_at=at, seen=seen)

    def remove(self, subscription_id: str) -> bool:
        """Forget it, its address, and what was still to be said to it."""
        self._connection.execute(
            delete(outbox).where(outbox.c.topic.in_(list(Channel)), outbox.c.target == subscription_id)
        )
        done = self._connection.execute(delete(subscriptions).where(subscriptions.c.id == subscription_id))
        return done.rowcount == 1

    def expired(self, *, now: datetime, size: int) -> list[str]:
        """Those that nobody confirmed in time."""
        c = subscriptions.c
        rows = self._connection.execute(
            select(c.id).where(c.confirmed_at.is_(None), c.confirm_until <= now).order_by(c.id).limit(size)
        )
        return [row.id for row in rows]

    def _one(self, condition: Any) -> Subscription | None:
        row = self._connection.execute(select(*_COLUMNS).where(condition)).first()
        return _subscription(row) if row else None

    def _change(self, subscription_id: str, **values: Any) -> None:
        self._connection.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(**values))
