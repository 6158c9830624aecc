"""The schema of the database: its revision, and the migrations that bring it to another one."""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

_MIGRATIONS = Path(__file__).parent / "migrations"
#: Where the library of the migrations keeps the revision.
_VERSION = "alembic_version"


@cache
def newest() -> str:
    """The revision that this version works with."""
    return max(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def revision(connection: Connection) -> str:
    """The revision that the database is at; empty for an empty one."""
    if not inspect(connection).has_table(_VERSION):
        return ""
    return connection.execute(select(column("version_num")).select_from(table(_VERSION))).scalar() or ""


def upgrade(connection: Connection, to: str) -> None:
    """Run the migrations up to a revision."""
    # Every start looks at the schema, and few change it: the library is loaded by those alone.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
