"""Settings → Portal: the only file that names an engine."""

from datetime import UTC, datetime, timedelta

from filelock import FileLock

from catalog.portal import Portal
from catalog.services import licenses
from catalog.services.asked import Asked
from catalog.services.steering import InForce
from catalog.settings import Settings
from catalog.store.database import Database
from search.port import SearchIndex
from search.snapshots import Snapshots


def clock() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 this is the clock that everything else takes


def open_portal(settings: Settings) -> Portal:
    """The portal that the settings describe, its schema brought up to date."""
    settings.data.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    # Commands that start at the same moment do not both make the schema.
    with FileLock(settings.data / "schema.lock"):
        database.upgrade()
    with database.transaction() as tx:
        licenses.register_well_known(tx)
    steering, asked = InForce(database), Asked(database, settings.query_days)
    steering.refresh()
    snapshots = Snapshots(timedelta(minutes=settings.snapshot_minutes))
    return Portal(settings, database, _index(settings), clock, steering, asked, snapshots)


def _index(settings: Settings) -> SearchIndex:
    # Each engine's library is large, so only the one in use is loaded.
    if settings.elasticsearch_url:
        from search.elastic import ElasticIndex, connect  # noqa: PLC0415

        return ElasticIndex(connect(settings.elasticsearch_url), settings.elasticsearch_index)
    from search.embedded import EmbeddedIndex  # noqa: PLC0415

    return EmbeddedIndex(settings.index_folder)
