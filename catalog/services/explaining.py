"""Why a record was found, from what its row of results carries."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from search.explaining import explain
from search.understanding import Understood


def why(understood: Understood, card: Mapping[str, Any], typed: str) -> dict[str, Any]:
    """{"matches": [{"typed", "text", "rule", "where"}], "absent": [word], "lifts": […]}."""
    return asdict(explain(understood, _texts(card), typed=typed))


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
