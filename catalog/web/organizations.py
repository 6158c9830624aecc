"""Organizations: the tree, the page of each, and the forms that change it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import PortalDep, Reading
from catalog.domain.errors import InvalidError
from catalog.domain.organizations import Description, OrganizationKind
from catalog.domain.people import Level
from catalog.domain.policy import Action, may
from catalog.portal import Portal
from catalog.services import organizations
from catalog.store.database import Transaction
from catalog.web.forms import CURABLE, Filled, SentDep, labeled
from catalog.web.permission import needs, open_to_all
from catalog.web.render import page
from catalog.web.visitor import FormDep, SignedInDep, Visitor, VisitorDep

router = APIRouter(prefix="/organizations")
_OPEN = open_to_all("The registers are public.")
_SIZE = 100
_GONE = 410


@router.get("", dependencies=[_OPEN])
def listed(
    request: Request,
    visitor: VisitorDep,
    tx: Reading,
    name: Annotated[str, Query(max_length=300)] = "",
    after: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """The tops of the tree; by a name the organization that it leads to."""
    if found := tx.organizations.called([name.strip()]).get(name.strip()):
        return RedirectResponse(f"/organizations/{found}", 303)
    tops = tx.organizations.children(None, after=after, size=_SIZE)
    add = bool(may(visitor.actor, Action.MANAGE_ORGANIZATIONS))
    more = tops[-1].id if len(tops) == _SIZE else ""
    return page(request, visitor, "organizations.html", tops=tops, asked=name, add=add, more=more)


@router.get("/new", dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def form(request: Request, visitor: SignedInDep, portal: PortalDep, parent: str = "") -> Response:
    """The form for a new organization."""
    return _form(request, visitor, portal, Filled({"parent": (parent,)}))


@router.post("/new", dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def create(request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """The new organization, or the form again with what is wrong."""
    try:
        with portal.database.transaction() as tx:
            parent = organizations.named(tx, sent.one("parent"), field="parent") if sent.one("parent") else None
            made = organizations.create(
                tx, visitor.known, sent.one("name"), _described(sent), parent, at=portal.clock()
            )
    except CURABLE as error:
        return _form(request, visitor, portal, sent.refused(error, visitor.language), status=422)
    return RedirectResponse(f"/organizations/{made.id}", 303)


@router.get("/{organization_id}", dependencies=[_OPEN])
def read(organization_id: str, request: Request, visitor: VisitorDep, tx: Reading) -> Response:
    """One organization with its names, its place and its history; 410 once it has ended."""
    shown = organizations.portrait(tx, organization_id)
    ended = shown.organization.ended_at is not None
    successor = tx.organizations.get(shown.organization.successor or "")
    return page(
        request,
        visitor,
        "organization.html",
        status=_GONE if ended else 200,
        shown=shown,
        one=shown.organization,
        successor=successor,
        rights=organizations.rights(tx, visitor.actor, organization_id),
        history=organizations.history(tx, organization_id),
        records=tx.datasets.newest_of(organization_id, 10),
    )


@router.get("/{organization_id}/edit", dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def edit_form(organization_id: str, request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """The form that says anew what it is."""
    with portal.database.reading() as tx:
        one = organizations.living(tx, organization_id)
        parent = tx.organizations.get(one.parent or "")
    said = {
        "name": one.name,
        "kind": one.kind or "",
        "level": one.level or "",
        "territory": one.territory,
        "uscc": one.uscc or "",
        "parent": parent.name if parent else "",
    }
    return _form(request, visitor, portal, Filled({k: (v,) for k, v in said.items()}), organization_id)


@router.post("/{organization_id}/edit", dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def edit(organization_id: str, request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """The page of the organization, or the form again with what is wrong."""
    try:
        with portal.database.transaction() as tx:
            _edit(tx, visitor, organization_id, sent, portal)
    except CURABLE as error:
        return _form(request, visitor, portal, sent.refused(error, visitor.language), organization_id, status=422)
    return RedirectResponse(f"/organizations/{organization_id}", 303)


def _edit(tx: Transaction, visitor: Visitor, organization_id: str, sent: Filled, portal: Portal) -> None:
    at, actor = portal.clock(), visitor.known
    parent = organizations.named(tx, sent.one("parent"), field="parent") if sent.one("parent") else None
    if organizations.living(tx, organization_id).parent != parent:
        organizations.move(tx, actor, organization_id, parent, at=at)
    organizations.describe(tx, actor, organization_id, _described(sent), at=at)
    organizations.rename(tx, actor, organization_id, sent.one("name"), at=at)


def _described(sent: Filled) -> Description:
    return Description(
        _one_of(OrganizationKind, sent, "kind"), _one_of(Level, sent, "level"), sent.one("territory"), sent.one("uscc")
    )


def _one_of(choices: Any, sent: Filled, name: str) -> Any:
    value = sent.one(name)
    if value and value not in set(choices):
        raise InvalidError(
            "{value} is none of the choices.",
            field=name,
            value=value[:40],
            cure="One of: {choices}.",
            choices=", ".join(choices),
        )
    return choices(value) if value else None


def _form(
    request: Request, visitor: Visitor, portal: Portal, form: Filled, organization_id: str = "", *, status: int = 200
) -> Response:
    with portal.database.reading() as tx:
        one = organizations.living(tx, organization_id) if organization_id else None
        parent = tx.organizations.get(form.one("parent"))
    if parent:
        form = Filled({**form.values, "parent": (parent.name,)}, form.errors)
    return page(
        request,
        visitor,
        "organization_form.html",
        status=status,
        one=one,
        form=form,
        kinds=labeled("organization_kind", OrganizationKind, visitor.language),
        levels=labeled("level", Level, visitor.language),
    )
