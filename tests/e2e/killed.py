"""The command line, killed in a phase of a rebuild: ``PHASE index rebuild``.

Each phase is told in the log as it begins. Whoever listens is called there and then, so the kill is exact: nothing of
the phase has been done. A phase of filling has a number behind it: ``filling-3000``.
"""

import logging
import os
import signal
from collections.abc import Sequence

from tests.e2e.forked import shuyuan


class Killer(logging.Handler):
    """Ends this process by SIGKILL, which nothing can catch, at a line of the log."""

    def __init__(self, phase: str) -> None:
        super().__init__(logging.DEBUG)
        self._phase = phase

    def emit(self, record: logging.LogRecord) -> None:
        documents = getattr(record, "documents", None)
        if self._phase in {record.getMessage(), f"{record.getMessage()}-{documents}"}:
            os.kill(os.getpid(), signal.SIGKILL)


def killed(arguments: Sequence[str]) -> None:
    phase, *rest = arguments
    log = logging.getLogger("shuyuan.rebuild")
    log.setLevel(logging.DEBUG)
    log.addHandler(Killer(phase))
    shuyuan(rest)
