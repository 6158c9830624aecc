"""Portal: all that a request may touch."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from catalog.domain.oidc import RoleMap
from catalog.services.answers import Answers
from catalog.services.asked import Asked
from catalog.services.files import Uploads
from catalog.services.scanning import scanner
from catalog.services.steering import InForce
from catalog.services.using import Uses
from catalog.settings import Settings
from catalog.store.database import Database
from catalog.store.seal import Seal
from search.meaning import Meanings
from search.port import SearchIndex
from search.snapshots import Snapshots

if TYPE_CHECKING:
    from ingest.oidc import Provider


@dataclass(frozen=True, slots=True)
class Portal:
    """One running installation."""

    settings: Settings
    database: Database
    index: SearchIndex
    clock: Callable[[], datetime]
    #: What steers the search now.
    steering: InForce
    #: What readers ask for.
    asked: Asked
    #: Results that are being read with cursors.
    snapshots: Snapshots
    #: Answers of the search that are remembered.
    answers: Answers
    #: Seals the secrets that must be read again.
    seal: Seal
    #: Which claims of the identity provider give which roles.
    claim_roles: RoleMap
    #: None: people sign in here alone.
    provider: "Provider | None" = None
    #: None: words alone are searched.
    meanings: Meanings | None = None
    #: When keys were used last.
    uses: Uses = field(default_factory=Uses)

    @property
    def uploads(self) -> Uploads:
        """What the files of strangers pass, and where they are kept."""
        return Uploads(self.settings.files_folder, self.settings.upload_mb, scanner(self.settings.scanner))

    def close(self) -> None:
        """Let go of the database and the index."""
        self.snapshots.close()
        self.index.close()
        self.database.close()
