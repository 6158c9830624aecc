"""Every knob, read once from ``SHUYUAN_*`` variables and a ``.env`` file."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of one installation."""

    model_config = SettingsConfigDict(env_prefix="SHUYUAN_", env_file=".env", extra="ignore", frozen=True)

    data: Path = Field(Path("var"), description="Folder of the database, the index and the files.")
    database_url: str = Field(
        "",
        pattern=r"^$|^(sqlite|postgresql\+psycopg):",
        description="SQLAlchemy address of the database; empty: SQLite in the data folder.",
    )
    elasticsearch_url: str = Field("", description="Address of Elasticsearch; empty: the embedded engine.")
    elasticsearch_index: str = Field("shuyuan", description="Name of the alias that holds the index.")
    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that the server listens on.")
    public_url: str = Field("", description="Address that readers know the portal by; empty: the one they used.")
    withdraw_share: float = Field(
        0.2, ge=0, le=1, description="Largest share of a source that one run may withdraw by itself."
    )
    check_schedule: str = Field(
        "30 3 * * *", description="When the worker compares store and index and repairs, as a cron line in UTC."
    )
    judged_queries: Path | None = Field(
        None, description="File of judged queries (JSON lines) that changes of the search are measured by."
    )
    query_days: int = Field(
        90, ge=1, le=3650, description="Days for which counts of queries are kept, for the reports of the search."
    )
    audit_days: int = Field(1095, ge=180, description="Days for which the audit is kept; at least half a year.")
    usage_days: int = Field(1095, ge=180, description="Days for which deliveries are noted; at least half a year.")
    request_days: int = Field(
        0, ge=0, description="Days for which access requests that ended are kept, with their decisions; 0: for ever."
    )
    job_days: int = Field(180, ge=1, description="Days for which jobs that ended are kept.")
    glass_hours: int = Field(4, ge=1, le=4, description="Longest time of emergency access, in hours.")
    smtp_url: str = Field(
        "",
        pattern=r"^$|^smtps?://",
        description="Mail server, as smtp(s)://user:password@host:port; empty: mails are files in the data folder.",
    )
    mail_from: str = Field("shuyuan@localhost", description="Address that mails are sent from.")
    upload_mb: int = Field(1024, ge=1, le=102_400, description="Largest file that may be uploaded, in MB.")
    scanner: str = Field(
        "",
        pattern=r"^$|^clamd://[^/]+$",
        description="Scanner that examines uploads, as clamd://host:port; empty: files are judged by their type alone.",
    )
    snapshot_minutes: int = Field(
        5, ge=1, le=60, description="How long a result that is read with a cursor is held after each page."
    )
    key_rate: str = Field(
        "120/minute",
        pattern=r"^[1-9]\d{0,6}/(second|minute|hour|day)$",
        description="How many requests a key of a person may send, to each serving process.",
    )
    secrets_key: Path | None = Field(
        None, description="File of the key that secrets are sealed with; empty: secrets.key in the data folder."
    )
    separation_off_reason: str = Field(
        "", description="Why one person may be administrator, security administrator and auditor; empty: may not."
    )
    oidc_issuer: str = Field(
        "", pattern=r"^$|^https?://", description="Issuer of the identity provider that people may sign in through."
    )
    oidc_name: str = Field("", description="What the identity provider is called on the button; empty: in general.")
    oidc_client_id: str = Field("", description="Id of this portal at the identity provider.")
    oidc_client_secret: str = Field("", repr=False, description="Secret of this portal at the identity provider.")
    oidc_scopes: str = Field("openid email profile", description="Scopes that are asked for.")
    oidc_roles: Path | None = Field(None, description="File (TOML) of which claims give which roles.")
    vectors: bool = Field(False, description="Whether titles are also found by what they mean; needs shuyuan[vectors].")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level that is logged, as JSON lines on standard error."
    )

    @property
    def database(self) -> str:
        """The database address in force."""
        return self.database_url or f"sqlite:///{(self.data / 'shuyuan.sqlite3').absolute()}"

    @property
    def address(self) -> str:
        """Address that readers know the portal by, as far as the settings tell."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def retention(self) -> dict[str, int]:
        """Kind of record → the days that it is kept."""
        return {
            "audit": self.audit_days,
            "usage": self.usage_days,
            "requests": self.request_days,
            "jobs": self.job_days,
        }

    @property
    def index_folder(self) -> Path:
        """Folder of the embedded index."""
        return self.data / "index"

    @property
    def vectors_file(self) -> Path:
        """The vectors of titles, for who serves."""
        return self.data / "vectors.npy"

    @property
    def secrets_key_file(self) -> Path:
        """File of the key that secrets are sealed with."""
        return self.secrets_key or self.data / "secrets.key"

    @property
    def jobs_database(self) -> str:
        """Address of the job library's own tables."""
        return self.database_url or f"sqlite:///{(self.data / 'jobs.sqlite3').absolute()}"

    @property
    def mail_folder(self) -> Path:
        """Folder of mails, where there is no mail server."""
        return self.data / "mail"

    @property
    def downloads_folder(self) -> Path:
        """Folder of feeds that are being read."""
        return self.data / "downloads"

    @property
    def files_folder(self) -> Path:
        """Folder of the files that the portal keeps."""
        return self.data / "files"
