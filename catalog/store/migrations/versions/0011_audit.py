"""The audit says from where, before and after; personal data lies apart; and the database keeps entries unchanged."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_BODY = sa.JSON().with_variant(JSONB(), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SEARCHED = ("actor_id", "act", "target", "organization", "glass")


def upgrade() -> None:
    text = {"nullable": False, "server_default": ""}
    for column in (
        sa.Column("actor_id", sa.String(length=400), **text),
        sa.Column("organization", sa.String(length=16), **text),
        sa.Column("address", sa.String(length=100), **text),
        sa.Column("request", sa.String(length=32), **text),
        sa.Column("changes", _BODY, nullable=False, server_default="{}"),
        sa.Column("digests", _BODY, nullable=True),
        sa.Column("glass", sa.String(length=32), **text),
    ):
        op.add_column("audit", column)
    _fill()
    op.drop_index(op.f("ix_audit_target_id"), "audit")
    op.create_index(op.f("ix_audit_at_id"), "audit", ["at", "id"])
    for name in _SEARCHED:
        op.create_index(op.f(f"ix_audit_{name}_at_id"), "audit", [name, "at", "id"])
    op.create_table(
        "audit_texts",
        sa.Column("audit_id", _SERIAL, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("person", sa.String(length=32), **text),
        sa.Column("salt", sa.String(length=64), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("erased_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_audit_texts_audit_id")),
        sa.PrimaryKeyConstraint("audit_id", "name", name=op.f("pk_audit_texts")),
    )
    op.create_index(op.f("ix_audit_texts_person"), "audit_texts", ["person"])
    op.create_table(
        "audit_gate",
        sa.Column("before", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("before", name=op.f("pk_audit_gate")),
    )
    _guard()


def _fill() -> None:
    """Who acted was a text; what it concerns is known where the target is a record or a request."""
    op.execute("UPDATE audit SET actor_id = actor")
    for table, owner in (("datasets", "owner"), ("access_requests", "publisher")):
        found = f"SELECT t.{owner} FROM {table} t WHERE t.id = audit.target"  # noqa: S608 names of ours
        op.execute(f"UPDATE audit SET organization = ({found}) WHERE EXISTS ({found})")  # noqa: S608 names of ours


def _guard() -> None:
    """A later migration that makes the table anew, as batch mode does on SQLite, has to make the triggers anew."""
    kept = "audit is append-only"
    gate = "EXISTS (SELECT 1 FROM audit_gate g WHERE OLD.at < g.before)"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, '{kept}'); END")
        op.execute(
            f"CREATE TRIGGER audit_kept BEFORE DELETE ON audit WHEN NOT {gate} BEGIN SELECT RAISE(ABORT, '{kept}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION audit_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN IF {gate} THEN RETURN OLD; END IF; END IF; "
        f"RAISE EXCEPTION '{kept}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_unchanged BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_unchanged()"
    )
    op.execute(
        "CREATE TRIGGER audit_kept BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_unchanged()"
    )
