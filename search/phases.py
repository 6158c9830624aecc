"""The phases of a rebuild and of a rollback, told in the log as each begins."""

import logging
from enum import StrEnum
from typing import Any

_log = logging.getLogger("shuyuan.rebuild")


class Phase(StrEnum):
    """What an index goes through until it serves."""

    #: Nothing has been made yet.
    PREPARING = "preparing"
    FILLING = "filling"
    #: All was given; it is not durable yet.
    COMMITTING = "committing"
    #: What was missed since it served last is brought to it.
    MENDING = "mending"
    #: It is compared with the store.
    EXAMINING = "examining"
    #: It is searched, and the one in force too.
    MEASURING = "measuring"
    SWITCHING = "switching"
    #: Readers are asking it.
    SERVING = "serving"
    #: What is no longer needed is removed.
    CLEARING = "clearing"


def begin(phase: Phase, **facts: Any) -> None:
    """Say that a phase begins."""
    _log.info(str(phase), extra=facts)


def filled(documents: int) -> None:
    """Say how far the filling is."""
    _log.debug(str(Phase.FILLING), extra={"documents": documents})
