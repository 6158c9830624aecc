"""Verified facts and their kinds; emergency access; people whose personal data was erased."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_BODY = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    text = {"nullable": False, "server_default": ""}
    op.add_column("people", sa.Column("erased_at", sa.DateTime(), nullable=True))
    op.add_column("memberships", sa.Column("glass", sa.String(length=32), **text))
    op.create_table(
        "fact_kinds",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("body", _BODY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_kinds")),
    )
    op.create_table(
        "facts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("issuer", sa.String(length=100), nullable=False),
        sa.Column("issued_as", sa.String(length=400), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(), nullable=False),
        sa.Column("valid_until", sa.DateTime(), nullable=True),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_by", sa.String(length=100), **text),
        sa.Column("reason", sa.Text(), **text),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["kind"], ["fact_kinds.id"], name=op.f("fk_facts_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts")),
    )
    op.create_index(op.f("ix_facts_subject_kind"), "facts", ["subject", "kind"])
    op.create_index(op.f("ix_facts_told_valid_until"), "facts", ["told", "valid_until"])
    op.create_table(
        "emergencies",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("membership_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("organization", sa.String(length=16), **text),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(), nullable=True),
        sa.Column("reviewed_by", sa.String(length=32), **text),
        sa.Column("review", sa.Text(), **text),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_emergencies_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergencies")),
    )
    op.create_index(op.f("ix_emergencies_person_id"), "emergencies", ["person_id"])
    op.create_index(op.f("ix_emergencies_since"), "emergencies", ["since"])
    _guard()


def _guard() -> None:
    """Facts are ended, never deleted."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE TRIGGER facts_kept BEFORE DELETE ON facts BEGIN SELECT RAISE(ABORT, 'facts are kept'); END")
        return
    op.execute(
        "CREATE FUNCTION facts_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'facts are kept'; END $$"
    )
    op.execute("CREATE TRIGGER facts_kept BEFORE DELETE ON facts FOR EACH ROW EXECUTE FUNCTION facts_kept()")
