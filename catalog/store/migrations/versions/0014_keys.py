"""Keys of people, with scopes and an end; when a key was used last."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

Body = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("keys") as table:
        table.alter_column("role", existing_type=sa.String(length=20), nullable=True)
        table.alter_column("organization", existing_type=sa.String(length=16), nullable=True)
        table.add_column(sa.Column("label", sa.String(length=100), nullable=False, server_default=""))
        table.add_column(sa.Column("person_id", sa.String(length=32), nullable=True))
        table.add_column(sa.Column("scopes", Body, nullable=True))
        table.add_column(sa.Column("strong", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("created_by", sa.String(length=32), nullable=False, server_default=""))
        table.add_column(sa.Column("expires_at", sa.DateTime(), nullable=True))
        table.add_column(sa.Column("last_used_at", sa.DateTime(), nullable=True))
        table.create_foreign_key(op.f("fk_keys_person_id"), "people", ["person_id"], ["id"])
        table.create_index(op.f("ix_keys_person_id"), ["person_id"])
        table.create_index(op.f("ix_keys_organization"), ["organization"])
