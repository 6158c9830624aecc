"""Settings → Portal: the only file that names an engine."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from filelock import FileLock

from catalog.domain.errors import VectorsMissingError
from catalog.domain.oidc import role_map
from catalog.portal import Portal
from catalog.services import facts, licenses
from catalog.services.answers import Answers
from catalog.services.asked import Asked
from catalog.services.steering import InForce
from catalog.settings import Settings
from catalog.store.database import Database
from catalog.store.seal import Seal
from search.meaning import Meanings
from search.port import SearchIndex
from search.snapshots import Snapshots

if TYPE_CHECKING:
    from ingest.oidc import Provider
    from search.vectors import Model


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
        facts.register_well_known(tx)
    steering, asked = InForce(database), Asked(database, settings.query_days)
    steering.refresh()
    snapshots = Snapshots(timedelta(minutes=settings.snapshot_minutes))
    index, meanings = _engine(settings)
    seal, roles = Seal(settings.secrets_key_file), role_map(settings.oidc_roles)
    provider = _provider(settings, database) if settings.oidc_issuer else None
    return Portal(
        settings, database, index, clock, steering, asked, snapshots, Answers(), seal, roles, provider, meanings
    )


def _provider(settings: Settings, database: Database) -> "Provider":
    # What checks signatures is large too.
    from ingest.oidc import Provider  # noqa: PLC0415

    return Provider(settings, database, clock)


def _engine(settings: Settings) -> tuple[SearchIndex, Meanings | None]:
    # Each engine's library is large, so only the one in use is loaded; so is the model of meanings.
    model = _model() if settings.vectors else None
    if settings.elasticsearch_url:
        from search.elastic import ElasticIndex, connect  # noqa: PLC0415

        elastic = ElasticIndex(
            connect(settings.elasticsearch_url), settings.elasticsearch_index, vectors=settings.vectors
        )
        return elastic, model.in_index(elastic) if model else None
    from search.embedded import EmbeddedIndex  # noqa: PLC0415

    return EmbeddedIndex(settings.index_folder), model.in_file(settings.vectors_file) if model else None


def _model() -> "Model":
    try:
        from search.vectors import Model  # noqa: PLC0415
    except ImportError as error:
        raise VectorsMissingError(cure="Install shuyuan[vectors], or set SHUYUAN_VECTORS=false.") from error
    return Model()
