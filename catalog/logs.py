"""JSON logs with the id of the request."""

import logging
import sys
from contextvars import ContextVar

from pythonjsonlogger.json import JsonFormatter

request_id: ContextVar[str] = ContextVar("request_id", default="")


def configure(level: str) -> None:
    """Log JSON lines on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "{asctime}{levelname}{name}{message}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )
    )
    handler.addFilter(_with_request)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("httpx", "elastic_transport", "dbos", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _with_request(record: logging.LogRecord) -> bool:
    if current := request_id.get():
        record.request_id = current
    return True
