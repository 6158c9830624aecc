"""What else is there beside a record: records about the same, and products made of it or of its theme."""

from collections.abc import Sequence
from typing import Any

from catalog.domain.errors import SearchDownError
from catalog.domain.organizations import NOBODYS
from catalog.domain.people import GUEST, Actor
from catalog.domain.policy import reach
from catalog.domain.vocabulary import PRODUCTS
from catalog.services.indexing import document
from catalog.services.search import rows
from catalog.store.datasets import Stored
from search.alike import alike, itself
from search.clauses import AllOf, AnyOf, Clause, Term, Worth
from search.model import Hit, Query
from search.port import SearchIndex, SearchUnavailableError
from search.series import kin
from search.steering import Steering

_MOST = 5
#: Hits among which are enough of different series.
_SAMPLE = 20
#: A product that is made of a record is nearer to it than one of the same theme.
_MADE_OF, _OF_THEME = 10.0, 1.0


def more_like(
    index: SearchIndex, stored: Stored, steering: Steering, language: str, reader: Actor = GUEST
) -> dict[str, list[dict[str, Any]]]:
    """{"alike": […], "products": […]}: rows of results, five of each at the most."""
    held = reach(reader).seals
    products = {"kind": tuple(sorted(PRODUCTS))}
    try:
        like = index.search(Query(alike(document(stored, NOBODYS), steering), size=_SAMPLE, seals=held))
        made = index.search(Query(_made_of(stored), products, size=_SAMPLE, seals=held))
    except SearchUnavailableError as error:
        raise SearchDownError from error
    return {"alike": _different(like.hits, language), "products": _different(made.hits, language)}


def _different(hits: Sequence[Hit], language: str) -> list[dict[str, Any]]:
    """The first of each series."""
    first = {kin(row["title"]): row for row in reversed(rows(hits, (), language))}
    return list(reversed(first.values()))[:_MOST]


def _made_of(stored: Stored) -> Clause:
    themes = [Worth(Term("theme", theme), _OF_THEME) for theme in stored.body.get("themes", ())]
    made = Worth(Term("grams", stored.id), _MADE_OF)
    return AllOf((AnyOf((made, *themes)),), without=(itself(stored.id),))
