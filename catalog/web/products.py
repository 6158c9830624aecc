"""The form by which a department registers a data product."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from catalog.api.deps import PortalDep
from catalog.api.errors import status_of
from catalog.domain.datasets import Dataset, in_language
from catalog.domain.errors import CatalogError, InvalidError, ScannerDownError
from catalog.domain.people import Actor, Role
from catalog.domain.policy import Action
from catalog.domain.vocabulary import PRODUCTS, Opening, Purpose
from catalog.portal import Portal
from catalog.services import products
from catalog.store.datasets import Stored
from catalog.web.forms import CURABLE, Filled, SentDep, labeled
from catalog.web.permission import needs, signed_in
from catalog.web.render import page
from catalog.web.visitor import FormDep, SignedInDep, Visitor

router = APIRouter()
_KINDS = tuple(kind for kind in ("api", "report", "model", "query") if kind in PRODUCTS)


@router.get("/products/new", dependencies=[signed_in("The form says who may send it.")])
def ask(request: Request, visitor: SignedInDep, portal: PortalDep) -> Response:
    """The form, empty; it says who may send it."""
    return _form(request, visitor, portal, Filled({"offer.purposes": tuple(Purpose)}))


@router.post("/products/new", dependencies=[needs(Action.WRITE, Action.PUBLISH)])
def register(request: Request, visitor: FormDep, sent: SentDep, portal: PortalDep) -> Response:
    """The product, or the form again with what is wrong."""
    try:
        stored = _register(portal, visitor.known, sent)
    except (*CURABLE, ScannerDownError) as error:
        status = status_of(error) if isinstance(error, CatalogError) else 422
        return _form(request, visitor, portal, sent.refused(error, visitor.language), status)
    return RedirectResponse(f"/datasets/{stored.id}", 303)


def _register(portal: Portal, actor: Actor, sent: Filled) -> Stored:
    product = product_of(sent, actor)
    if not sent.all("offer.purposes"):
        raise InvalidError("The offer names no purpose.", field="offer.purposes", cure="Choose at least one.")
    upload = sent.files.get("file")
    if upload is None:
        raise InvalidError("The product has no file.", field="file", cure="Choose the file that is to be delivered.")
    return products.register(
        portal.database, actor, product, upload.file, upload.filename or "", portal.uploads, at=portal.clock()
    )


def product_of(sent: Filled, actor: Actor) -> Dataset:
    """What was typed, as a record; pydantic says which field is wrong."""
    return Dataset.model_validate(
        {
            "kind": sent.one("kind"),
            "title": _texts(sent, "title"),
            "description": _texts(sent, "description"),
            "publisher": {"name": _publisher(actor)},
            "themes": _words(sent, "themes"),
            "keywords": _words(sent, "keywords"),
            "license": sent.one("license") or None,
            "opening": Opening.CONDITIONAL,
            "made_from": _words(sent, "made_from"),
            "offer": {
                "audience": sent.parts("offer.audience"),
                "purposes": sent.all("offer.purposes"),
                "calls": sent.one("offer.calls"),
                "days": sent.one("offer.days"),
            },
        }
    )


def _publisher(actor: Actor) -> str:
    """The organization whose product it is; "" is refused with the field's name."""
    held = actor.organizations(Role.STEWARD, Role.ADMIN)
    return held[0].name if held else ""


def _texts(sent: Filled, name: str) -> dict[str, str]:
    return {tag: text for tag in ("zh", "en") if (text := sent.one(f"{name}.{tag}"))}


def _words(sent: Filled, name: str) -> tuple[str, ...]:
    """Words with commas, Chinese commas or new lines between them, each once."""
    text = sent.one(name)
    for between in "，,、；;":
        text = text.replace(between, "\n")
    return tuple(dict.fromkeys(part.strip() for part in text.split("\n") if part.strip()))


def _form(request: Request, visitor: Visitor, portal: Portal, form: Filled, status: int = 200) -> Response:
    with portal.database.reading() as tx:
        licenses = tx.licenses.page(after="", size=1000)
    return page(
        request,
        visitor,
        "product_new.html",
        status=status,
        form=form,
        kinds=labeled("kind", _KINDS, visitor.language),
        licenses=[(entry.id, in_language(entry.title, visitor.language)) for entry in licenses],
        purposes=labeled("purpose", Purpose, visitor.language),
        publisher=_publisher(visitor.known),
        may=visitor.may("PUBLISH"),
    )
