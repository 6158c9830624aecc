"""What every command begins with: the portal of the settings, and how a failure is told."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from pydantic import ValidationError

from catalog import logs
from catalog.console import tell
from catalog.domain.audit import Origin
from catalog.domain.errors import CatalogError
from catalog.formats.fields import reason
from catalog.language import translate
from catalog.portal import Portal
from catalog.settings import Settings
from catalog.store.audit import ORIGIN
from catalog.wiring import open_portal
from search.port import NothingKeptError, RebuildRefusedError, SearchUnavailableError

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object last.")]


@contextmanager
def portal(as_json: bool = False) -> Iterator[Portal]:
    """The portal of the settings; what goes wrong with it becomes one line and exit code 1."""
    # What the imports made stays for good, and batches make thousands of objects that die together.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        settings = Settings()
        logs.configure("WARNING")
        ORIGIN.set(Origin("console"))
        opened = open_portal(settings)
        try:
            yield opened
        finally:
            opened.close()
    except (
        CatalogError,
        SearchUnavailableError,
        RebuildRefusedError,
        NothingKeptError,
        ValidationError,
        OSError,
    ) as error:
        cure = (
            f" {translate(error.cure, 'en', **error.facts)}" if isinstance(error, CatalogError) and error.cure else ""
        )
        said = reason(error) if isinstance(error, ValidationError) else str(error) or error.__doc__
        typer.echo(f"{type(error).__name__}: {said}{cure}", err=True)
        if as_json:
            tell({"error": type(error).__name__, "detail": said, "cure": cure.strip()}, as_json=True, text="")
        raise typer.Exit(1) from error
