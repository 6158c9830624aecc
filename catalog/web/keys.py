"""Keys for programs: one's own and those of organizations; a new one is shown once, with a line that works."""

from collections.abc import Iterable, Mapping, Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import PortalDep, origin
from catalog.api.keys import curl
from catalog.domain.errors import InvalidError, NotFoundError
from catalog.domain.keys import GUARDED, MOST_DAYS, USUAL_DAYS, Key
from catalog.domain.organizations import Organization
from catalog.domain.people import AT_ORGANIZATIONS, Membership, Role, Scope
from catalog.domain.policy import Action
from catalog.portal import Portal
from catalog.services import keys
from catalog.services.keys import Made
from catalog.web.forms import CURABLE, Filled, SentDep, labeled
from catalog.web.permission import needs, open_to_all
from catalog.web.render import page
from catalog.web.visitor import FormDep, SignedInDep, Visitor, VisitorDep

router = APIRouter()
_FRESH = Filled({"scopes": (Scope.READ,), "days": (str(USUAL_DAYS),)})


@router.get("/keys", dependencies=[open_to_all("The page says how keys are had.")])
def mine(request: Request, visitor: VisitorDep, portal: PortalDep) -> Response:
    """One's keys and the form for a new one; to a stranger, how to get one."""
    if not visitor.actor.person:
        return page(request, visitor, "keys_how.html", line=curl(_origin(request, portal), "shuyuan_key_…"))
    return _mine(request, visitor, portal, _FRESH)


@router.post("/keys", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT)])
def create(request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """The new key, shown this once; or the form again with what is wrong."""
    try:
        with portal.database.transaction() as tx:
            made = keys.create_own(
                tx,
                visitor.known,
                sent.one("label"),
                scopes=_scopes(sent),
                days=sent.whole("days"),
                at=portal.clock(),
            )
    except CURABLE as error:
        return _mine(request, visitor, portal, sent.refused(error, visitor.language), status=422)
    return _mine(request, visitor, portal, _FRESH, made=made)


@router.get("/keys/{key_id}/revoke", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT, Action.MANAGE_KEYS)])
def ask_revoke(key_id: str, request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """What will happen when a key ends."""
    with portal.database.reading() as tx:
        key = keys.revocable(tx, visitor.known, key_id)
    return page(request, visitor, "key_revoke.html", key=key)


@router.post("/keys/{key_id}/revoke", dependencies=[needs(Action.MANAGE_OWN_ACCOUNT, Action.MANAGE_KEYS)])
def revoke(key_id: str, visitor: FormDep, portal: PortalDep) -> Response:
    """The end of a key."""
    with portal.database.transaction() as tx:
        key = keys.revocable(tx, visitor.known, key_id)
        keys.revoke(tx, visitor.known, key_id, at=portal.clock())
    return RedirectResponse(f"/organizations/{key.organization}/keys" if key.organization else "/keys", 303)


@router.get("/organizations/{organization_id}/keys", dependencies=[needs(Action.MANAGE_KEYS)])
def of_organization(organization_id: str, request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """The keys of an organization and the form for a new one."""
    return _theirs(request, visitor, portal, organization_id, _FRESH)


@router.post("/organizations/{organization_id}/keys", dependencies=[needs(Action.MANAGE_KEYS)])
def create_for(organization_id: str, request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """The new key of an organization, shown this once."""
    try:
        with portal.database.transaction() as tx:
            made = keys.create_for(
                tx,
                visitor.known,
                organization_id,
                _role(sent),
                sent.one("label"),
                scopes=_scopes(sent),
                days=sent.whole("days"),
                at=portal.clock(),
            )
    except CURABLE as error:
        refused = sent.refused(error, visitor.language)
        return _theirs(request, visitor, portal, organization_id, refused, status=422)
    return _theirs(request, visitor, portal, organization_id, _FRESH, made=made)


def _scopes(sent: Filled) -> list[Scope]:
    chosen = [scope for scope in Scope if scope in sent.all("scopes")]
    if not chosen:
        raise InvalidError("The key has no scope.", field="scopes", cure="Choose at least one.")
    return chosen


def _role(sent: Filled) -> Role:
    found = [role for role in AT_ORGANIZATIONS if role == sent.one("role")]
    if not found:
        raise InvalidError("No role is chosen.", field="role", cure="Choose what the program does.")
    return found[0]


def _mine(
    request: Request, visitor: Visitor, portal: Portal, form: Filled, *, status: int = 200, made: Made | None = None
) -> Response:
    with portal.database.reading() as tx:
        found, managed = keys.mine(tx, visitor.known), keys.managed(tx, visitor.known)
    scopes = Scope if visitor.actor.strong else [scope for scope in Scope if scope not in GUARDED]
    return _page(request, visitor, portal, found, form, made, scopes=scopes, managed=managed, status=status)


def _theirs(
    request: Request,
    visitor: Visitor,
    portal: Portal,
    organization_id: str,
    form: Filled,
    *,
    status: int = 200,
    made: Made | None = None,
) -> Response:
    with portal.database.reading() as tx:
        organization = tx.organizations.get(organization_id)
        if organization is None:
            raise NotFoundError
        found = keys.of_organization(tx, visitor.known, organization_id)
    return _page(request, visitor, portal, found, form, made, scopes=Scope, organization=organization, status=status)


def _page(
    request: Request,
    visitor: Visitor,
    portal: Portal,
    found: list[Key],
    form: Filled,
    made: Made | None,
    *,
    scopes: Iterable[Scope],
    status: int,
    managed: Sequence[Membership] = (),
    organization: Organization | None = None,
) -> Response:
    now = portal.clock()
    headers: Mapping[str, str] = {"Cache-Control": "no-store"} if made else {}
    return page(
        request,
        visitor,
        "keys.html",
        status=status,
        headers=headers,
        keys=[key for key in found if key.holds(now)],
        ended=[key for key in found if not key.holds(now)],
        form=form,
        made=made,
        line=curl(_origin(request, portal), made.secret) if made else "",
        scopes=labeled("scope", scopes, visitor.language),
        roles=labeled("role", AT_ORGANIZATIONS, visitor.language),
        most_days=MOST_DAYS,
        managed=managed,
        organization=organization,
    )


def _origin(request: Request, portal: Portal) -> str:
    return origin(request, portal.settings.public_url)
