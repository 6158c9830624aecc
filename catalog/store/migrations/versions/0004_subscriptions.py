"""Subscriptions, what is new, and letters in the outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Body = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("body", Body, nullable=True))
    op.add_column("outbox", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("due_at", sa.DateTime(), nullable=True))
    op.create_table(
        "news",
        sa.Column("number", Serial, autoincrement=True, nullable=False),
        sa.Column("dataset_id", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_news")),
        sa.UniqueConstraint("dataset_id", name=op.f("uq_news_dataset_id")),
        sqlite_autoincrement=True,
    )
    # What everybody can find already is not news.
    op.execute(
        "INSERT INTO news (dataset_id) SELECT id FROM datasets"
        " WHERE visibility = 'public' AND withdrawn_at IS NULL ORDER BY created_at, id"
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("filters", Body, nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("frequency", sa.String(length=20), nullable=False),
        sa.Column("secret", sa.String(length=100), nullable=True),
        sa.Column("end_token", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("confirm_digest", sa.String(length=64), nullable=True),
        sa.Column("confirm_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("confirm_digest", name=op.f("uq_subscriptions_confirm_digest")),
        sa.UniqueConstraint("end_token", name=op.f("uq_subscriptions_end_token")),
    )
    op.create_index(op.f("ix_subscriptions_address"), "subscriptions", ["address"], unique=False)
