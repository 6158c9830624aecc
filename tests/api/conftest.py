"""The API is tested on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.portal import Portal
from catalog.settings import Settings
from catalog.wiring import open_portal


@pytest.fixture
def portal(tmp_path: Path, ready_url: str) -> Iterator[Portal]:
    portal = open_portal(Settings(data=tmp_path, database_url=ready_url, _env_file=None))
    yield portal
    portal.close()
