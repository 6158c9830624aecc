"""The register of licenses."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from catalog.api.deps import Reading
from catalog.api.permission import open_to_all
from catalog.services import licenses

router = APIRouter(tags=["registers"])
_OPEN = open_to_all("The registers are public.")
After = Annotated[str, Query(max_length=100, description="The id behind which the page begins.")]
Size = Annotated[int, Query(ge=1, le=1000)]


@router.get("/licenses", dependencies=[_OPEN])
def license_list(tx: Reading, after: After = "", size: Size = 100) -> dict[str, Any]:
    """The license register, in the order of its ids."""
    entries = [asdict(entry) for entry in tx.licenses.page(after=after, size=size)]
    return {"licenses": entries, "after": entries[-1]["id"] if len(entries) == size else None}


@router.get("/licenses/{license_id}", dependencies=[_OPEN])
def license_entry(license_id: str, tx: Reading) -> dict[str, Any]:
    """One license."""
    return asdict(licenses.read(tx, license_id))
