"""Every table: one JSON body, and the columns that are queried by."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Body = JSON().with_variant(JSONB(), "postgresql")
#: The same, where nothing is NULL and not the JSON word null.
Optional = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
#: SQLite counts rows by itself only in a column of exactly this type.
Serial = BigInteger().with_variant(Integer(), "sqlite")


class Utc(TypeDecorator[datetime]):
    """A moment, kept in UTC: SQLite knows no time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


datasets = Table(
    "datasets",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("source", String(100), nullable=False),
    Column("source_key", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("visibility", String(20), nullable=False),
    Column("publisher", String(300), nullable=False),
    #: Id of the organization that the publisher's name leads to.
    Column("owner", String(16), nullable=False),
    #: What permission rests on: follows from visibility and grade.
    Column("standing", String(20), nullable=False),
    #: The day on which an embargo ends.
    Column("public_from", Date),
    #: SHA-256 of the body: what tells an unchanged record from a changed one.
    Column("digest", String(64), nullable=False),
    Column("body", Body, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("withdrawn_at", Utc),
    Column("successor", String(16)),
    Column("run_id", String(32)),
    #: How much the record is used, in steps from 0 to 5; no part of its revision.
    Column("use", Integer, nullable=False, server_default="0"),
    #: Of a source that is read each key is there once: the id follows from both. Here each organization has its own.
    Index(None, "source", "source_key"),
    Index(None, "updated_at"),
    Index(None, "publisher"),
    Index(None, "owner"),
    Index(None, "public_from"),
)

organizations = Table(
    "organizations",
    metadata,
    Column("id", String(16), primary_key=True),
    #: One of its names; an organization that has ended may share it with its successor.
    Column("name", String(300), nullable=False),
    Column("uscc", String(18)),
    Column("kind", String(20)),
    Column("level", String(20)),
    Column("territory", String(6), nullable=False, server_default=""),
    Column("parent", String(16)),
    Column("ended_at", Utc),
    Column("successor", String(16)),
    Index(None, "parent"),
    Index(None, "uscc"),
)

#: Every name that an organization has or had: each leads to one.
organization_names = Table(
    "organization_names",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("organization", String(16), ForeignKey("organizations.id"), nullable=False),
    Index(None, "organization"),
)

#: Each organization with itself (0 steps) and all that it lies beneath.
organization_lines = Table(
    "organization_lines",
    metadata,
    Column("organization", String(16), ForeignKey("organizations.id"), primary_key=True),
    Column("above", String(16), ForeignKey("organizations.id"), primary_key=True),
    Column("steps", Integer, nullable=False),
    Index(None, "above"),
)

people = Table(
    "people",
    metadata,
    Column("id", String(32), primary_key=True),
    #: In lower case.
    Column("email", String(320), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("language", String(10), nullable=False),
    Column("created_at", Utc, nullable=False),
    #: When the address was shown to be theirs.
    Column("confirmed_at", Utc),
    Column("blocked_at", Utc),
    #: When the personal data was erased; the id stays, for it is in what must be kept.
    Column("erased_at", Utc),
)

memberships = Table(
    "memberships",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", String(32), ForeignKey("people.id"), nullable=False),
    Column("role", String(20), nullable=False),
    #: None: of the platform.
    Column("organization", String(16), ForeignKey("organizations.id")),
    Column("level", String(20)),
    Column("territory", String(6), nullable=False, server_default=""),
    Column("granted_by", String(32), nullable=False),
    Column("since", Utc, nullable=False),
    Column("ends_at", Utc),
    #: Id of the emergency access that gave it.
    Column("glass", String(32), nullable=False, server_default=""),
    Index(None, "person_id"),
    Index(None, "organization"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("organization", String(16), ForeignKey("organizations.id"), nullable=False),
    #: In lower case.
    Column("email", String(320), nullable=False),
    Column("role", String(20), nullable=False),
    Column("language", String(10), nullable=False),
    Column("invited_by", String(32), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    #: Of the link in the mail that was sent last.
    Column("digest", String(64), unique=True),
    Index(None, "organization"),
)

applications = Table(
    "applications",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", String(32), ForeignKey("people.id"), nullable=False),
    Column("name", String(300), nullable=False),
    Column("uscc", String(18), nullable=False),
    Column("territory", String(6), nullable=False),
    Column("level", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    #: What it became.
    Column("organization", String(16), ForeignKey("organizations.id")),
    Index(None, "person_id"),
    Index(None, "state", "level", "due_at"),
)

application_events = Table(
    "application_events",
    metadata,
    Column("application_id", String(32), ForeignKey("applications.id"), primary_key=True),
    #: The loser of two simultaneous writes meets this key and has to decide again.
    Column("version", Integer, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("actor", String(400), nullable=False),
    Column("type", String(40), nullable=False),
    Column("body", Body, nullable=False),
)

licenses = Table(
    "licenses",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("title", Body, nullable=False),
    Column("url", Text, nullable=False),
    Column("open", Boolean),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("source", String(100), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("location", Text, nullable=False),
    Column("mapping", Text),
    Column("state", String(20), nullable=False),
    #: The row from which an interrupted run goes on.
    Column("cursor", BigInteger, nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("withdrawn", BigInteger, nullable=False),
    Column("total", BigInteger),
    Column("unplaced", Body, nullable=False),
    Column("fingerprint", String(100)),
    Column("problem", Text),
    Column("asked_by", String(400), nullable=False),
    Column("asked_at", Utc, nullable=False),
    Column("started_at", Utc),
    Column("finished_at", Utc),
    #: Grows with each taking of the lease; who holds an older one can no longer save.
    Column("fence", Integer, nullable=False),
    Column("lease_until", Utc),
    Index(None, "source", "asked_at"),
)

sightings = Table(
    "sightings",
    metadata,
    Column("run_id", String(32), ForeignKey("runs.id"), primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("dataset_id", String(16), nullable=False),
    Column("digest", String(64), nullable=False),
    Index(None, "run_id", "dataset_id"),
)

rejections = Table(
    "rejections",
    metadata,
    Column("run_id", String(32), ForeignKey("runs.id"), primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("key", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("topic", String(20), nullable=False),
    Column("target", String(100), nullable=False),
    Column("created_at", Utc, nullable=False),
    #: What is to be done, where the topic and the target do not say all of it.
    Column("body", Body),
    Column("tries", Integer, nullable=False, server_default="0"),
    #: Not before this moment.
    Column("due_at", Utc),
    sqlite_autoincrement=True,
)

news = Table(
    "news",
    metadata,
    #: In the order in which records first became findable.
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("dataset_id", String(16), nullable=False, unique=True),
    sqlite_autoincrement=True,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("address", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("filters", Body, nullable=False),
    Column("language", String(10), nullable=False),
    Column("frequency", String(20), nullable=False),
    Column("secret", String(100)),
    Column("end_token", String(100), nullable=False, unique=True),
    Column("created_at", Utc, nullable=False),
    Column("confirmed_at", Utc),
    Column("seen", BigInteger, nullable=False),
    #: Looked at next, at the earliest.
    Column("due_at", Utc),
    Column("confirm_digest", String(64), unique=True),
    Column("confirm_until", Utc),
    Index(None, "address"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("asked", Body, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger),
    Column("result", Body),
    Column("problem", Text),
    Column("asked_at", Utc, nullable=False),
    Column("finished_at", Utc),
    Index(None, "state", "asked_at"),
)

#: The database refuses to change it: see the triggers in the migration that made it append-only.
audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("at", Utc, nullable=False),
    Column("actor", String(400), nullable=False),
    Column("actor_id", String(400), nullable=False, server_default=""),
    Column("act", String(60), nullable=False),
    Column("target", String(100), nullable=False),
    Column("organization", String(16), nullable=False, server_default=""),
    Column("address", String(100), nullable=False, server_default=""),
    Column("request", String(32), nullable=False, server_default=""),
    Column("detail", Body, nullable=False),
    #: field → before, after
    Column("changes", Body, nullable=False, server_default="{}"),
    #: What personal data it names → the digest of the text.
    Column("digests", Optional),
    #: Id of the emergency access that it was done under.
    Column("glass", String(32), nullable=False, server_default=""),
    # One for each way to search, each in the order of the answer.
    Index(None, "at", "id"),
    Index(None, "actor_id", "at", "id"),
    Index(None, "act", "at", "id"),
    Index(None, "target", "at", "id"),
    Index(None, "organization", "at", "id"),
    Index(None, "glass", "at", "id"),
    sqlite_autoincrement=True,
)

#: Personal data that the audit has only digests of.
audit_texts = Table(
    "audit_texts",
    metadata,
    Column("audit_id", Serial, ForeignKey("audit.id"), primary_key=True, autoincrement=False),
    Column("name", String(60), primary_key=True),
    #: Id of whom it is about; empty: not known.
    Column("person", String(32), nullable=False, server_default=""),
    Column("salt", String(64)),
    Column("text", Text),
    Column("erased_at", Utc),
    Index(None, "person"),
)

#: While retention works: entries from before this moment may go. Empty outside its transaction.
audit_gate = Table("audit_gate", metadata, Column("before", Utc, primary_key=True))

#: The register of kinds of facts.
fact_kinds = Table(
    "fact_kinds",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("body", Body, nullable=False),
)

#: Rows are ended, never deleted: a trigger refuses it.
facts = Table(
    "facts",
    metadata,
    Column("id", String(32), primary_key=True),
    #: Id of an organization or of a person.
    Column("subject", String(32), nullable=False),
    Column("kind", String(40), ForeignKey("fact_kinds.id"), nullable=False),
    Column("value", Text, nullable=False),
    Column("issuer", String(100), nullable=False),
    Column("issued_as", String(400), nullable=False),
    Column("evidence", Text, nullable=False),
    Column("valid_from", Utc, nullable=False),
    Column("valid_until", Utc),
    Column("issued_at", Utc, nullable=False),
    Column("revoked_at", Utc),
    Column("revoked_by", String(100), nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    #: Whether its end was announced.
    Column("told", Boolean, nullable=False, default=False),
    Index(None, "subject", "kind"),
    Index(None, "told", "valid_until"),
)

emergencies = Table(
    "emergencies",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", String(32), ForeignKey("people.id"), nullable=False),
    Column("membership_id", String(32), nullable=False),
    Column("role", String(20), nullable=False),
    Column("organization", String(16), nullable=False, server_default=""),
    Column("reason", Text, nullable=False),
    Column("since", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    Column("reviewed_at", Utc),
    Column("reviewed_by", String(32), nullable=False, server_default=""),
    Column("review", Text, nullable=False, server_default=""),
    Index(None, "person_id"),
    Index(None, "since"),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("prefix", String(32), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("label", String(100), nullable=False, server_default=""),
    #: Of an organization in a role, or of a person.
    Column("role", String(20)),
    Column("organization", String(16), ForeignKey("organizations.id")),
    Column("person_id", String(32), ForeignKey("people.id")),
    #: None: everything that the role allows.
    Column("scopes", Optional),
    #: Whether its maker had given the second factor.
    Column("strong", Boolean, nullable=False, server_default=false()),
    Column("created_at", Utc, nullable=False),
    #: A person, a key, or the operator.
    Column("created_by", String(32), nullable=False, server_default=""),
    Column("expires_at", Utc),
    Column("revoked_at", Utc),
    Column("last_used_at", Utc),
    Index(None, "person_id"),
    Index(None, "organization"),
)

#: No part of a backup: what has ended must not begin again.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    #: Whose it is: of a key, or of a person.
    Column("key_id", String(32), ForeignKey("keys.id")),
    Column("person_id", String(32), ForeignKey("people.id")),
    #: Whether it waits for the second factor, and whether that was given.
    Column("waits", Boolean, nullable=False),
    Column("strong", Boolean, nullable=False),
    #: How it was opened.
    Column("way", String(20), nullable=False),
    Column("address", String(64), nullable=False),
    Column("agent", String(60), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    Index(None, "person_id"),
    Index(None, "ends_at"),
)

#: Of people who sign in here; who comes by an identity provider has none.
passwords = Table(
    "passwords",
    metadata,
    Column("person_id", String(32), ForeignKey("people.id"), primary_key=True),
    Column("hash", String(200), nullable=False),
    Column("changed_at", Utc, nullable=False),
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("person_id", String(32), ForeignKey("people.id"), primary_key=True),
    #: Sealed with a key that is kept elsewhere. ``pending`` takes its place once a code of it was given.
    Column("secret", Text),
    Column("pending", Text),
    #: The last step of time whose code was used: none is used twice.
    Column("step", BigInteger, nullable=False),
    Column("since", Utc),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person_id", String(32), ForeignKey("people.id"), nullable=False),
    Column("used_at", Utc),
    Index(None, "person_id"),
)

#: Sent by mail, good for once. No part of a backup, for they are soon over.
links = Table(
    "links",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("email", String(320), nullable=False),
    Column("language", String(10), nullable=False),
    Column("person_id", String(32), ForeignKey("people.id")),
    #: None until it was sent.
    Column("digest", String(64), unique=True),
    Column("ends_at", Utc, nullable=False),
    Index(None, "ends_at"),
    Index(None, "person_id"),
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", String(500), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("person_id", String(32), ForeignKey("people.id"), nullable=False),
    Column("linked_at", Utc, nullable=False),
    Index(None, "person_id"),
)

access_requests = Table(
    "access_requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("product_id", String(16), ForeignKey("datasets.id"), nullable=False),
    #: Ids of organizations.
    Column("applicant", String(16), nullable=False),
    Column("publisher", String(16), nullable=False),
    #: The person or key that asked.
    Column("submitter", String(32), nullable=False, server_default=""),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Index(None, "applicant", "updated_at"),
    Index(None, "publisher", "updated_at"),
)

access_events = Table(
    "access_events",
    metadata,
    Column("request_id", String(32), ForeignKey("access_requests.id"), primary_key=True),
    #: The loser of two simultaneous writes meets this key and has to decide again.
    Column("version", Integer, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("actor", String(400), nullable=False),
    Column("type", String(40), nullable=False),
    Column("body", Body, nullable=False),
)

grants = Table(
    "grants",
    metadata,
    #: The id of the access request that it was granted to.
    Column("id", String(32), ForeignKey("access_requests.id"), primary_key=True),
    Column("product_id", String(16), ForeignKey("datasets.id"), nullable=False),
    Column("organization", String(16), nullable=False),
    Column("calls", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("starts_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    Column("revoked_at", Utc),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("grant_id", String(32), ForeignKey("grants.id"), nullable=False),
    Column("prefix", String(32), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", Utc, nullable=False),
    Index(None, "grant_id"),
)

usage = Table(
    "usage",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("at", Utc, nullable=False),
    Column("dataset_id", String(16), nullable=False),
    Column("file", Text, nullable=False),
    Column("grant_id", String(32)),
    #: served, or the name of the refusal
    Column("outcome", String(40), nullable=False),
    Index(None, "dataset_id", "id"),
    sqlite_autoincrement=True,
)

steering_draft = Table(
    "steering_draft",
    metadata,
    #: There is one, always.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("body", Body, nullable=False),
)

steering_versions = Table(
    "steering_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("author", String(400), nullable=False),
    Column("at", Utc, nullable=False),
    Column("note", Text, nullable=False),
    Column("body", Body, nullable=False),
    #: None: a draft that was put aside by a restore.
    Column("published_at", Utc),
)

query_counts = Table(
    "query_counts",
    metadata,
    Column("day", Date, primary_key=True),
    Column("query", String(60), primary_key=True),
    Column("asked", Integer, nullable=False),
    Column("found", Integer, nullable=False),
    Column("opened", Integer, nullable=False),
)

#: No part of a backup, for no row outlives its span.
throttle = Table(
    "throttle",
    metadata,
    Column("kind", String(20), primary_key=True),
    #: A digest of who it was.
    Column("subject", String(64), primary_key=True),
    #: The end of the span that is counted in.
    Column("until", Utc, primary_key=True),
    Column("count", Integer, nullable=False),
    Index(None, "until"),
)

networks = Table(
    "networks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("cidr", String(50), nullable=False),
    Column("port", Integer),
    Column("use", String(20), nullable=False),
    #: '': any of this use
    Column("target", String(253), nullable=False),
    Column("reason", Text, nullable=False),
    Column("allowed_by", String(400), nullable=False),
    Column("allowed_at", Utc, nullable=False),
    Column("ended_by", String(400)),
    Column("ended_at", Utc),
    Index(None, "use", "target"),
)

network_uses = Table(
    "network_uses",
    metadata,
    Column("network_id", String(32), ForeignKey("networks.id"), primary_key=True),
    Column("target", String(253), primary_key=True),
    Column("host", String(253), primary_key=True),
    Column("port", Integer, primary_key=True, autoincrement=False),
    Column("first_at", Utc, nullable=False),
    Column("last_at", Utc, nullable=False),
    Column("times", BigInteger, nullable=False),
)

network_refusals = Table(
    "network_refusals",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("use", String(20), nullable=False),
    Column("target", String(253), nullable=False),
    Column("host", String(253), nullable=False),
    Column("address", String(50), nullable=False),
    Column("port", Integer, nullable=False),
    Column("at", Utc, nullable=False),
    sqlite_autoincrement=True,
)

#: Made from other tables, and made again where they are missing; so no part of a backup.
vectors = Table(
    "vectors",
    metadata,
    Column("dataset_id", String(16), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("model", String(100), nullable=False),
    #: 384 numbers of 16 bits
    Column("vector", LargeBinary, nullable=False),
)
