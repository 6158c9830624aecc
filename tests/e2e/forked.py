"""Commands as processes of their own, forked from one that has loaded the code.

To load it takes longer than most commands do. What is forked has its own environment, output, signals and end, like
any process; only how it came to the code differs from ``python -m catalog``.
"""

import atexit
import multiprocessing
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_FROM = multiprocessing.get_context("forkserver")
_FROM.set_forkserver_preload(["catalog.cli", "catalog.server", "search.elastic", "search.embedded", __name__])

Main = Callable[[Sequence[str]], None]


def shuyuan(arguments: Sequence[str]) -> None:
    """The command line."""
    from catalog.cli import app  # noqa: PLC0415 it is loaded where processes are forked, not where tests are collected

    app(arguments, prog_name="shuyuan")


class Forked:
    """What ``subprocess.Popen`` is for a program, for a function that gets arguments."""

    def __init__(
        self, arguments: Sequence[str], env: Mapping[str, str], stdout: Path, stderr: Path, main: Main = shuyuan
    ) -> None:
        given = (main, list(arguments), dict(env), stdout, stderr)
        self._process = _FROM.Process(target=_run, args=given, daemon=True)
        self._process.start()

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        assert self._process.pid is not None
        if self.poll() is None:
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def _run(main: Main, arguments: list[str], env: dict[str, str], stdout: Path, stderr: Path) -> None:
    os.environ.clear()
    os.environ.update(env)
    for path, number in ((stdout, 1), (stderr, 2)):
        with path.open("ab") as file:
            os.dup2(file.fileno(), number)
    try:
        main(arguments)
    finally:
        # The end of a program, which a forked process leaves out.
        atexit._run_exitfuncs()
