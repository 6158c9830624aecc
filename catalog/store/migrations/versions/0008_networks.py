"""Networks that are allowed, what was reached through them, and what was refused."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "networks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("cidr", sa.String(length=50), nullable=False),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("use", sa.String(length=20), nullable=False),
        sa.Column("target", sa.String(length=253), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("allowed_by", sa.String(length=400), nullable=False),
        sa.Column("allowed_at", sa.DateTime(), nullable=False),
        sa.Column("ended_by", sa.String(length=400), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_networks")),
    )
    op.create_index(op.f("ix_networks_use_target"), "networks", ["use", "target"], unique=False)
    op.create_table(
        "network_uses",
        sa.Column("network_id", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=253), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("port", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_at", sa.DateTime(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["networks.id"], name=op.f("fk_network_uses_network_id")),
        sa.PrimaryKeyConstraint("network_id", "target", "host", "port", name=op.f("pk_network_uses")),
    )
    op.create_table(
        "network_refusals",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("use", sa.String(length=20), nullable=False),
        sa.Column("target", sa.String(length=253), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("address", sa.String(length=50), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_refusals")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("network_refusals")
    op.drop_table("network_uses")
    op.drop_table("networks")
