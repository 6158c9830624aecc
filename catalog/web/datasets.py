"""The page of a record: everything about it on one page, with the one action that matters most on top."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Request, Response

from catalog.api.deps import PortalDep, Reading, origin
from catalog.domain.datasets import Dataset, Distribution, Restriction
from catalog.domain.errors import SearchDownError
from catalog.domain.people import Role
from catalog.domain.policy import Action
from catalog.domain.registers import License
from catalog.language import N_, translate
from catalog.portal import Portal
from catalog.services import datasets, usage
from catalog.services.alike import more_like
from catalog.services.preview import Preview, preview
from catalog.services.standing import why_not_public
from catalog.store.database import Transaction
from catalog.store.datasets import Stored
from catalog.web.permission import needs
from catalog.web.render import page
from catalog.web.texts import address
from catalog.web.visitor import Visitor, VisitorDep

router = APIRouter()

#: What the audit calls an act → what readers call it.
_ACTS = {
    "published": N_("Published"),
    "replaced": N_("New revision"),
    "withdrawn": N_("Withdrawn"),
    "embargo lifted": N_("Became public"),
}


@dataclass(frozen=True, slots=True)
class MainAction:
    """The main thing to do with a record."""

    #: "download", "ask", "visit" or "none"
    kind: str
    href: str = ""
    file: Distribution | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to a record."""

    at: datetime
    what: str
    role: str = ""
    who: str = ""


@router.get("/datasets/{dataset_id}", dependencies=[needs(Action.READ)])
def dataset(dataset_id: str, request: Request, visitor: VisitorDep, tx: Reading, portal: PortalDep) -> Response:
    """One record; 410 with its successor once it was withdrawn."""
    stored = datasets.read(tx, dataset_id, visitor.actor)
    if words := searched(request):
        portal.asked.note_opened(words, portal.clock().date())
    return page(
        request,
        visitor,
        "dataset.html",
        record=stored,
        dataset=stored.dataset,
        withheld=why_not_public(stored, visitor.language),
        columned=[part for part in stored.dataset.distributions if part.columns],
        **_about(tx, stored, visitor),
        **_use(tx, stored, portal.settings.files_folder),
        **_beside(portal, stored, visitor),
        origin=origin(request, portal.settings.public_url),
    )


def _beside(portal: Portal, stored: Stored, visitor: Visitor) -> dict[str, Any]:
    """What else there is; nothing of it while search is down, for the record can be read without."""
    try:
        return more_like(portal.index, stored, portal.steering.now, visitor.language, visitor.actor)
    except SearchDownError:
        return {"alike": [], "products": []}


def searched(request: Request) -> str:
    """What was searched for on the page of results that the reader comes from; '' elsewhere."""
    came = urlsplit(request.headers.get("referer", ""))
    if came.netloc != request.headers.get("host") or came.path != "/search":
        return ""
    return parse_qs(came.query).get("q", [""])[0]


def _about(tx: Transaction, stored: Stored, visitor: Visitor) -> dict[str, Any]:
    return {
        "license": _license(tx, stored.dataset.license),
        "made_from": datasets.made_from(tx, visitor.actor, stored),
        "restrictions": _restrictions(stored.dataset, visitor.language),
        "steps": _steps(stored, datasets.provenance(tx, visitor.actor, stored.id)),
    }


def _restrictions(dataset: Dataset, language: str) -> list[tuple[str, Restriction]]:
    """What sharing, opening and operation rest on, each under its name."""
    told = (
        (N_("Basis of opening:"), dataset.opening_restriction),
        (N_("Basis of sharing:"), dataset.sharing_restriction),
        (N_("Basis of operation:"), dataset.operable_restriction),
    )
    return [(translate(words, language), part) for words, part in told if part]


def _license(tx: Transaction, license_id: str | None) -> License | None:
    return tx.licenses.get(license_id) if license_id else None


def _steps(stored: Stored, audit: Iterable[Mapping[str, Any]]) -> list[Step]:
    """Latest first; what a run did is told by the record itself."""
    told = [Step(entry["at"], _ACTS.get(entry["act"], entry["act"]), *_who(entry["actor"])) for entry in audit]
    if told:
        return told
    taken = [Step(stored.created_at, N_("Taken in"))]
    changed = [Step(stored.updated_at, N_("New revision"))] if stored.revision > 1 else []
    return [*changed, *taken]


def _who(actor: str) -> tuple[str, str]:
    role, _, organization = actor.partition(":")
    return (role, organization) if organization and role in set(Role) else ("", actor)


def _use(tx: Transaction, stored: Stored, files: Path) -> dict[str, Any]:
    is_open = usage.is_open(stored)
    return {
        "is_open": is_open,
        "action": action(stored.id, stored.dataset, is_open=is_open),
        "preview": _preview(stored, files) if is_open else None,
        "served": tx.usage.served(stored.id),
    }


def _preview(stored: Stored, files: Path) -> Preview | None:
    shown = preview(stored, files)
    return shown if shown and shown.rows else None


def action(dataset_id: str, dataset: Dataset, *, is_open: bool) -> MainAction:
    """Download what is kept and open, else ask for what is offered, else visit where it is."""
    kept = next((part for part in dataset.distributions if part.file), None)
    if is_open and kept:
        return MainAction("download", address(f"/data/{dataset_id}", file=kept.file), kept)
    if dataset.offer:
        return MainAction("ask", f"/datasets/{dataset_id}/request")
    elsewhere = dataset.landing_page or next((part.url for part in dataset.distributions if part.url), None)
    return MainAction("visit", elsewhere) if elsewhere else MainAction("none")
