"""Records that are entered here have keys of their organization, so source and key alone may lead to several."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("datasets") as table:
        table.drop_constraint(op.f("uq_datasets_source_source_key"), type_="unique")
        table.create_index(op.f("ix_datasets_source_source_key"), ["source", "source_key"])
