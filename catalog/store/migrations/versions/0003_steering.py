"""Steering of the search by editors, and counts of queries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Body = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    draft = op.create_table(
        "steering_draft",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", Body, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steering_draft")),
    )
    op.bulk_insert(draft, [{"id": 1, "revision": 1, "body": {}}])
    op.create_table(
        "steering_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("author", sa.String(length=400), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("body", Body, nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_steering_versions")),
    )
    op.create_table(
        "query_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("query", sa.String(length=60), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "query", name=op.f("pk_query_counts")),
    )
