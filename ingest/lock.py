"""The lock of a data folder: who holds it does the worker's work."""

from filelock import FileLock

from catalog.settings import Settings


def folder_lock(settings: Settings) -> FileLock:
    """What a worker holds, and a command that does the worker's work; taking it fails at once with Timeout."""
    settings.data.mkdir(parents=True, exist_ok=True)
    return FileLock(settings.data / "worker.lock", timeout=0)
