"""A notice as the event of a webhook, signed as Standard Webhooks says (https://www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

import orjson

from catalog.domain.subscriptions import Notice


def event(notice: Notice) -> bytes:
    """Type, time and data; ``confirm`` and ``unsubscribe`` are addresses to POST to."""
    about = notice.subscription
    return orjson.dumps(
        {
            "type": f"subscription.{notice.matter}",
            "timestamp": notice.at,
            "data": {
                "subscription": about.id,
                "q": about.words,
                "filters": about.filters,
                "results": notice.results,
                "total": notice.total,
                "records": notice.records,
                "confirm": notice.confirm,
                "unsubscribe": notice.end,
            },
        }
    )


def signed(secret: str, notice_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The headers by which a receiver knows who sent it, when, and whether it came before."""
    stamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    found = hmac.digest(key, b".".join((notice_id.encode(), stamp.encode(), body)), hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "webhook-id": notice_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(found).decode()}",
    }
