"""Why a record was found, from what its row of results carries."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from search.explaining import Lift, Match, explain
from search.understanding import Understood
from search.understanding.concepts import Rule

#: Steps, of five, from which a record is well described, and often used.
_GOOD, _OFTEN = 4, 2


def why(understood: Understood, card: Mapping[str, Any], typed: str, today: date | None) -> dict[str, Any]:
    """{"matches": [{"typed", "text", "rule", "where"}], "absent": [word], "lifts": […]}."""
    told = explain(understood, _texts(card), typed=typed)
    return asdict(told) | {"lifts": [*told.lifts, *_raised(card, today)]}


def similar(typed: str, title: str) -> dict[str, Any]:
    """A match of a record that was found by what its title means."""
    return asdict(Match(typed, title, Rule.VECTOR, ("title",)))


def _raised(card: Mapping[str, Any], today: date | None) -> Iterator[Lift]:
    changed = card["modified"] or card["issued"] or ""
    if today and changed.startswith(f"{today.year}-"):
        yield Lift.FRESH
    if card["quality"] >= _GOOD:
        yield Lift.QUALITY
    if card["use"] >= _OFTEN:
        yield Lift.USED


def _texts(card: Mapping[str, Any]) -> dict[str, str]:
    identifier = card["identifier"] or ""
    return {
        "title": "\n".join(card["title"].values()),
        "keywords": "\n".join((*card["keywords"], *card["themes"], identifier)),
        "publisher": card["publisher"],
        "description": "\n".join(card["description"].values()),
        "spatial": card["spatial"] or "",
        "identifier": identifier,
        "id": card["id"],
    }
