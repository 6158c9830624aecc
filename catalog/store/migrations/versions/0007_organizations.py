"""Organizations in a tree, with names that lead to them; people; who owns a record, and where it stands."""

import sqlalchemy as sa
from alembic import op

from catalog.domain.datasets import identify

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: Tables and columns that have named organizations until now.
_NAMED = (
    ("datasets", "publisher"),
    ("keys", "organization"),
    ("access_requests", "applicant"),
    ("access_requests", "publisher"),
    ("grants", "organization"),
)


def upgrade() -> None:
    _organizations()
    _people()
    with op.batch_alter_table("datasets") as table:
        table.add_column(sa.Column("owner", sa.String(length=16), nullable=False, server_default=""))
        table.add_column(sa.Column("standing", sa.String(length=20), nullable=False, server_default=""))
        table.add_column(sa.Column("public_from", sa.Date(), nullable=True))
    op.execute(f"UPDATE datasets SET owner = {_id_of('publisher')}, standing = {_standing()}")  # noqa: S608 names of ours
    with op.batch_alter_table("datasets") as table:
        table.alter_column("owner", server_default=None, existing_type=sa.String(length=16))
        table.alter_column("standing", server_default=None, existing_type=sa.String(length=20))
        table.create_index(op.f("ix_datasets_owner"), ["owner"])
        table.create_index(op.f("ix_datasets_public_from"), ["public_from"])
    _ids_for_names()
    with op.batch_alter_table("access_requests") as table:
        table.add_column(sa.Column("submitter", sa.String(length=32), nullable=False, server_default=""))


def _organizations() -> None:
    with op.batch_alter_table("organizations") as table:
        table.add_column(sa.Column("kind", sa.String(length=20), nullable=True))
        table.add_column(sa.Column("level", sa.String(length=20), nullable=True))
        table.add_column(sa.Column("territory", sa.String(length=6), nullable=False, server_default=""))
        table.add_column(sa.Column("parent", sa.String(length=16), nullable=True))
        table.add_column(sa.Column("ended_at", sa.DateTime(), nullable=True))
        table.add_column(sa.Column("successor", sa.String(length=16), nullable=True))
        table.create_index(op.f("ix_organizations_parent"), ["parent"])
        table.create_index(op.f("ix_organizations_uscc"), ["uscc"])
    _register_all_names()
    op.create_table(
        "organization_names",
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("organization", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"], ["organizations.id"], name=op.f("fk_organization_names_organization")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_organization_names")),
    )
    op.create_index(op.f("ix_organization_names_organization"), "organization_names", ["organization"])
    op.create_table(
        "organization_lines",
        sa.Column("organization", sa.String(length=16), nullable=False),
        sa.Column("above", sa.String(length=16), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["above"], ["organizations.id"], name=op.f("fk_organization_lines_above")),
        sa.ForeignKeyConstraint(
            ["organization"], ["organizations.id"], name=op.f("fk_organization_lines_organization")
        ),
        sa.PrimaryKeyConstraint("organization", "above", name=op.f("pk_organization_lines")),
    )
    op.create_index(op.f("ix_organization_lines_above"), "organization_lines", ["above"])
    op.execute("INSERT INTO organization_names (name, organization) SELECT name, id FROM organizations")
    op.execute("INSERT INTO organization_lines (organization, above, steps) SELECT id, id, 0 FROM organizations")


def _register_all_names() -> None:
    """Every organization that something names is in the register, also one whose name stood only there."""
    connection = op.get_bind()
    known = {row.name for row in connection.execute(sa.text("SELECT name FROM organizations"))}
    for table, column in _NAMED:
        named = connection.execute(sa.text(f"SELECT DISTINCT {column} AS name FROM {table}"))  # noqa: S608 names of ours
        missing = {row.name for row in named} - known
        for name in sorted(missing):
            values = {"id": identify("organization", name), "name": name}
            connection.execute(sa.text("INSERT INTO organizations (id, name) VALUES (:id, :name)"), values)
        known |= missing


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("blocked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email", name=op.f("uq_people_email")),
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("organization", sa.String(length=16), nullable=True),
        sa.Column("level", sa.String(length=20), nullable=True),
        sa.Column("territory", sa.String(length=6), nullable=False, server_default=""),
        sa.Column("granted_by", sa.String(length=32), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["organization"], ["organizations.id"], name=op.f("fk_memberships_organization")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_memberships_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_organization"), "memberships", ["organization"])
    op.create_index(op.f("ix_memberships_person_id"), "memberships", ["person_id"])


def _standing() -> str:
    grade = "body->>'grade'" if op.get_bind().dialect.name == "postgresql" else "json_extract(body, '$.grade')"
    return f"CASE WHEN {grade} IN ('core', 'important') THEN 'classified' ELSE visibility END"


def _ids_for_names() -> None:
    """Where an organization was named, its id stands."""
    roles = "CASE role WHEN 'publisher' THEN 'steward' WHEN 'decider' THEN 'access_officer' ELSE role END"
    op.execute(f"UPDATE keys SET role = {roles}, organization = {_id_of('organization', 'keys')}")  # noqa: S608 names of ours
    op.execute(
        f"UPDATE access_requests SET applicant = {_id_of('applicant')}, publisher = {_id_of('publisher')}"  # noqa: S608
    )
    op.execute(f"UPDATE grants SET organization = {_id_of('organization', 'grants')}")  # noqa: S608 names of ours
    for table, columns in (
        ("keys", ("organization",)),
        ("access_requests", ("applicant", "publisher")),
        ("grants", ("organization",)),
    ):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.alter_column(
                    column, type_=sa.String(length=16), existing_type=sa.String(length=300), existing_nullable=False
                )
            if table == "keys":
                batch.create_foreign_key(op.f("fk_keys_organization"), "organizations", ["organization"], ["id"])


def _id_of(column: str, table: str = "") -> str:
    named = f"{table}.{column}" if table else column
    return f"(SELECT n.organization FROM organization_names n WHERE n.name = {named})"  # noqa: S608 names of ours
