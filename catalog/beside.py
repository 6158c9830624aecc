"""What a server does beside its answers: take up what editors publish, and write down what was counted."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from catalog.portal import Portal

_log = logging.getLogger("shuyuan.beside")
#: Seconds between two looks at the steering in force, and between two writes of counts.
_LOOK, _WRITE = 1.0, 5.0


@contextmanager
def beside(portal: Portal) -> Iterator[None]:
    """While the context lasts, and a last time at its end."""

    def flush() -> None:
        portal.asked.flush(portal.clock().date())
        portal.uses.flush(portal.database)

    with _repeated("steering", portal.steering.refresh, _LOOK), _repeated("asked", flush, _WRITE):
        yield
    _tried(flush)


@contextmanager
def _repeated(name: str, act: Callable[[], None], pause: float) -> Iterator[None]:
    ending = threading.Event()

    def repeat() -> None:
        while not ending.wait(pause):
            _tried(act)

    thread = threading.Thread(target=repeat, name=f"shuyuan-{name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def _tried(act: Callable[[], None]) -> None:
    try:
        act()
    except Exception as error:  # noqa: BLE001 the next time may be better, and no reader waits for it
        _log.warning("trying again", extra={"why": str(error)})
