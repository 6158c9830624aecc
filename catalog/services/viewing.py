"""View as: an editor looks at records and at the search through the eyes of another reader."""

from catalog.domain.errors import InvalidError
from catalog.domain.people import Actor
from catalog.domain.policy import Action, could
from catalog.domain.viewing import Eyes, View, actor_of, is_there
from catalog.services.permission import line_of, require_some
from catalog.store.database import Transaction


def choose(tx: Transaction, viewer: Actor, eyes: str, organization: str = "") -> str:
    """A choice as it is kept; InvalidError where there is nothing to look through."""
    require_some(viewer, (Action.VIEW_AS,))
    if eyes not in set(Eyes):
        raise InvalidError("Unknown view.", field="eyes", cure="One of: {choices}.", choices=", ".join(Eyes))
    if eyes != Eyes.MEMBER:
        return eyes
    found = tx.organizations.called([organization.strip()]).get(organization.strip(), organization.strip())
    if not is_there(tx.organizations.get(found)):
        raise InvalidError(
            "There is no such organization.", field="organization", cure="Give its name as the register has it."
        )
    return f"{eyes}:{found}"


def seen_as(tx: Transaction, viewer: Actor, chosen: str) -> tuple[View, Actor] | None:
    """The view that was chosen and whom it stands for; None where there is none, or the viewer may have none."""
    said, _, organization_id = chosen.partition(":")
    if said not in set(Eyes) or not could(viewer, Action.VIEW_AS):
        return None
    eyes = Eyes(said)
    if eyes is not Eyes.MEMBER:
        view = View(eyes)
        return view, actor_of(view, viewer, line_of(tx, ""))
    organization = tx.organizations.get(organization_id)
    if organization is None or not is_there(organization):
        return None
    view = View(eyes, organization.id, organization.name)
    return view, actor_of(view, viewer, line_of(tx, organization.id))
