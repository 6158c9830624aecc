"""An organization may take the name of one that was merged into it: names are unique where they lead to somebody."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("organizations") as table:
        table.drop_constraint("uq_organizations_name", type_="unique")
