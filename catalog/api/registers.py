"""Registers: organizations and licenses."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from catalog.api.deps import Reading
from catalog.domain.errors import NotFoundError
from catalog.services import licenses

router = APIRouter(tags=["registers"])
After = Annotated[str, Query(max_length=100, description="The id behind which the page begins.")]
Size = Annotated[int, Query(ge=1, le=1000)]


@router.get("/organizations")
def organizations(tx: Reading, after: After = "", size: Size = 100) -> dict[str, Any]:
    """Organizations in the order of their ids."""
    entries = [asdict(entry) for entry in tx.organizations.page(after=after, size=size)]
    return {"organizations": entries, "after": entries[-1]["id"] if len(entries) == size else None}


@router.get("/organizations/{organization_id}")
def organization(organization_id: str, tx: Reading) -> dict[str, Any]:
    """One organization."""
    entry = tx.organizations.get(organization_id)
    if entry is None:
        raise NotFoundError
    return asdict(entry)


@router.get("/licenses")
def license_list(tx: Reading, after: After = "", size: Size = 100) -> dict[str, Any]:
    """The license register, in the order of its ids."""
    entries = [asdict(entry) for entry in tx.licenses.page(after=after, size=size)]
    return {"licenses": entries, "after": entries[-1]["id"] if len(entries) == size else None}


@router.get("/licenses/{license_id}")
def license_entry(license_id: str, tx: Reading) -> dict[str, Any]:
    """One license."""
    return asdict(licenses.read(tx, license_id))
