"""An application for a company: a table of who may do what in which state, and pure ``decide`` and ``evolve``."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import reduce

from catalog.domain.errors import InvalidError, NotAllowedError
from catalog.domain.people import Level, Role

#: Days after which an application is to be decided.
DUE = timedelta(days=10)
LONGEST_WORDS = 4000


class ApplicationState(StrEnum):
    """Where an application stands."""

    NEW = "new"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    VERIFIED = "verified"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Company:
    """What is said of the company."""

    name: str
    uscc: str
    territory: str
    #: What shows that it exists and that the applicant speaks for it, in words or as a reference to a file.
    evidence: str
    #: Whom to ask.
    contact: str


@dataclass(frozen=True, slots=True)
class Submit:
    company: Company


@dataclass(frozen=True, slots=True)
class Amend:
    """The applicant corrects what was returned."""

    company: Company


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The applicant takes it back."""


@dataclass(frozen=True, slots=True)
class Return:
    """The registrar asks for a correction."""

    reason: str


@dataclass(frozen=True, slots=True)
class Verify:
    """The registrar has seen that it is so."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The registrar refuses, with reasons."""

    reason: str


Command = Submit | Amend | Withdraw | Return | Verify | Refuse


@dataclass(frozen=True, slots=True)
class Said:
    """It was submitted, or corrected."""

    name: str
    uscc: str
    territory: str
    evidence: str
    contact: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    words: str


@dataclass(frozen=True, slots=True)
class Verified:
    words: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    words: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    words: str = ""


Event = Said | Returned | Verified | Refused | Withdrawn
EVENTS: Mapping[str, type[Event]] = {kind.__name__: kind for kind in (Said, Returned, Verified, Refused, Withdrawn)}


@dataclass(frozen=True, slots=True)
class Application:
    """The state of an application, folded from its events."""

    state: ApplicationState = ApplicationState.NEW
    company: Company | None = None


#: Who may do what in which state. What is not here is forbidden.
MAY: Mapping[ApplicationState, Mapping[Role, frozenset[type[Command]]]] = {
    ApplicationState.NEW: {Role.PERSON: frozenset({Submit})},
    ApplicationState.SUBMITTED: {
        Role.PERSON: frozenset({Withdraw}),
        Role.REGISTRAR: frozenset({Return, Verify, Refuse}),
    },
    ApplicationState.RETURNED: {Role.PERSON: frozenset({Amend, Withdraw})},
    ApplicationState.VERIFIED: {},
    ApplicationState.REFUSED: {},
    ApplicationState.WITHDRAWN: {},
}


def allowed(application: Application, parts: Collection[Role]) -> frozenset[type[Command]]:
    """The commands that somebody may give now who has these parts in the application."""
    return frozenset().union(*(MAY[application.state].get(part, frozenset()) for part in parts))


def decide(application: Application, parts: Collection[Role], command: Command) -> Event:
    """What follows from a command; NotAllowedError or InvalidError when nothing may."""
    if type(command) not in allowed(application, parts):
        raise NotAllowedError
    match command:
        case Submit(company) | Amend(company):
            _needed(company.evidence, "evidence")
            _needed(company.contact, "contact")
            return Said(**asdict(company))
        case Withdraw():
            return Withdrawn()
        case Return(reason):
            return Returned(_needed(reason, "reason"))
        case Verify(note):
            return Verified(note.strip())
        case Refuse(reason):
            return Refused(_needed(reason, "reason"))


def evolve(application: Application, event: Event) -> Application:
    """The state after an event."""
    match event:
        case Said(name, uscc, territory, evidence, contact):
            company = Company(name, uscc, territory, evidence, contact)
            return replace(application, state=ApplicationState.SUBMITTED, company=company)
        case Returned():
            return replace(application, state=ApplicationState.RETURNED)
        case Verified():
            return replace(application, state=ApplicationState.VERIFIED)
        case Refused():
            return replace(application, state=ApplicationState.REFUSED)
        case Withdrawn():
            return replace(application, state=ApplicationState.WITHDRAWN)


def fold(events: Iterable[Event]) -> Application:
    """The state that a history leads to."""
    return reduce(evolve, events, Application())


def level_of(territory: str) -> Level:
    """Whose registrars decide about a company of a place: those of its province, city or county."""
    return {2: Level.PROVINCE, 4: Level.CITY}.get(len(territory), Level.COUNTY)


def _needed(words: str, field: str) -> str:
    if not words.strip():
        raise InvalidError("This is needed, and the other side will read it.", field=field, cure="Say it in words.")
    if len(words) > LONGEST_WORDS:
        raise InvalidError("The words are too many.", field=field, cure="Use fewer words.")
    return words.strip()
