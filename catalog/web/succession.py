"""The end of an organization: each form is followed by a page that lists what will happen, and then by the act."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import PortalDep
from catalog.domain.policy import Action
from catalog.portal import Portal
from catalog.services import organizations, succession
from catalog.services.permission import require
from catalog.services.succession import Part
from catalog.store.database import Transaction
from catalog.web.forms import CURABLE, Filled, SentDep
from catalog.web.permission import needs
from catalog.web.render import page
from catalog.web.visitor import FormDep, SignedInDep, Visitor

router = APIRouter(prefix="/organizations/{organization_id}")
#: Parts of the form of a split.
PARTS = (1, 2, 3)


@router.get("/merge", dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def merge_form(organization_id: str, request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """Into which organization."""
    return _page(request, visitor, portal, organization_id, "merge", Filled())


@router.post("/merge", dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def merge(organization_id: str, request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """What will happen; once that was confirmed, the heir."""

    def done(tx: Transaction, at: datetime) -> str:
        heir = organizations.named(tx, sent.one("into"), field="into")
        return succession.merge(tx, visitor.known, organization_id, heir, at=at).id

    return _act(request, visitor, portal, organization_id, "merge", sent, done)


@router.get("/close", dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def close_form(organization_id: str, request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """What will happen, or what is still open."""
    return _page(request, visitor, portal, organization_id, "close", Filled({"confirmed": ("asked",)}))


@router.post("/close", dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def close(organization_id: str, request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """The page of what was closed."""

    def done(tx: Transaction, at: datetime) -> str:
        succession.close(tx, visitor.known, organization_id, at=at)
        return organization_id

    return _act(request, visitor, portal, organization_id, "close", sent, done)


@router.get("/split", dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def split_form(organization_id: str, request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """Into which organizations."""
    return _page(request, visitor, portal, organization_id, "split", Filled({"ends": ("no",)}))


@router.post("/split", dependencies=[needs(Action.MANAGE_ORGANIZATIONS)])
def split(organization_id: str, request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """What will happen; once that was confirmed, the first of the new organizations."""

    def done(tx: Transaction, at: datetime) -> str:
        parts, ends = _parts(sent), _ends(sent)
        return succession.split(tx, visitor.known, organization_id, parts, ends=ends, at=at)[0].id

    return _act(request, visitor, portal, organization_id, "split", sent, done)


def _act(
    request: Request,
    visitor: Visitor,
    portal: Portal,
    organization_id: str,
    kind: str,
    sent: Filled,
    done: Callable[[Transaction, datetime], str],
) -> Response:
    try:
        if sent.one("confirmed") != "yes":
            asked = Filled({**sent.values, "confirmed": ("asked",)})
            return _page(request, visitor, portal, organization_id, kind, asked)
        with portal.database.transaction() as tx:
            goal = done(tx, portal.clock())
    except CURABLE as error:
        refused = Filled({**sent.values, "confirmed": ("",)}).refused(error, visitor.language)
        return _page(request, visitor, portal, organization_id, kind, refused, status=422)
    return RedirectResponse(f"/organizations/{goal}", 303)


def _page(
    request: Request,
    visitor: Visitor,
    portal: Portal,
    organization_id: str,
    kind: str,
    form: Filled,
    *,
    status: int = 200,
) -> Response:
    asked = form.one("confirmed") == "asked"
    with portal.database.reading() as tx:
        one = organizations.living(tx, organization_id)
        require(visitor.known, Action.MANAGE_ORGANIZATIONS, organizations.seat(tx, organization_id))
        told: dict[str, Any] = {
            "holdings": tx.succession.holdings(organization_id, at=portal.clock()),
            "open": tx.succession.open_at(organization_id, at=portal.clock()),
            "children": tx.organizations.children(organization_id, size=100),
            "heir": None,
            "shares": [],
        }
        if asked and kind == "merge":
            told["heir"] = tx.organizations.get(organizations.named(tx, form.one("into"), field="into"))
        if asked and kind == "split":
            parts = _parts(form)
            counts = succession.foreseen(tx, visitor.known, organization_id, parts, ends=_ends(form))
            told["shares"] = [*zip((part.name for part in parts), counts, strict=False), (one.name, counts[-1])]
    return page(
        request,
        visitor,
        f"organization_{kind}.html",
        status=status,
        one=one,
        form=form,
        asked=asked,
        parts=PARTS,
        **told,
    )


def _ends(sent: Filled) -> bool:
    return sent.one("ends") != "no"


def _parts(sent: Filled) -> list[Part]:
    """The parts that have a name; who takes everything else is said once for all."""
    return [
        Part(
            sent.one(f"name-{number}"),
            sent.one(f"uscc-{number}") or None,
            sent.parts(f"themes-{number}"),
            sent.parts(f"records-{number}"),
            rest=sent.one("ends") == str(number),
        )
        for number in PARTS
        if sent.one(f"name-{number}")
    ]
