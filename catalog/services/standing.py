"""Where a record stands: why it is not public, in words, and the end of an embargo when its day has come."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from catalog.domain.audit import Act
from catalog.domain.people import PORTAL_ITSELF
from catalog.domain.policy import Standing
from catalog.domain.vocabulary import Visibility, label
from catalog.language import N_, translate
from catalog.services.datasets import content, row
from catalog.store.database import Database, Transaction
from catalog.store.datasets import Stored

#: The day of an embargo is a day here.
_HERE = ZoneInfo("Asia/Shanghai")
_BATCH = 500
_WHY = {
    Standing.DRAFT: N_("This record is a draft: only its organization sees it, until it is published."),
    Standing.PRIVATE: N_("This record is private: only its organization sees it."),
    Standing.EMBARGOED: N_("This record is under embargo and becomes public on {day}."),
    Standing.CLASSIFIED: N_("Data of this grade ({grade}) has no public record: it was kept as classified."),
}


def why_not_public(stored: Stored, language: str) -> str | None:
    """What keeps a record from being public; None of a public one."""
    if stored.standing == Standing.PUBLIC:
        return None
    grade = label("grade", stored.body.get("grade", ""), language)
    return translate(_WHY[Standing(stored.standing)], language, day=stored.body.get("public_from", ""), grade=grade)


def today(at: datetime) -> date:
    """The day here, at a moment."""
    return at.astimezone(_HERE).date()


def lift(database: Database, *, at: datetime) -> int:
    """Make public what was embargoed until today or earlier; how many records that were.

    Until this is done such a record stays hidden. A batch is one transaction, and each record a revision of its own.
    """
    done = 0
    while True:
        with database.reading() as tx:
            if not tx.datasets.embargo_over(today(at), size=1):
                return done
        with database.transaction() as tx:
            over = tx.datasets.embargo_over(today(at), size=_BATCH)
            for stored in over:
                _lift(tx, stored, at=at)
            done += len(over)


def _lift(tx: Transaction, stored: Stored, *, at: datetime) -> None:
    public = content(stored.dataset.model_copy(update={"visibility": Visibility.PUBLIC, "public_from": None}))
    revision = stored.revision + 1
    written = row(
        stored.source,
        stored.source_key,
        public,
        stored.owner,
        at=at,
        revision=revision,
        run_id=stored.run_id,
        dataset_id=stored.id,
    )
    tx.datasets.replace([written])
    tx.outbox.put("index", [stored.id], at=at)
    tx.audit.add(
        at=at,
        actor=PORTAL_ITSELF,
        act=Act.EMBARGO_LIFTED,
        target=stored.id,
        organization=stored.owner,
        revision=revision,
        before=stored.body,
        after=public.body,
    )
