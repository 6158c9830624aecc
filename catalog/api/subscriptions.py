"""Subscriptions."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from catalog.api.deps import Client, Language, PortalDep, Tx
from catalog.api.permission import open_to_all
from catalog.api.problems import also
from catalog.domain.subscriptions import Channel, NoticeFrequency
from catalog.services import subscriptions
from catalog.services.subscriptions import LONGEST_WORDS, Wish

router = APIRouter(tags=["search"])


class SubscriptionIn(BaseModel):
    """A search, and one address."""

    q: Annotated[str, Field(max_length=LONGEST_WORDS)] = ""
    #: facet → values, as in the address of a search
    filters: dict[str, Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=100)]] = {}
    email: Annotated[str, Field(max_length=320)] = ""
    webhook: Annotated[str, Field(max_length=2000)] = ""
    frequency: NoticeFrequency = NoticeFrequency.DAILY


class SubscriptionOut(BaseModel):
    """A subscription that waits for its confirmation."""

    id: str
    channel: Channel
    #: What events are signed with; shown now and never again.
    secret: str | None


@router.post(
    "/subscriptions",
    status_code=202,
    responses=also(429),
    dependencies=[open_to_all("Everybody may be told of public records; the address confirms by itself.")],
)
def subscribe(body: SubscriptionIn, tx: Tx, portal: PortalDep, client: Client, language: Language) -> SubscriptionOut:
    """Be told of records that become findable and match a search; the address has to confirm first."""
    wish = Wish(body.q, body.filters, language, body.email, body.webhook, body.frequency)
    made = subscriptions.subscribe(tx, wish, client=client, at=portal.clock())
    return SubscriptionOut(id=made.id, channel=made.channel, secret=made.secret)
