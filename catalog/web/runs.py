"""Ingest runs: the ledger of each, and the form that asks for one."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import PageNumber, PortalDep, Reading
from catalog.domain.policy import Action
from catalog.domain.runs import ENDED
from catalog.language import N_, translate
from catalog.portal import Portal
from catalog.services import runs
from catalog.web.forms import CURABLE, Filled, SentDep
from catalog.web.paging import numbered
from catalog.web.permission import needs, open_to_all
from catalog.web.render import page as render
from catalog.web.texts import address
from catalog.web.visitor import FormDep, Visitor, VisitorDep

router = APIRouter()
_OPEN = open_to_all("Every run accounts to everybody for what it read.")
#: What each kind of source is.
_KINDS = {"list": N_("List (JSON, CSV, Excel)"), "ckan": N_("CKAN portal"), "datajson": N_("data.json (DCAT-US)")}
_SIZE = 20
_REJECTIONS = 50


@router.get("/runs", dependencies=[_OPEN])
def listed(request: Request, visitor: VisitorDep, portal: PortalDep, page: PageNumber = 1) -> Response:
    """Runs, latest first."""
    return _list(request, visitor, portal, Filled({"kind": ("list",), "mapping": ("auto",)}), page)


@router.post("/runs", dependencies=[needs(Action.INGEST)])
def start(request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """A run for the worker, or the form again with what is wrong."""
    try:
        with portal.database.transaction() as tx:
            run = runs.ask_for(
                tx,
                visitor.known,
                kind=sent.one("kind"),
                location=sent.one("location"),
                source=sent.one("source"),
                mapping=sent.one("mapping") or None,
                at=portal.clock(),
            )
    except CURABLE as error:
        return _list(request, visitor, portal, sent.refused(error, visitor.language), status=422)
    return RedirectResponse(f"/runs/{run.id}", 303)


@router.get("/runs/{run_id}", dependencies=[_OPEN])
def read(
    run_id: str, request: Request, visitor: VisitorDep, tx: Reading, page: Annotated[int, Query(ge=1, le=100_000)] = 1
) -> Response:
    """One run; the page asks again while it is under way."""
    run = runs.read(tx, run_id)
    pages = -(-run.rejected // _REJECTIONS)
    return render(
        request,
        visitor,
        "run.html",
        block="ledger",
        run=run,
        ended=run.state in ENDED,
        kind_names=_kind_names(visitor.language),
        number=page,
        pages=pages,
        numbers=numbered(page, pages),
        at=lambda number: address(f"/runs/{run_id}", page=number),
        rejections=runs.rejections(tx, run_id, page=page, size=_REJECTIONS),
    )


def _kind_names(language: str) -> dict[str, str]:
    return {kind: translate(_KINDS[kind], language) for kind in runs.KINDS}


def _list(
    request: Request, visitor: Visitor, portal: Portal, form: Filled, number: int = 1, status: int = 200
) -> Response:
    with portal.database.reading() as tx:
        found = runs.recent(tx, page=number, size=_SIZE)
    return render(
        request,
        visitor,
        "runs.html",
        block="ledger",
        status=status,
        runs=found,
        form=form,
        kind_names=_kind_names(visitor.language).items(),
        number=number,
        more=len(found) == _SIZE,
        busy=any(run.state not in ENDED for run in found),
    )
