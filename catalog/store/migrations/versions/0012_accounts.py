"""Accounts: passwords, second factors, links by mail, identities elsewhere; sessions of people. Open sessions end."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("sessions")
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=True),
        _person(nullable=True),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("strong", sa.Boolean(), nullable=False),
        sa.Column("way", sa.String(20), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(60), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name=op.f("fk_sessions_key_id")),
        _of_people("sessions"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_person_id"), "sessions", ["person_id"])
    op.create_index(op.f("ix_sessions_ends_at"), "sessions", ["ends_at"])
    op.create_table(
        "passwords",
        _person(),
        sa.Column("hash", sa.String(200), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        _of_people("passwords"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_passwords")),
    )
    op.create_table(
        "second_factors",
        _person(),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("pending", sa.Text(), nullable=True),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=True),
        _of_people("second_factors"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("digest", sa.String(64), nullable=False),
        _person(),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        _of_people("recovery_codes"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recovery_codes")),
    )
    op.create_index(op.f("ix_recovery_codes_person_id"), "recovery_codes", ["person_id"])
    _links()
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        _person(),
        sa.Column("linked_at", sa.DateTime(), nullable=False),
        _of_people("identities"),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identities")),
    )
    op.create_index(op.f("ix_identities_person_id"), "identities", ["person_id"])


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        _person(nullable=True),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        _of_people("links"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_links_digest")),
    )
    op.create_index(op.f("ix_links_ends_at"), "links", ["ends_at"])
    op.create_index(op.f("ix_links_person_id"), "links", ["person_id"])


def _person(*, nullable: bool = False) -> sa.Column:
    return sa.Column("person_id", sa.String(32), nullable=nullable)


def _of_people(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f(f"fk_{table}_person_id"))
