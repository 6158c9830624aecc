"""Cursors over HTTP, with a clock that the test turns."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalog.app import create_app
from catalog.domain.datasets import Dataset, Identity
from catalog.domain.people import OPERATOR
from catalog.portal import Portal
from catalog.services import datasets, indexing
from search.snapshots import MOST

SEARCH = "/api/v1/search"


@pytest.fixture
def clock() -> list[datetime]:
    return [datetime(2026, 1, 1, tzinfo=UTC)]


@pytest.fixture
def walker(portal: Portal, clock: list[datetime]) -> Iterator[TestClient]:
    write(portal, range(45))
    with TestClient(create_app(replace(portal, clock=lambda: clock[0]))) as client:
        yield client


def write(portal: Portal, numbers: range) -> None:
    with portal.database.transaction() as tx:
        for number in numbers:
            body = Dataset.model_validate({"title": f"空气质量{number}", "publisher": {"name": "市气象局"}})
            identity = Identity(source="list", source_key=str(number))
            datasets.publish(tx, OPERATOR, identity, body, at=portal.clock())
    while indexing.drain(portal.database, portal.index):
        pass


def walked(client: TestClient, first: dict[str, Any], between: Callable[[], None] = lambda: None) -> list[str]:
    page, found = first, []
    while True:
        found += [hit["title"] for hit in page["hits"]]
        if page["next"] is None:
            return found
        between()
        answer = client.get(page["next"])
        assert answer.status_code == 200, answer.text
        page = answer.json()


def begin(client: TestClient, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.get(SEARCH, params={"q": "空气质量", "cursor": "*", "size": 10, **more}).json()
    return found


def test_a_walk_gives_every_hit_once_while_others_arrive(walker: TestClient, portal: Portal) -> None:
    new = iter(range(100, 200))

    def disturb() -> None:
        number = next(new)
        write(portal, range(number, number + 1))

    first = begin(walker)
    found = walked(walker, first, disturb)

    assert first["total"] == 45
    assert first["facets"]["publisher"][0]["count"] == 45
    assert sorted(found) == sorted(f"空气质量{number}" for number in range(45))


def test_a_later_page_has_marks_and_no_facets(walker: TestClient) -> None:
    page = walker.get(begin(walker)["next"]).json()

    assert page["facets"] == {}
    assert page["hits"][0]["highlights"]["title"]


def test_each_page_renews_the_cursor_until_it_expires(walker: TestClient, clock: list[datetime]) -> None:
    following = begin(walker)["next"]
    for _ in range(3):
        clock[0] += timedelta(minutes=4)
        following = walker.get(following).json()["next"]

    clock[0] += timedelta(minutes=5)
    gone = walker.get(following)

    assert (gone.status_code, gone.json()["title"], gone.json()["field"]) == (410, "CursorGoneError", "cursor")
    assert "cursor=*" in gone.json()["cure"]


@pytest.mark.parametrize("cursor", ["nonsense", "!!!", "AAAA", "空"])
def test_a_made_up_cursor_is_gone(walker: TestClient, cursor: str) -> None:
    assert walker.get(SEARCH, params={"cursor": cursor}).status_code == 410


def test_a_cursor_belongs_to_its_search(walker: TestClient) -> None:
    cursor = begin(walker)["cursor"]

    other = walker.get(SEARCH, params={"q": "公积金", "cursor": cursor})

    assert (other.status_code, other.json()["field"]) == (422, "cursor")


def test_only_so_many_are_open_at_once(walker: TestClient, clock: list[datetime]) -> None:
    for _ in range(MOST):
        begin(walker)

    refused = walker.get(SEARCH, params={"cursor": "*"})
    clock[0] += timedelta(minutes=5)

    assert (refused.status_code, refused.json()["title"]) == (503, "TooManyCursorsError")
    assert begin(walker)["total"] == 45
