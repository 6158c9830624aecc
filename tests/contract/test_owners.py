"""An organization with all beneath it, in search: random trees and records, before and after moves and merges."""

from collections import Counter
from datetime import UTC, datetime
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.domain.datasets import Dataset, Identity
from catalog.domain.organizations import Description
from catalog.domain.people import OPERATOR
from catalog.services import datasets, indexing, organizations, succession
from catalog.services.search import Ask, search
from catalog.store.database import Database, Transaction
from search.port import SearchIndex

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_NUMBERS = count()


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    parents=st.lists(st.integers(-1, 4), min_size=5, max_size=5),
    owners=st.lists(st.integers(0, 4), min_size=3, max_size=12),
    moved=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    merged=st.tuples(st.integers(0, 4), st.integers(0, 4)),
)
def test_the_filter_finds_and_counts_what_a_walk_of_the_tree_does(
    database: Database,
    index: SearchIndex,
    parents: list[int],
    owners: list[int],
    moved: tuple[int, int],
    merged: tuple[int, int],
) -> None:
    source = f"s{next(_NUMBERS)}"
    with database.transaction() as tx:
        ids = _tree(tx, source, parents)
        for number, owner in enumerate(owners):
            name = organizations.living(tx, ids[owner]).name
            record = Dataset.model_validate({"title": f"题{number}", "publisher": {"name": name}, "themes": ["a"]})
            datasets.publish(tx, OPERATOR, Identity(source=source, source_key=str(number)), record, at=NOW)
    _compare(database, index, source, ids)

    with database.transaction() as tx:
        organization, parent = (ids[place] for place in moved)
        if organization not in tx.organizations.line(parent).above:
            organizations.move(tx, OPERATOR, organization, parent, at=NOW)
        former, heir = (ids[place] for place in merged)
        if former not in tx.organizations.line(heir).above:
            succession.merge(tx, OPERATOR, former, heir, at=NOW)
    _compare(database, index, source, ids)


def _tree(tx: Transaction, source: str, parents: list[int]) -> list[str]:
    ids: list[str] = []
    for number, parent in enumerate(parents):
        above = ids[parent] if 0 <= parent < number else None
        ids.append(organizations.create(tx, OPERATOR, f"{source}机构{number}", Description(), above, at=NOW).id)
    return ids


def _compare(database: Database, index: SearchIndex, source: str, ids: list[str]) -> None:
    while indexing.drain(database, index):
        pass
    with database.reading() as tx:
        parents = {one.id: one.parent for one in tx.organizations.many(ids).values()}
        records = [one for one in tx.datasets.everything() if one.source == source]
    for organization in ids:
        within = [one for one in records if organization in _walked(parents, one.owner)]
        ask = Ask(filters={"owner": (organization,), "source": (source,)}, facets=("publisher", "theme"), size=100)
        found = search(index, ask)
        assert {hit["id"] for hit in found["hits"]} == {one.id for one in within}
        assert found["total"] == len(within)
        assert {c["value"]: c["count"] for c in found["facets"]["publisher"]} == Counter(
            one.body["publisher"]["name"] for one in within
        )


def _walked(parents: dict[str, str | None], organization: str | None) -> list[str]:
    found = []
    while organization:
        found.append(organization)
        organization = parents[organization]
    return found
