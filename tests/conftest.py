"""Databases, engines and portals for tests. With CI=true nothing may be skipped."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from catalog.domain.people import Role
from catalog.portal import Portal
from catalog.services import indexing, keys
from catalog.settings import Settings
from catalog.store.database import Database
from catalog.wiring import open_portal
from search.port import SearchIndex
from tests import browsers, engines, leaks
from tests.serving import application

SHARED = Path(__file__).parents[2] / "shared" / "data"


def unavailable(reason: str) -> None:
    """Skip with the reason, or fail where nothing may be skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real catalogues beside the project; tests that read them need the folder."""
    if not SHARED.is_dir():
        unavailable("needs the folder of real catalogues, ../shared/data")
    return SHARED


def _server(open_server: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    with ExitStack() as stack:
        try:
            url = stack.enter_context(open_server())
        except engines.MissingError as error:
            unavailable(str(error))
        yield url


@pytest.fixture(scope="session")
def elastic_server() -> Iterator[str]:
    yield from _server(engines.elasticsearch)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    yield from _server(engines.postgres)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new, empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/shuyuan.sqlite3"
        return
    with engines.database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema of today. Tests work on copies: to make it takes longer than most of them."""
    path = tmp_path_factory.mktemp("schema") / "shuyuan.sqlite3"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The same, on PostgreSQL."""
    with engines.database(postgres_server) as url:
        database = Database(url)
        database.upgrade()
        database.close()
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def ready_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind with the schema of today, and nothing else."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("postgres_template")
    with engines.database(request.getfixturevalue("postgres_server"), template) as url:
        yield url


@pytest.fixture
def database(ready_url: str) -> Iterator[Database]:
    """The same, opened."""
    database = Database(ready_url)
    yield database
    database.close()


@pytest.fixture
def elastic_index(elastic_server: str) -> Iterator[SearchIndex]:
    from search.elastic import ElasticIndex, connect  # noqa: PLC0415 only where the server is

    name = f"test-{uuid4().hex}"
    yield ElasticIndex(connect(elastic_server), name)
    client = connect(elastic_server)
    client.indices.delete(index=list(client.indices.get(index=f"{name}-*")) or "-", ignore_unavailable=True)
    client.close()


@pytest.fixture(params=["embedded", "elastic"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchIndex]:
    """Each engine, empty."""
    if request.param == "elastic":
        yield request.getfixturevalue("elastic_index")
        return
    from search.embedded import EmbeddedIndex  # noqa: PLC0415

    engine = EmbeddedIndex(tmp_path / "index")
    yield engine
    engine.close()


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """A data folder with an empty database."""
    shutil.copy(sqlite_template, tmp_path)
    return tmp_path


@pytest.fixture
def portal(folder: Path) -> Iterator[Portal]:
    """A portal on SQLite and the embedded engine, without a worker: what is written is found after ``drained``."""
    portal = open_portal(Settings(data=folder, _env_file=None))
    yield portal
    portal.close()


@pytest.fixture
def client(portal: Portal) -> Iterator[TestClient]:
    """The portal over HTTP, in this process."""
    with TestClient(application(portal)) as client:
        yield client


@pytest.fixture
def bearer(portal: Portal) -> Callable[..., dict[str, str]]:
    """The header of a new key: ``bearer("publisher", "市气象局")``."""

    def header(role: str, organization: str = "市气象局") -> dict[str, str]:
        with portal.database.transaction() as tx:
            secret = keys.create(tx, Role(role), organization, at=portal.clock())
        return {"Authorization": f"Bearer {secret}"}

    return header


@pytest.fixture
def drained(portal: Portal) -> Callable[[], None]:
    """Bring what was written into the index, as the worker does."""

    def drain() -> None:
        while indexing.drain(portal.database, portal.index):
            pass

    return drain


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    if not Path(browsers.CHROMIUM).is_file():
        unavailable("needs a browser: `apt-get install chromium fonts-noto-cjk`")
    with browsers.chromium() as browser:
        yield browser


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What a worker process has counted, for the one that sums up."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["tried"] = dict(leaks.TRIED)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended."""
    leaks.TRIED.update(getattr(node, "workeroutput", {}).get("tried", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How often it was tried to see what a reader may not."""
    if lines := leaks.told():
        terminalreporter.section("compared with a plain scan of the policy; no failure: nothing leaked")
        for line in lines:
            terminalreporter.write_line(line)
