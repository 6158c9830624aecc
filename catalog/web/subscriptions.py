"""Subscribe to a search, confirm it, end it: each with a form, since mail programs open links by themselves."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends, Request, Response

from catalog.api.deps import Client, PortalDep, Reading, Tx
from catalog.api.errors import status_of
from catalog.domain.errors import InvalidError, ThrottledError, TooManyWaitingError
from catalog.domain.subscriptions import NoticeFrequency, Subscription
from catalog.formats.searches import in_words, subject
from catalog.language import N_, translate
from catalog.services import subscriptions
from catalog.services.search import Ask
from catalog.services.subscriptions import Wish
from catalog.web.addresses import at
from catalog.web.forms import Filled, SentDep
from catalog.web.permission import open_to_all
from catalog.web.render import page
from catalog.web.visitor import Visitor, VisitorDep, same_origin
from search.facets import FILTERS

router = APIRouter()
_OPEN = open_to_all("Everybody may be told of public records; the address confirms by itself.")

#: Each with its words. No field of the form may have the name of a facet, for those are part of the search.
_FREQUENCIES = {NoticeFrequency.DAILY: N_("Once a day at the most"), NoticeFrequency.AT_ONCE: N_("At once")}
_CHANNELS = {"email": N_("By e-mail"), "webhook": N_("By a webhook, for programs")}


@router.get("/subscriptions/new", dependencies=[_OPEN])
def form(request: Request, visitor: VisitorDep) -> Response:
    """The form, for the search that its address names."""
    query = request.query_params
    return _form(request, visitor, Filled({name: tuple(query.getlist(name)) for name in query}))


@router.post("/subscriptions/new", dependencies=[_OPEN, Depends(same_origin)])
def subscribe(request: Request, visitor: VisitorDep, sent: SentDep, portal: PortalDep, client: Client) -> Response:
    """What happens next, or the form again with what is wrong."""
    try:
        with portal.database.transaction() as tx:
            wish = _wish(sent, visitor)
            made = subscriptions.subscribe(tx, wish, client=client, at=portal.clock())
    except (InvalidError, TooManyWaitingError, ThrottledError) as error:
        return _form(request, visitor, sent.refused(error, visitor.language), status=status_of(error))
    return _form(request, visitor, sent, made=made)


@router.get(
    "/subscriptions/confirm",
    dependencies=[_OPEN],
)
def confirming(request: Request, visitor: VisitorDep, tx: Reading, portal: PortalDep, token: str = "") -> Response:
    """The button that confirms."""
    offered = subscriptions.offered(tx, token, at=portal.clock())
    return _step(request, visitor, "confirm", offered, token)


@router.post(
    "/subscriptions/confirm",
    dependencies=[_OPEN],
)
def confirm(request: Request, visitor: VisitorDep, tx: Tx, portal: PortalDep, token: str = "") -> Response:
    """Confirmed; a webhook's program may send this by itself."""
    confirmed = subscriptions.confirm(tx, token, at=portal.clock())
    return _step(request, visitor, "confirmed", confirmed, token)


@router.get(
    "/subscriptions/end",
    dependencies=[_OPEN],
)
def ending(request: Request, visitor: VisitorDep, tx: Reading, token: str = "") -> Response:
    """The button that ends; or that it has ended."""
    found = subscriptions.ending(tx, token)
    step = "end" if found else "ended"
    return _step(request, visitor, step, found, token)


@router.post(
    "/subscriptions/end",
    dependencies=[_OPEN],
)
def end(request: Request, visitor: VisitorDep, tx: Tx, portal: PortalDep, token: str = "") -> Response:
    """Ended; mail programs send this with one click (RFC 8058), so it asks for nothing but the link."""
    subscriptions.end(tx, token, at=portal.clock())
    return _step(request, visitor, "ended", None, token)


def _step(request: Request, visitor: Visitor, step: str, found: Subscription | None, token: str) -> Response:
    told = subject(found) if found else ""
    return page(request, visitor, "subscription.html", step=step, subscription=found, subject=told, token=token)


def _wish(sent: Filled, visitor: Visitor) -> Wish:
    by_mail = sent.one("channel", "email") == "email"
    return Wish(
        sent.one("q"),
        _filters(sent),
        visitor.language,
        email=sent.one("address") if by_mail else "",
        webhook="" if by_mail else sent.one("address"),
        frequency=NoticeFrequency.AT_ONCE if sent.one("how_often") == "at_once" else NoticeFrequency.DAILY,
    )


def _filters(sent: Filled) -> Mapping[str, tuple[str, ...]]:
    return {name: sent.all(name) for name in FILTERS if sent.all(name)}


def _form(
    request: Request, visitor: Visitor, sent: Filled, *, status: int = 200, made: Subscription | None = None
) -> Response:
    words, filters = sent.one("q"), _filters(sent)
    return page(
        request,
        visitor,
        "subscription_new.html",
        status=status,
        form=sent,
        made=made,
        hidden=[("q", words), *((name, value) for name, values in filters.items() for value in values)],
        searched=in_words(words, filters, visitor.language),
        results=at(Ask(words, filters)),
        frequencies=[(name, translate(words, visitor.language)) for name, words in _FREQUENCIES.items()],
        channels=[(name, translate(words, visitor.language)) for name, words in _CHANNELS.items()],
    )
