"""How often somebody did a thing within a span of time."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "throttle",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", "until", name=op.f("pk_throttle")),
    )
    op.create_index(op.f("ix_throttle_until"), "throttle", ["until"], unique=False)


def downgrade() -> None:
    op.drop_table("throttle")
