"""Who acts: roles, the organizations they are held at, and the actor that a key or a session stands for."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What somebody is to an organization, or to the platform; what each may do is in ``policy``."""

    #: At an organization.
    ORGANIZATION_ADMIN = "organization_admin"
    STEWARD = "steward"
    EDITOR = "editor"
    ACCESS_OFFICER = "access_officer"
    APPLICANT = "applicant"
    #: For a level and a territory.
    REGISTRAR = "registrar"
    #: Of the platform, each excluding the others (三员分立).
    ADMIN = "admin"
    SECURITY_ADMIN = "security_admin"
    AUDITOR = "auditor"
    #: Given to nobody: everybody has the first, who signed in has the second, commands on the server have the third.
    ANYBODY = "anybody"
    PERSON = "person"
    OPERATOR = "operator"

    @classmethod
    def _missing_(cls, value: object) -> "Role | None":
        # What these roles were called when keys were all there was.
        return {"publisher": cls.STEWARD, "decider": cls.ACCESS_OFFICER}.get(str(value))


AT_ORGANIZATIONS = (Role.ORGANIZATION_ADMIN, Role.STEWARD, Role.EDITOR, Role.ACCESS_OFFICER, Role.APPLICANT)
OF_THE_PLATFORM = (Role.ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR)
GRANTABLE = (*AT_ORGANIZATIONS, Role.REGISTRAR, *OF_THE_PLATFORM)
#: Roles that count in a session only once the second factor was given.
STRONG = frozenset((*OF_THE_PLATFORM, Role.ORGANIZATION_ADMIN, Role.REGISTRAR, Role.ACCESS_OFFICER))


class Level(StrEnum):
    """Of an organization, and of the cases a registrar decides."""

    NATIONAL = "national"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


class Scope(StrEnum):
    """What a key may be used for, of all that its holder may do."""

    READ = "read"
    WRITE = "write"
    ACCESS = "access"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Membership:
    """A role, and where it is held."""

    role: Role
    #: Id of the organization; empty: the platform.
    organization: str = ""
    #: A registrar decides at this level, within this territory (区划代码).
    level: Level | None = None
    territory: str = ""
    #: What the organization is called, for readers.
    name: str = field(default="", compare=False)
    #: Id of the emergency access that gave it; empty: given in the ordinary way.
    glass: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Actor:
    """Whom a key, a session or a command stands for."""

    #: Of the key, or of the person.
    id: str = ""
    name: str = ""
    memberships: tuple[Membership, ...] = ()
    #: Id of the person; empty for a key of an organization.
    person: str = ""
    #: None: everything that the roles allow.
    scopes: frozenset[Scope] | None = None
    #: Whether the second factor was given.
    strong: bool = False
    #: Roles that were granted and do not count, for the second factor was not given.
    withheld: tuple[Membership, ...] = ()
    #: Of a view: the standings in which records that are not public are shown; None: it is no view.
    sees: frozenset[str] | None = None

    def is_a(self, *roles: Role) -> bool:
        """Whether one of the roles is held, wherever."""
        return any(membership.role in roles for membership in self.memberships)

    def organizations(self, *roles: Role) -> tuple[Membership, ...]:
        """Where one of the roles is held, each organization once; any role when none is named."""
        held = (m for m in self.memberships if m.organization and (not roles or m.role in roles))
        return tuple({membership.organization: membership for membership in held}.values())

    @property
    def glass(self) -> str:
        """Id of the emergency access that is in force; what is done under it is marked in the audit."""
        return next((membership.glass for membership in self.memberships if membership.glass), "")

    @property
    def signed_in(self) -> bool:
        """Whether it is known who this is."""
        return bool(self.id)


#: A reader of whom nothing is known.
GUEST = Actor()
#: Commands that are run on the server itself.
OPERATOR = Actor("operator", "operator", (Membership(Role.OPERATOR),), strong=True)
#: What the portal does by itself, such as lifting an embargo when its day has come.
PORTAL_ITSELF = Actor("portal", "portal", (Membership(Role.OPERATOR),))
