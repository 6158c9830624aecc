"""Permission: what something is, as the policy sees it, and the refusal that says who could."""

from collections.abc import Sequence
from typing import Any

from catalog.domain import policy
from catalog.domain.errors import ForbiddenError, UnauthenticatedError
from catalog.domain.organizations import Line
from catalog.domain.people import GUEST, Actor, Role
from catalog.domain.policy import Action, Bar, Target, Verdict, reach
from catalog.domain.vocabulary import Labeled
from catalog.language import N_
from catalog.store.database import Transaction
from catalog.store.datasets import Stored

_REFUSED = {
    Bar.ROLE: N_("You may not do this: {action}."),
    Bar.ELSEWHERE: N_("You may do this elsewhere, not here: {action}."),
    Bar.STATE: N_("This cannot be done in this state: {action}."),
    Bar.OWN_SUBMISSION: N_("Nobody decides on what he submitted himself: {action}."),
    Bar.SCOPE: N_("The scopes of this key do not allow this: {action}."),
}
_CURE = N_("This is done by: {who}.")


def require(actor: Actor, action: Action, target: Target | None = None, *, field: str | None = None) -> None:
    """Go on if the policy allows it; otherwise ForbiddenError, or UnauthenticatedError for whom nobody knows."""
    verdict = policy.may(actor, action, target)
    if verdict:
        return
    if actor == GUEST:
        raise UnauthenticatedError(cure="Send the header Authorization: Bearer KEY.")
    raise refusal(action, verdict, field=field)


def require_some(actor: Actor, actions: Sequence[Action]) -> None:
    """Go on if one of the actions may be done somewhere; what it is done to is looked at where it is known."""
    verdicts = [policy.could(actor, action) for action in actions]
    if not any(verdicts):
        raise refusal(actions[0], verdicts[0])


def refusal(action: Action, verdict: Verdict, *, field: str | None = None) -> ForbiddenError:
    """What forbids it, and who could do it."""
    bar = verdict.bar or Bar.ROLE
    cure = N_("Make a key with the scope that this needs.") if bar is Bar.SCOPE else _CURE
    roles = (role for rule in verdict.who for role in rule.roles if role is not Role.OPERATOR)
    return ForbiddenError(
        _REFUSED[bar],
        field=field,
        cure=cure,
        action=Labeled((("action", action),)),
        who=Labeled(tuple(("role", role) for role in roles)),
    )


def at(tx: Transaction, organization: str, **more: Any) -> Target:
    """Something of an organization."""
    return Target(line_of(tx, organization), **more)


def line_of(tx: Transaction, organization: str) -> Line:
    """An organization and those above it; by itself where the register does not know it."""
    return tx.organizations.line(organization)


def record(tx: Transaction, stored: Stored) -> Target:
    """A record."""
    return at(tx, stored.owner, state=stored.standing)


def seen(tx: Transaction, actor: Actor, dataset_id: str) -> Stored | None:
    """A record, if it exists for a reader; it may have been withdrawn."""
    return tx.datasets.seen([dataset_id], reach(actor)).get(dataset_id)
