"""What both databases must do."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine

import catalog.store.migrations
from catalog.domain.access import Asked, Returned
from catalog.domain.datasets import Dataset, Identity
from catalog.domain.errors import ConflictError
from catalog.domain.people import OPERATOR, Role
from catalog.services import backup as backups
from catalog.services import datasets, keys
from catalog.store import schema
from catalog.store.access import RequestRow
from catalog.store.database import Database
from catalog.store.tables import metadata

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
AIR = Dataset.model_validate({"title": "空气质量", "publisher": {"name": "市局"}})
MIGRATIONS = Path(catalog.store.migrations.__path__[0])


def published(database: Database, key: str = "air") -> str:
    identity = Identity(source="portal", source_key=key)
    with database.transaction() as tx:
        return datasets.publish(tx, OPERATOR, identity, AIR, at=NOW).id


def test_migrations_lead_to_the_tables_of_the_code(database: Database) -> None:
    engine = create_engine(database.url)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_every_earlier_schema_can_be_upgraded(database_url: str) -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    database = Database(database_url)

    for revision in reversed(list(script.walk_revisions())):
        database.upgrade(revision.revision)
        assert database.schema() == revision.revision

    assert schema.newest() == script.get_current_head() == database.schema()
    assert published(database)
    database.close()


def _fill(url: str, rows: dict[str, list[dict[str, object]]]) -> None:
    """Rows as an earlier version wrote them."""
    engine, tables = create_engine(url), MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for name, values in rows.items():
            connection.execute(tables.tables[name].insert(), values)
    engine.dispose()


def _first_rows() -> dict[str, list[dict[str, object]]]:
    """A record, a key, and a grant, when organizations were named and not yet known by id."""
    at, ends = NOW.replace(tzinfo=None), NOW.replace(tzinfo=None, year=2030)
    record = {"source": "portal", "revision": 1, "kind": "dataset", "digest": "d", "created_at": at, "updated_at": at}
    request = {"id": "r", "product_id": "a", "applicant": "甲公司", "publisher": "市局"}
    return {
        "datasets": [
            record | {"id": "a", "source_key": "a", "visibility": "public", "publisher": "市局", "body": _body()},
            record
            | {
                "id": "b",
                "source_key": "b",
                "visibility": "public",
                "publisher": "区局",
                "body": _body(grade="important"),
            },
        ],
        "keys": [
            {"id": "k", "prefix": "p", "digest": "x", "role": "publisher", "organization": "市局", "created_at": at}
        ],
        "access_requests": [request | {"state": "granted", "version": 1, "updated_at": at}],
        "grants": [
            {
                "id": "r",
                "product_id": "a",
                "organization": "甲公司",
                "calls": 2,
                "used": 1,
                "starts_at": at,
                "ends_at": ends,
            }
        ],
    }


def _body(**more: str) -> dict[str, object]:
    return {"title": {"zh": "空气"}, "publisher": {"name": "市局"}, **more}


def test_what_earlier_versions_wrote_lives_on(database_url: str) -> None:
    database = Database(database_url)
    database.upgrade("0005")
    _fill(database_url, _first_rows())
    database.upgrade("0008")
    at = NOW.replace(tzinfo=None)
    person = {"id": "p", "email": "li@example.org", "name": "李雷", "language": "zh", "created_at": at}
    with database.reading() as tx:
        owner = tx.organizations.called(["市局"])["市局"]
    held = {"id": "m", "person_id": "p", "role": "steward", "organization": owner, "granted_by": "operator"}
    _fill(database_url, {"people": [person], "memberships": [held | {"territory": "", "since": at}]})

    database.upgrade()

    with database.reading() as tx:
        [key] = tx.keys.listed()
        standings = {stored.id: (stored.owner, stored.standing) for stored in tx.datasets.everything()}
        names = tx.organizations.called(["市局", "区局", "甲公司"])
        grant, request = tx.access.granted("r"), tx.access.get("r")
        assert [m.role for m in tx.people.held("p", at=NOW)] == [Role.STEWARD]
        assert tx.organizations.line(owner).above == (owner,)
    assert standings == {"a": (names["市局"], "public"), "b": (names["区局"], "classified")}
    assert grant is not None
    assert request is not None
    assert (grant.organization, request.publisher) == (names["甲公司"], names["市局"])
    assert (key.role, key.organization_name) == (Role.STEWARD, "市局")
    database.close()


def test_all_of_a_transaction_is_kept_or_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as tx:
        datasets.publish(tx, OPERATOR, Identity(source="portal", source_key="a"), AIR, at=NOW)
        raise RuntimeError

    with database.reading() as tx:
        assert tx.datasets.count() == 0
        assert tx.outbox.waiting("index") == 0


def test_every_change_has_a_revision_an_outbox_row_and_an_audit_row(database: Database) -> None:
    key = published(database)
    with database.transaction() as tx:
        datasets.replace(tx, OPERATOR, key, AIR.model_copy(update={"keywords": ("水",)}), revision=1, at=NOW)
    with database.transaction() as tx:
        datasets.withdraw(tx, OPERATOR, key, revision=2, successor=None, at=NOW)

    with database.reading() as tx:
        stored = tx.datasets.get(key)
        assert stored is not None
        assert (stored.revision, stored.withdrawn_at) == (3, NOW)
        assert tx.outbox.waiting("index") == 3
        assert [row["act"] for row in tx.audit.about(key)] == ["withdrawn", "replaced", "published"]


def test_two_writers_of_one_history_do_not_both_win(database: Database) -> None:
    key = published(database)
    with database.transaction() as tx:
        tx.access.open(RequestRow("r", key, "a", "p", "", "new", 0, NOW))
        tx.access.append("r", 0, [Asked("research", "x", 1, 1)], at=NOW, actor="a", state="submitted")

    with pytest.raises(ConflictError), database.transaction() as tx:
        tx.access.append("r", 0, [Returned("x")], at=NOW, actor="b", state="returned")

    with database.reading() as tx:
        assert [h.event for h in tx.access.history("r")] == [Asked("research", "x", 1, 1)]


def test_writers_in_many_threads_wait_for_each_other(database: Database) -> None:
    threads = [threading.Thread(target=published, args=(database, f"k{n}")) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.reading() as tx:
        assert tx.datasets.count() == 20


def test_a_reader_sees_one_moment(database: Database) -> None:
    published(database)

    with database.reading() as tx:
        before = tx.datasets.count()
        published(database, "later")
        assert tx.datasets.count() == before == 1


def test_backup_and_restore_are_the_same(database: Database, tmp_path: Path) -> None:
    key = published(database)
    with database.transaction() as tx:
        secret = keys.create(tx, Role.STEWARD, "市局", at=NOW)
    kept, target = tmp_path / "files", tmp_path / "backup.tar"
    (kept / key).mkdir(parents=True)
    (kept / key / "air.csv").write_text("a,b\n")

    manifest = backups.backup(database, kept, target, at=NOW)
    other = Database(f"sqlite:///{tmp_path}/restored/x.sqlite3")
    other.upgrade()
    backups.restore(other, tmp_path / "restored" / "files", target)

    assert manifest["tables"]["datasets"]["rows"] == 1
    assert (tmp_path / "restored" / "files" / key / "air.csv").read_text() == "a,b\n"
    with database.reading() as old, other.reading() as new:
        for name in old.dump.tables():
            assert list(new.dump.rows(name)) == list(old.dump.rows(name)), name
    with other.transaction() as tx:
        assert keys.authenticate(tx, secret, at=NOW)[1].organizations()[0].name == "市局"
    assert published(other, "numbered on")
    other.close()


def test_a_backup_is_not_restored_over_something(database: Database, tmp_path: Path) -> None:
    published(database)
    backups.backup(database, tmp_path / "files", tmp_path / "b.tar", at=NOW)

    with pytest.raises(ConflictError, match="something here"):
        backups.restore(database, tmp_path / "files", tmp_path / "b.tar")
