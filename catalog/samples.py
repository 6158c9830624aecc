"""The sample catalog of a first start, loaded by real ingest jobs."""

from collections.abc import Callable
from pathlib import Path

from catalog import operate
from catalog.domain.datasets import Dataset
from catalog.domain.people import OPERATOR, Role
from catalog.portal import Portal
from catalog.services import keys, products

#: source → (kind of source, file)
_SOURCES = {
    "sample-portal": ("list", "portal-list.json"),
    "sample-ckan": ("ckan", "catalog.jsonl"),
    "sample-feed": ("datajson", "data.json"),
    "sample-excel": ("list", "department-list.xlsx"),
}

Say = Callable[[str], None]


def load_samples(portal: Portal, folder: Path, say: Say) -> None:
    """Four catalogs, two products and three keys to try them with; nothing where they are there already."""
    with portal.database.reading() as tx:
        if tx.runs.recent(size=1):
            return
    for source, (kind, name) in _SOURCES.items():
        run = operate.ingest(portal, kind, str((folder / name).absolute()), source, None, lambda *_: None)
        say(f"{name}: {run.read} read, {run.created} created, {run.rejected} rejected")
    for record in sorted((folder / "products").glob("*.json")):
        _register(portal, record)
    operate.make_findable(portal, lambda *_: None)
    _make_keys(portal, say)


def _register(portal: Portal, record: Path) -> None:
    file = record.with_suffix(".csv")
    product = Dataset.model_validate_json(record.read_bytes())
    with file.open("rb") as upload:
        products.register(portal.database, OPERATOR, product, upload, file.name, portal.uploads, at=portal.clock())


def _make_keys(portal: Portal, say: Say) -> None:
    say("\nKeys to try the chain with, shown this once:")
    holders = (
        (Role.STEWARD, "省大数据发展管理局"),
        (Role.ACCESS_OFFICER, "省大数据发展管理局"),
        (Role.APPLICANT, "示例科技公司"),
        (Role.ADMIN, "省大数据发展管理局"),
    )
    for role, organization in holders:
        with portal.database.transaction() as tx:
            say(f"  {role:<10} {keys.create(tx, role, organization, at=portal.clock())}  ({organization})")
