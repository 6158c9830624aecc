"""Adapters: one kind of source each."""

from pathlib import Path

from catalog.domain.runs import Run
from catalog.services.networks import Gate
from ingest.fetch import Fetcher
from ingest.mapping import AUTO, load
from ingest.source import Source
from ingest.sources.ckan import CkanDumpSource, CkanSource
from ingest.sources.datajson import DataJsonSource
from ingest.sources.tabular import ListSource


def open_source(run: Run, downloads: Path, gate: Gate) -> Source:
    """The source that a run reads. A feed on the web is brought into ``downloads`` first, so that it can be resumed."""
    remote = run.location.lower().startswith(("http://", "https://"))
    if remote and run.kind == "ckan":
        return CkanSource(run.location, Fetcher(gate))
    path = _brought(run, downloads, gate) if remote else Path(run.location)
    match run.kind:
        case "ckan":
            return CkanDumpSource(path)
        case "datajson":
            return DataJsonSource(path)
        case _:
            return ListSource(path, load(run.mapping or AUTO))


def _brought(run: Run, downloads: Path, gate: Gate) -> Path:
    downloads.mkdir(parents=True, exist_ok=True)
    path = downloads / run.id
    if not path.exists():
        Fetcher(gate).download(run.location, path)
    return path


def forget_download(run: Run, downloads: Path) -> None:
    """Remove what was brought for a run that has ended."""
    (downloads / run.id).unlink(missing_ok=True)
    (downloads / run.id).with_suffix(".part").unlink(missing_ok=True)
