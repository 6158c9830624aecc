"""Steering of the search as pages: the draft as text, what it would change, versions, and reports of queries."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import PortalDep
from catalog.domain.errors import InvalidError
from catalog.domain.policy import Action
from catalog.domain.steering import Changes
from catalog.portal import Portal
from catalog.services import asked, rehearsal, steering
from catalog.web.forms import CURABLE, Filled, SentDep
from catalog.web.permission import needs
from catalog.web.render import page
from catalog.web.visitor import FormDep, SignedInDep, Visitor
from search.steering import usual_steering

router = APIRouter(prefix="/steering")
#: Fields with a line for each entry, and those with words between spaces.
_LINES = ("synonyms_added", "synonyms_removed")
_WORDS = ("stop_added", "stop_removed", "weak_added", "weak_removed")


@router.get("", dependencies=[needs(Action.STEER)])
def read(request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """The draft, the versions and the reports."""
    return _page(request, visitor, portal, Filled())


@router.post("", dependencies=[needs(Action.STEER)])
def edit(request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """Keep the draft, or show the form again with what is wrong."""
    try:
        with portal.database.transaction() as tx:
            changes, revision = _changes(sent), sent.whole("revision")
            steering.edit(tx, visitor.known, changes, revision=revision, at=portal.clock())
    except CURABLE as error:
        return _page(request, visitor, portal, sent.refused(error, visitor.language), 422)
    return RedirectResponse("/steering/preview", 303)


@router.get("/preview", dependencies=[needs(Action.STEER)])
def preview(request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """What the draft would change, and the button that publishes it."""
    today, judged = portal.clock().date(), portal.settings.judged_queries
    told = rehearsal.rehearse(portal.database, portal.index, visitor.known, judged, today=today)
    return page(request, visitor, "steering_preview.html", told=told)


@router.post("/publish", dependencies=[needs(Action.STEER)])
def publish(visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """Put the draft in force as it was previewed."""
    with portal.database.transaction() as tx:
        note, revision = sent.one("note")[:500], sent.whole("revision")
        steering.publish(tx, visitor.known, note, revision=revision, at=portal.clock())
    return RedirectResponse("/steering#versions", 303)


@router.post("/versions/{number}/restore", dependencies=[needs(Action.STEER)])
def restore(number: int, visitor: FormDep, portal: PortalDep) -> Response:
    """Put a version in force again."""
    with portal.database.transaction() as tx:
        steering.restore(tx, visitor.known, number, at=portal.clock())
    return RedirectResponse("/steering#versions", 303)


def _page(request: Request, visitor: Visitor, portal: Portal, form: Filled, status: int = 200) -> Response:
    with portal.database.reading() as tx:
        draft = steering.draft(tx, visitor.known)
        return page(
            request,
            visitor,
            "steering.html",
            status=status,
            form=form,
            texts=_texts(draft.changes) | {"revision": str(draft.revision)},
            weights=asdict(usual_steering().weights),
            versions=steering.versions(tx, visitor.known, size=20),
            in_force=tx.steering.number_in_force(),
            reports={kind: asked.report(tx, visitor.known, kind)[:20] for kind in asked.REPORTS},
        )


def _texts(changes: Changes) -> dict[str, str]:
    """The draft as it is typed."""
    said = {name: "\n".join(getattr(changes, name)) for name in _LINES}
    said |= {name: " ".join(getattr(changes, name)) for name in _WORDS}
    said["weights"] = "\n".join(f"{name} = {value:g}" for name, value in changes.weights.items())
    said["pins"] = "\n".join(f"{query} = {' '.join(ids)}" for query, ids in changes.pins.items())
    return said


def _changes(sent: Filled) -> Changes:
    """What was typed, as changes; ValidationError and InvalidError name the field."""
    given: dict[str, Any] = {name: sent.parts(name) for name in _LINES}
    given |= {name: sent.one(name).split() for name in _WORDS}
    given["weights"] = {name: _number(value) for name, value in _pairs(sent, "weights")}
    given["pins"] = {query: ids.split() for query, ids in _pairs(sent, "pins")}
    return Changes.model_validate(given)


def _pairs(sent: Filled, name: str) -> Iterator[tuple[str, str]]:
    for line in sent.parts(name):
        left, _, right = line.rpartition("=")
        if not left.strip() or not right.strip():
            raise InvalidError(
                "This line is not understood: {line}",
                field=name,
                line=line,
                cure="Write what is meant, =, and its value.",
            )
        yield left.strip(), right.strip()


def _number(said: str) -> float:
    try:
        return float(said)
    except ValueError as error:
        raise InvalidError(
            "This line is not understood: {line}",
            field="weights",
            line=said,
            cure="Write what is meant, =, and its value.",
        ) from error
