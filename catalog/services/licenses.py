"""The license register."""

from catalog.domain.errors import NotFoundError
from catalog.domain.registers import WELL_KNOWN, License
from catalog.store.database import Transaction


def register_well_known(tx: Transaction) -> None:
    """See that the licenses every installation knows are there."""
    tx.licenses.add_missing(WELL_KNOWN)


def read(tx: Transaction, license_id: str) -> License:
    """One license."""
    entry = tx.licenses.get(license_id)
    if entry is None:
        raise NotFoundError
    return entry
