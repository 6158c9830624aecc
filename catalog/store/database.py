"""Database and Transaction: all of it is kept, or nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, OperationalError

from catalog.domain.errors import InvalidError, StoreDownError
from catalog.store import schema
from catalog.store.access import AccessStore
from catalog.store.applications import ApplicationStore
from catalog.store.audit import AuditStore
from catalog.store.credentials import CredentialStore
from catalog.store.datasets import DatasetStore
from catalog.store.dump import DumpStore
from catalog.store.erasure import ErasureStore
from catalog.store.facts import FactStore
from catalog.store.glass import EmergencyStore
from catalog.store.invitations import InvitationStore
from catalog.store.jobs import JobStore
from catalog.store.keys import KeyStore
from catalog.store.links import LinkStore
from catalog.store.networks import NetworkStore
from catalog.store.news import NewsStore
from catalog.store.organizations import OrganizationStore
from catalog.store.outbox import OutboxStore
from catalog.store.people import PeopleStore
from catalog.store.queries import QueryStore
from catalog.store.registers import LicenseStore
from catalog.store.runs import RunStore
from catalog.store.sessions import SessionStore
from catalog.store.steering import SteeringStore
from catalog.store.subscriptions import SubscriptionStore
from catalog.store.succession import SuccessionStore
from catalog.store.throttle import ThrottleStore
from catalog.store.usage import UsageStore
from catalog.store.vectors import VectorStore

#: How long a writer waits for another one, in milliseconds.
_BUSY_TIMEOUT = 30_000
_CURE = "Take out the characters that cannot be shown."


class Transaction:
    """What one request or one batch reads and writes, by subject."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def datasets(self) -> DatasetStore:
        return DatasetStore(self._connection)

    @cached_property
    def organizations(self) -> OrganizationStore:
        return OrganizationStore(self._connection)

    @cached_property
    def succession(self) -> SuccessionStore:
        return SuccessionStore(self._connection)

    @cached_property
    def invitations(self) -> InvitationStore:
        return InvitationStore(self._connection)

    @cached_property
    def applications(self) -> ApplicationStore:
        return ApplicationStore(self._connection)

    @cached_property
    def people(self) -> PeopleStore:
        return PeopleStore(self._connection)

    @cached_property
    def credentials(self) -> CredentialStore:
        return CredentialStore(self._connection)

    @cached_property
    def sessions(self) -> SessionStore:
        return SessionStore(self._connection)

    @cached_property
    def links(self) -> LinkStore:
        return LinkStore(self._connection)

    @cached_property
    def licenses(self) -> LicenseStore:
        return LicenseStore(self._connection)

    @cached_property
    def runs(self) -> RunStore:
        return RunStore(self._connection)

    @cached_property
    def outbox(self) -> OutboxStore:
        return OutboxStore(self._connection)

    @cached_property
    def news(self) -> NewsStore:
        return NewsStore(self._connection)

    @cached_property
    def subscriptions(self) -> SubscriptionStore:
        return SubscriptionStore(self._connection)

    @cached_property
    def jobs(self) -> JobStore:
        return JobStore(self._connection)

    @cached_property
    def audit(self) -> AuditStore:
        return AuditStore(self._connection)

    @cached_property
    def facts(self) -> FactStore:
        return FactStore(self._connection)

    @cached_property
    def emergencies(self) -> EmergencyStore:
        return EmergencyStore(self._connection)

    @cached_property
    def erasure(self) -> ErasureStore:
        return ErasureStore(self._connection)

    @cached_property
    def keys(self) -> KeyStore:
        return KeyStore(self._connection)

    @cached_property
    def access(self) -> AccessStore:
        return AccessStore(self._connection)

    @cached_property
    def dump(self) -> DumpStore:
        return DumpStore(self._connection)

    @cached_property
    def usage(self) -> UsageStore:
        return UsageStore(self._connection)

    @cached_property
    def steering(self) -> SteeringStore:
        return SteeringStore(self._connection)

    @cached_property
    def queries(self) -> QueryStore:
        return QueryStore(self._connection)

    @cached_property
    def throttle(self) -> ThrottleStore:
        return ThrottleStore(self._connection)

    @cached_property
    def networks(self) -> NetworkStore:
        return NetworkStore(self._connection)

    @cached_property
    def vectors(self) -> VectorStore:
        return VectorStore(self._connection)


class Database:
    """One database, SQLite or PostgreSQL, by its SQLAlchemy address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._lite = make_url(url).get_backend_name() == "sqlite"
        self._engine = create_engine(url, **self._options())
        # Threads of one process queue here: SQLite itself lets waiting writers starve.
        self._writing = threading.Lock() if self._lite else nullcontext()
        if self._lite:
            event.listen(self._engine, "connect", _prepare)

    def _options(self) -> dict[str, Any]:
        common = {
            "pool_size": 20,
            "max_overflow": 30,
            "json_deserializer": orjson.loads,
            "json_serializer": lambda value: orjson.dumps(value).decode(),
        }
        if not self._lite:
            return {**common, "pool_pre_ping": True}
        Path(make_url(self.url).database or "").parent.mkdir(parents=True, exist_ok=True)
        return {**common, "connect_args": {"timeout": _BUSY_TIMEOUT / 1000}}

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction that may write: committed at the end, rolled back by any exception."""
        with self._writing, _storable(), self._engine.connect() as connection, connection.begin():
            if self._lite:
                connection.execute(text("BEGIN IMMEDIATE"))
            yield Transaction(connection)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction that only reads, and waits for nobody."""
        with _storable(), self._engine.connect() as connection:
            if self._lite:
                connection.execute(text("BEGIN"))
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield Transaction(connection)

    def upgrade(self, revision: str = "") -> None:
        """Bring the schema to a revision of the migrations, the newest unless one is named."""
        wanted = revision or schema.newest()
        if self.schema() == wanted:
            return
        with _storable(), self._engine.connect() as connection, self._unlinked(connection):
            schema.upgrade(connection, wanted)
            connection.commit()

    @contextmanager
    def _unlinked(self, connection: Connection) -> Iterator[None]:
        """SQLite changes a table by making it anew, which may not fail for the rows that refer to it meanwhile."""
        if not self._lite:
            yield
            return
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.rollback()
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")

    def schema(self) -> str:
        """The revision of the migrations that the database is at; empty before the first."""
        with _storable(), self._engine.connect() as connection:
            return schema.revision(connection)

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def _storable() -> Iterator[None]:
    """Text that the database cannot hold, such as a NUL character, is the sender's mistake; a full disk is ours."""
    try:
        yield
    except OperationalError as error:
        raise StoreDownError from error
    except DataError as error:
        raise InvalidError("The text holds something that cannot be kept.", cure=_CURE) from error


def _prepare(connection: Any, _record: object) -> None:
    # Python's own driver would begin transactions late and by itself; ours begin them.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA cache_size=-8000")
    cursor.execute("PRAGMA wal_autocheckpoint=8000")
    cursor.close()
