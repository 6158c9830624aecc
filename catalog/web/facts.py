"""Verified facts as pages: those of oneself and one's own, of somebody else for who may see them, and their kinds."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import PortalDep
from catalog.domain.errors import InvalidError
from catalog.domain.facts import FactKind, Subject, ValueType
from catalog.domain.people import GRANTABLE, Role
from catalog.domain.policy import Action, may, roles_for
from catalog.language import N_, translate
from catalog.portal import Portal
from catalog.services import facts
from catalog.services.facts import Issue, day
from catalog.store.database import Transaction
from catalog.web.forms import CURABLE, Filled, SentDep, labeled
from catalog.web.permission import needs
from catalog.web.render import page
from catalog.web.texts import address
from catalog.web.visitor import FormDep, SignedInDep, Visitor

router = APIRouter()

_TYPES = {
    ValueType.TEXT: N_("Text"),
    ValueType.NUMBER: N_("Number"),
    ValueType.DAY: N_("Day"),
    ValueType.CHOICE: N_("One of a list"),
    ValueType.USCC: N_("Unified social credit code"),
}
_SUBJECTS = {Subject.ORGANIZATION: N_("An organization"), Subject.PERSON: N_("A person")}


@router.get("/facts", dependencies=[needs(Action.READ_FACT)])
def listed(request: Request, visitor: SignedInDep, portal: PortalDep, subject: str = "") -> Response:
    """The facts of somebody; without a name, whose facts one may see first of all."""
    return _page(request, visitor, portal, subject, Filled())


@router.post("/facts", dependencies=[needs(Action.ISSUE_FACT)])
def issue(request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """Issue a fact, or show the form again."""
    try:
        wanted = Issue(
            sent.one("subject"),
            sent.one("kind"),
            sent.one("value"),
            sent.one("evidence"),
            day(sent.one("valid_from"), "valid_from"),
            day(sent.one("valid_until"), "valid_until", last=True),
        )
        with portal.database.transaction() as tx:
            facts.issue(tx, visitor.known, wanted, at=portal.clock())
    except CURABLE as error:
        refused = sent.refused(error, visitor.language)
        return _page(request, visitor, portal, sent.one("subject"), refused, status=422)
    return RedirectResponse(address("/facts", subject=wanted.subject), 303)


@router.get("/facts/kinds", dependencies=[needs(Action.READ_FACT)])
def kinds(request: Request, visitor: SignedInDep, portal: PortalDep, kind: str = "") -> Response:
    """The register of kinds, and the form for one of them."""
    with portal.database.reading() as tx:
        known = tx.facts.kind(kind) if kind else None
    return _kinds(request, visitor, portal, _filled(known) if known else Filled())


@router.post("/facts/kinds", dependencies=[needs(Action.MANAGE_FACT_KINDS)])
def put_kind(request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """Keep a kind, or show the form again."""
    try:
        kind = FactKind.model_validate(_kind(sent))
        with portal.database.transaction() as tx:
            facts.put_kind(tx, visitor.known, kind, at=portal.clock())
    except CURABLE as error:
        return _kinds(request, visitor, portal, sent.refused(error, visitor.language), status=422)
    return RedirectResponse("/facts/kinds", 303)


@router.get("/facts/{fact_id}/revoke", dependencies=[needs(Action.ISSUE_FACT)])
def revoking(fact_id: str, request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """What will happen, and the form that asks why."""
    return _revoking(request, visitor, portal, fact_id, Filled())


@router.post("/facts/{fact_id}/revoke", dependencies=[needs(Action.ISSUE_FACT)])
def revoke(fact_id: str, request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """End a fact."""
    try:
        with portal.database.transaction() as tx:
            fact = facts.revoke(tx, visitor.known, fact_id, sent.one("reason"), at=portal.clock())
    except CURABLE as error:
        return _revoking(request, visitor, portal, fact_id, sent.refused(error, visitor.language), status=422)
    return RedirectResponse(address("/facts", subject=fact.subject), 303)


def _page(
    request: Request, visitor: Visitor, portal: Portal, subject: str, form: Filled, *, status: int = 200
) -> Response:
    actor = visitor.known
    with portal.database.reading() as tx:
        own = [(held.organization, held.name) for held in actor.organizations()]
        if actor.person:
            own.insert(0, (actor.person, translate("Myself", visitor.language)))
        subject = subject or (own[0][0] if own else "")
        subject = tx.organizations.called([subject]).get(subject, subject)
        found, problem = _found(tx, visitor, subject)
        return page(
            request,
            visitor,
            "facts.html",
            status=problem or status,
            form=form,
            subject=subject,
            named=_name(tx, subject),
            known=not problem,
            own=own,
            facts=found,
            kinds={kind.id: kind for kind in tx.facts.kinds()},
            may_issue=actor.is_a(*roles_for(Action.ISSUE_FACT)),
            at=portal.clock(),
        )


def _found(tx: Transaction, visitor: Visitor, subject: str) -> tuple[list[Any], int]:
    if not subject:
        return [], 0
    try:
        return facts.listed(tx, visitor.known, subject), 0
    except InvalidError:
        return [], 404


def _name(tx: Transaction, subject: str) -> str:
    organization = tx.organizations.get(subject)
    return organization.name if organization else tx.people.names([subject]).get(subject, "")


def _revoking(
    request: Request, visitor: Visitor, portal: Portal, fact_id: str, form: Filled, *, status: int = 200
) -> Response:
    with portal.database.reading() as tx:
        fact = facts.read(tx, visitor.known, fact_id)
        kind, named = tx.facts.kind(fact.kind), _name(tx, fact.subject)
    return page(request, visitor, "fact_revoke.html", status=status, fact=fact, kind=kind, named=named, form=form)


def _kinds(request: Request, visitor: Visitor, portal: Portal, form: Filled, *, status: int = 200) -> Response:
    with portal.database.reading() as tx:
        known = tx.facts.kinds()
    return page(
        request,
        visitor,
        "fact_kinds.html",
        status=status,
        form=form,
        kinds=known,
        types=[(str(name), translate(words, visitor.language)) for name, words in _TYPES.items()],
        subjects=[(str(name), translate(words, visitor.language)) for name, words in _SUBJECTS.items()],
        roles=labeled(
            "role", (str(r) for r in GRANTABLE if r in (Role.REGISTRAR, Role.SECURITY_ADMIN)), visitor.language
        ),
        may_edit=bool(may(visitor.known, Action.MANAGE_FACT_KINDS)),
    )


def _kind(sent: Filled) -> Mapping[str, Any]:
    return {
        "id": sent.one("id"),
        "title": {"zh": sent.one("zh"), "en": sent.one("en")},
        "subject": sent.one("subject"),
        "value_type": sent.one("value_type"),
        "choices": sent.parts("choices"),
        "roles": sent.all("roles"),
        "expires": bool(sent.all("expires")),
        "claim": sent.one("claim"),
    }


def _filled(kind: FactKind) -> Filled:
    return Filled(
        {
            "id": (kind.id,),
            "zh": (kind.title.get("zh", ""),),
            "en": (kind.title.get("en", ""),),
            "subject": (kind.subject,),
            "value_type": (kind.value_type,),
            "choices": ("\n".join(kind.choices),),
            "roles": tuple(kind.roles),
            "expires": ("yes",) if kind.expires else (),
            "claim": (kind.claim,),
        }
    )
