"""A real server process over real HTTP: SQLite with tantivy, and PostgreSQL with Elasticsearch."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from catalog.settings import Settings
from tests import engines
from tests.e2e.forked import Forked, Main, shuyuan

ROOT = Path(__file__).parents[2]
NOWHERE = Path(os.devnull)


@dataclass
class Installation:
    """Settings of an installation, its commands, and its server while it runs."""

    environment: dict[str, str]
    port: int = field(default_factory=engines.free_port)
    server: "Forked | subprocess.Popen[bytes] | None" = None
    #: Whether commands are programs that load the code, as for a user; else they are forked.
    from_nothing: bool = False
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=30)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> Settings:
        given: dict[str, Any] = {name.removeprefix("SHUYUAN_").lower(): v for name, v in self.environment.items()}
        return Settings(_env_file=None, **given)

    @property
    def folder(self) -> Path:
        """Beside the data, for what commands say."""
        return Path(self.environment["SHUYUAN_DATA"]).parent

    def command(self, *arguments: str, code: int = 0) -> Any:
        """Run ``shuyuan``; what it printed last as JSON, else its text."""
        self.folder.mkdir(exist_ok=True)
        out, problems = (self.folder / f"{uuid4().hex}.{name}" for name in ("out", "err"))
        done = self.begin(*arguments, stdout=out, stderr=problems).wait(120)
        told = out.read_text("utf-8")
        assert done == code, (arguments, told, problems.read_text("utf-8"))
        last = (told.strip().splitlines() or [""])[-1]
        return json.loads(last) if last.startswith("{") else told.strip()

    def begin(
        self, *arguments: str, stdout: Path = NOWHERE, stderr: Path = NOWHERE, main: Main = shuyuan
    ) -> "Forked | subprocess.Popen[bytes]":
        """Run ``shuyuan``, or another function that gets the arguments, and do not wait for its end."""
        if main is not shuyuan or not self.from_nothing:
            return Forked(arguments, self._env(), stdout, stderr, main)
        with stdout.open("ab") as out, stderr.open("ab") as problems:
            return subprocess.Popen(
                [sys.executable, "-m", "catalog", *arguments], env=self._env(), cwd=ROOT, stdout=out, stderr=problems
            )

    def start(self, *arguments: str) -> None:
        log = self.folder / "server.log"
        self.server = self.begin("serve", "--port", str(self.port), *arguments, stdout=log, stderr=log)
        for _ in range(600):
            if self.server.poll() is not None:
                pytest.fail(log.read_text())
            try:
                if self.http.get("/health/live", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        pytest.fail(log.read_text())

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.server is not None
        self.server.send_signal(number)
        code = self.server.wait(30)
        self.server = None
        return code

    def key(self, role: str, organization: str) -> dict[str, str]:
        made = self.command("keys", "create", "--role", role, "--organization", organization, "--json")
        return {"Authorization": f"Bearer {made['key']}"}

    def until_drained(self, seconds: float = 30) -> None:
        """Wait until what was written is searchable."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ready = self.http.get("/health/ready").json()
            if ready["waiting"] == 0 and ready["status"] == "ready":
                return
            time.sleep(0.1)
        pytest.fail(f"still waiting: {ready}")

    def _env(self) -> dict[str, str]:
        return {k: v for k, v in os.environ.items() if not k.startswith("SHUYUAN_")} | self.environment


@pytest.fixture(params=["sqlite-tantivy", "postgres-elasticsearch"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    environment = {"SHUYUAN_DATA": str(tmp_path / "var")}
    if request.param == "sqlite-tantivy":
        made = Installation(environment)
        yield made
    else:
        elastic = request.getfixturevalue("elastic_server")
        with engines.database(request.getfixturevalue("postgres_server")) as url:
            made = Installation(
                environment
                | {
                    "SHUYUAN_DATABASE_URL": url,
                    "SHUYUAN_ELASTICSEARCH_URL": elastic,
                    "SHUYUAN_ELASTICSEARCH_INDEX": f"test-{uuid4().hex}",
                }
            )
            yield made
            _end(made)
    _end(made)


def _end(made: Installation) -> None:
    made.http.close()
    if made.server is not None:
        made.server.kill()
        made.server.wait()
        made.server = None
