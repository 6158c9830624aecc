"""To see the catalog as another reader would, and never more than one sees oneself."""

from dataclasses import dataclass, replace
from enum import StrEnum

from catalog.domain.organizations import Line, Organization
from catalog.domain.people import GUEST, Actor, Membership, Role
from catalog.domain.policy import Standing, reach, seals


class Eyes(StrEnum):
    """Whose."""

    PUBLIC = "public"
    #: Of somebody who may ask for access for some organization.
    APPLICANT = "applicant"
    #: Of an ordinary member of an organization: its editor.
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class View:
    """What was chosen."""

    eyes: Eyes
    #: Of a member.
    organization: str = ""
    name: str = ""


#: Who is looked through is nobody in particular.
_SOMEBODY = Actor("view")


def actor_of(view: View, viewer: Actor, line: Line) -> Actor:
    """Whom a view stands for; ``line`` is that of the organization. It holds no role that could change anything."""
    match view.eyes:
        case Eyes.PUBLIC:
            return GUEST
        case Eyes.APPLICANT:
            return replace(_SOMEBODY, memberships=(Membership(Role.APPLICANT),), sees=frozenset())
        case Eyes.MEMBER:
            held = (Membership(Role.EDITOR, view.organization, name=view.name),)
            return replace(_SOMEBODY, memberships=held, sees=_seen(viewer, line))


def _seen(viewer: Actor, line: Line) -> frozenset[str]:
    """In which standings the viewer himself sees records of an organization."""
    own = set(reach(viewer).seals)
    return frozenset(state for state in Standing if own & {*seals(state, line)})


def is_there(organization: Organization | None) -> bool:
    """Whether there is an organization whose member somebody could be."""
    return organization is not None and organization.ended_at is None
