"""Each address declares who may use it: the declaration is checked, and docs/permissions.md is written from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends

from catalog.api.deps import actor_of_key
from catalog.domain.people import Actor, Role
from catalog.domain.policy import Action, roles_for
from catalog.services.permission import require_some


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may use an address."""

    #: Whoever may do one of these somewhere; the use case looks at where, and at what.
    actions: tuple[Action, ...] = ()
    #: Of an address that needs no action: why not.
    why: str = ""
    signed_in: bool = False


@dataclass(frozen=True, slots=True)
class Door:
    """A way in, by which it is known who asks: keys for programs, sessions for pages."""

    actor_of: Callable[..., Any]

    def needs(self, *actions: Action) -> Any:
        """For whoever may do one of the actions; nobody needs to sign in for what everybody may do."""
        if any(Role.ANYBODY in roles_for(action) for action in actions):
            return _declared(Permission(actions))
        return self._checked(Permission(actions, signed_in=True))

    def signed_in(self, why: str) -> Any:
        """For everybody who is known."""
        return self._checked(Permission(why=why, signed_in=True))

    def _checked(self, permission: Permission) -> Any:
        async def check(actor: Annotated[Actor, Depends(self.actor_of)]) -> None:
            if permission.actions:
                require_some(actor, permission.actions)

        return _marked(check, permission)


def open_to_all(why: str) -> Any:
    """For everybody, whatever the policy says of records."""
    return _declared(Permission(why=why))


def _declared(permission: Permission) -> Any:
    async def declared() -> None:
        """There is nothing to check."""

    return _marked(declared, permission)


def _marked(check: Callable[..., Any], permission: Permission) -> Any:
    check.permission = permission  # type: ignore[attr-defined]  # where ``declarations`` finds it
    return Depends(check)


def declarations(route: Any) -> list[Permission]:
    """What an address declares: one permission, if nobody forgot it."""
    return [found for one in route.dependencies if (found := getattr(one.dependency, "permission", None))]


_keys = Door(actor_of_key)
needs, signed_in = _keys.needs, _keys.signed_in
