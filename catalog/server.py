"""The long-running commands: the server, and the worker alone."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import typer
import uvicorn

from catalog import logs
from catalog.app import create_app
from catalog.portal import Portal
from catalog.samples import load_samples
from catalog.services import people
from ingest.notifier import Notifier
from ingest.worker import Worker

_TRY = """
数源 Shuyuan  {url}

  pages     {url}/search?q=空气质量   {url}/search?q=公积金   {url}/runs
  API       curl -G {url}/api/v1/search --data-urlencode q=空气质量
  sign in   {url}/sign-in   the first time: shuyuan people create-admin --email you@example.cn --role admin
"""


def serve(portal: Portal, samples: Path | None, *, with_worker: bool) -> None:
    """Serve until a signal comes; the samples are loaded before, the first time."""
    settings = portal.settings
    if samples is not None:
        load_samples(portal, samples, typer.echo)
    logs.configure(settings.log_level)
    with portal.database.transaction() as tx:
        people.note_separation(tx, settings.separation_off_reason, at=portal.clock())
    beside = _working(portal) if with_worker else nullcontext()
    typer.echo(_TRY.format(url=settings.address))
    # The server passes a signal on once it has shut down: then the worker ends in order too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt), beside:
        uvicorn.run(
            create_app(portal),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=10,
        )


def work(portal: Portal) -> None:
    """Run the worker until a signal comes."""
    logs.configure(portal.settings.log_level)
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    with _working(portal):
        typer.echo("The worker runs.")
        ending.wait()


@contextmanager
def _working(portal: Portal) -> Iterator[None]:
    """The worker, and beside it the notifier, which may only run where the worker holds the folder."""
    parts = (portal.settings, portal.database, portal.index, portal.clock)
    with Worker(*parts, portal.meanings), Notifier(*parts):
        yield
