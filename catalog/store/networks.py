"""Networks that are allowed, what was reached through each, and what was refused."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from catalog.domain.networks import Network, Reached, Refused, Use
from catalog.store.tables import network_refusals, network_uses, networks

_COLUMNS = [networks.c[name] for name in Network.__dataclass_fields__]
_USES = [network_uses.c[name] for name in Reached.__dataclass_fields__]
_REFUSALS = [network_refusals.c[name] for name in Refused.__dataclass_fields__]


def _network(row: Row[Any]) -> Network:
    return Network(**{**row._mapping, "use": Use(row.use)})


class NetworkStore:
    """What may be reached beside the public net."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, network: Network) -> None:
        row = {name: getattr(network, name) for name in Network.__dataclass_fields__}
        self._connection.execute(insert(networks), [row])

    def get(self, network_id: str) -> Network | None:
        row = self._connection.execute(select(*_COLUMNS).where(networks.c.id == network_id)).first()
        return _network(row) if row else None

    def page(self, *, ended: bool, offset: int = 0, size: int = 100) -> list[Network]:
        """Networks, the latest first: those in force, or those that have ended."""
        c = networks.c
        rows = self._connection.execute(
            select(*_COLUMNS)
            .where(c.ended_at.is_not(None) if ended else c.ended_at.is_(None))
            .order_by(c.allowed_at.desc(), c.id)
            .offset(offset)
            .limit(size)
        )
        return [_network(row) for row in rows]

    def allowed(self, use: Use, target: str) -> list[Network]:
        """What is in force for a source or a host."""
        c = networks.c
        rows = self._connection.execute(
            select(*_COLUMNS)
            .where(c.use == str(use), c.target.in_(["", target]), c.ended_at.is_(None))
            .order_by(c.id)
            .limit(1000)
        )
        return [_network(row) for row in rows]

    def end(self, network_id: str, *, by: str, at: datetime) -> bool:
        c = networks.c
        done = self._connection.execute(
            update(networks).where(c.id == network_id, c.ended_at.is_(None)).values(ended_by=by, ended_at=at)
        )
        return done.rowcount == 1

    def note_use(self, network_id: str, target: str, host: str, port: int, *, at: datetime) -> None:
        """Count a connection that a network permitted."""
        c = network_uses.c
        key = {"network_id": network_id, "target": target, "host": host, "port": port}
        counted = self._connection.execute(
            update(network_uses)
            .where(*(c[name] == value for name, value in key.items()))
            .values(last_at=at, times=c.times + 1)
        )
        if not counted.rowcount:
            self._connection.execute(insert(network_uses), [{**key, "first_at": at, "last_at": at, "times": 1}])

    def uses(self, network_id: str, *, size: int = 100) -> list[Reached]:
        """What was reached through a network, the latest first."""
        c = network_uses.c
        rows = self._connection.execute(
            select(*_USES).where(c.network_id == network_id).order_by(c.last_at.desc(), c.host).limit(size)
        )
        return [Reached(**row._mapping) for row in rows]

    def note_refusal(self, refused: Refused, *, keep: int) -> None:
        """Note a refusal, once each; the oldest are forgotten, for strangers can cause them."""
        c = network_refusals.c
        same = [c[name] == getattr(refused, name) for name in ("use", "target", "host", "address", "port")]
        if self._connection.execute(update(network_refusals).where(*same).values(at=refused.at)).rowcount:
            return
        row = {name: getattr(refused, name) for name in Refused.__dataclass_fields__}
        self._connection.execute(insert(network_refusals), [row])
        newest = self._connection.execute(select(func.max(c.id))).scalar_one()
        self._connection.execute(network_refusals.delete().where(c.id <= newest - keep))

    def refusals(self, *, size: int = 20) -> list[Refused]:
        """What was refused, the latest first."""
        rows = self._connection.execute(
            select(*_REFUSALS).order_by(network_refusals.c.at.desc(), network_refusals.c.id.desc()).limit(size)
        )
        return [Refused(**row._mapping) for row in rows]
