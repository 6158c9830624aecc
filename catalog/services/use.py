"""How much records are used: counted every night, in steps, so that the search prefers what others found useful."""

from datetime import datetime, timedelta

from catalog.store.database import Database
from search.signals import STEPS

_SINCE = timedelta(days=90)
_BATCH = 1000


def recount(database: Database, *, at: datetime) -> dict[str, int]:
    """Count the last 90 days anew, and bring what changed into the index: {"changed"}.

    The step is the number of digits: 1 for 1 to 9 deliveries and requests, 2 to 99, up to 5 from 10,000 on. So few
    records change in a night, and the index is spared.
    """
    with database.reading() as tx:
        before, counts = tx.datasets.uses(), tx.usage.counts(since=at - _SINCE)
    steps = {dataset_id: min(len(str(count)), STEPS) for dataset_id, count in counts.items()}
    ids = [i for i in {*before, *steps} if before.get(i, 0) != steps.get(i, 0)]
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        with database.transaction() as tx:
            tx.datasets.set_use({i: steps.get(i, 0) for i in batch})
            tx.outbox.put("index", batch, at=at)
    return {"changed": len(ids)}
