"""The same declarations for pages, where a session says who asks."""

from catalog.api.permission import Door, open_to_all
from catalog.domain.people import Actor
from catalog.web.visitor import SignedInDep

__all__ = ["needs", "open_to_all", "signed_in"]


async def _of_session(visitor: SignedInDep) -> Actor:
    return visitor.known


_sessions = Door(_of_session)
needs, signed_in = _sessions.needs, _sessions.signed_in
