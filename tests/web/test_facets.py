"""All values of a facet on a page, and filters as chips; through the forms that a reader without JavaScript has."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from catalog.domain.datasets import Dataset, Identity
from catalog.domain.people import OPERATOR
from catalog.services import datasets, indexing
from catalog.settings import Settings
from catalog.wiring import open_portal
from tests.serving import application


@pytest.fixture
def pages(folder: Path) -> Iterator[TestClient]:
    portal = open_portal(Settings(data=folder, _env_file=None))
    with portal.database.transaction() as tx:
        for number in range(60):
            title = f"泸州市环境监测点{number}" if number < 3 else f"环境监测点{number}"
            record = {"title": title, "publisher": {"name": f"第{number:02}环境局"}}
            record |= {"modified": "2024-05-01", "license": "cn-open"} if number < 5 else {}
            identity = Identity(source="list", source_key=str(number))
            datasets.publish(tx, OPERATOR, identity, Dataset.model_validate(record), at=portal.clock())
    while indexing.drain(portal.database, portal.index):
        pass
    with TestClient(application(portal), headers={"accept-language": "en"}) as client:
        yield client
    portal.close()


def boxes(page: str, name: str) -> dict[str, bool]:
    found = re.findall(rf'<input id="{name}-[^"]*" type="checkbox" name="{name}" value="([^"]*)"( checked)?', page)
    return {unescape(value): bool(checked) for value, checked in found}


def count(client: TestClient, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200, page.text
    found = re.search(r'<h1 id="count" tabindex="-1">([^<]*)', page.text)
    return found[1].strip() if found else ""


def test_a_full_facet_leads_to_all_its_values(pages: TestClient) -> None:
    page = pages.get("/search?q=监测点&license=").text

    link = re.search(r'class="more" href="(/search/facets/publisher[^"]*)"', page)

    assert link is not None
    assert len(boxes(pages.get(unescape(link[1])).text, "publisher")) == 50


def test_values_are_searched_and_paged_and_those_chosen_stay(pages: TestClient) -> None:
    second = boxes(pages.get("/search/facets/publisher?page=2&publisher=第03环境局").text, "publisher")
    searched = boxes(pages.get("/search/facets/publisher?contains=環境局&publisher=第03环境局").text, "publisher")
    nothing = boxes(pages.get("/search/facets/publisher?contains=zz&publisher=第03环境局").text, "publisher")

    assert len(second) == 11
    assert second["第03环境局"]
    assert [value for value, checked in searched.items() if checked] == ["第03环境局"]
    assert nothing == {"第03环境局": True}


def test_other_filters_and_words_go_on(pages: TestClient) -> None:
    page = pages.get("/search/facets/publisher?q=监测点&license=cn-open&modified_from=2024-01-01").text

    assert len(boxes(page, "publisher")) == 5
    for name, value in (("q", "监测点"), ("license", "cn-open"), ("modified_from", "2024-01-01")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page


@pytest.mark.parametrize(
    ("address", "number", "chip"),
    [
        ("/search?license=", "55 records found", "Not stated"),
        ("/search?place=5105", "3 records found", "泸州市"),
        ("/search?modified_from=2024-05-01&modified_to=2024-05-01", "5 records found", "2024-05-01 – 2024-05-01"),
        ("/search?modified_from=2024-05-02", "Nothing found", "2024-05-02 – …"),
        ("/search?preview=false&api=false", "60 records found", "Without preview"),
    ],
)
def test_every_filter_is_an_address_and_a_chip_that_goes(
    pages: TestClient, address: str, number: str, chip: str
) -> None:
    page = pages.get(address).text
    chips = re.findall(r'<a class="chip" href="([^"]+)".*?</a>', page)

    assert count(pages, address) == number
    assert chip in page
    assert count(pages, unescape(chips[0])) == "60 records found"


def test_what_is_no_filter_has_an_error_page(pages: TestClient) -> None:
    assert pages.get("/search?place=99").status_code == 422
    assert pages.get("/search?modified_from=soon").status_code == 422
    assert pages.get("/search/facets/colour").status_code == 404


def test_order_and_exactness_stay_on_the_way_through_all_values(pages: TestClient) -> None:
    results = pages.get("/search?q=监测点&license=&sort=issued&exact=true").text
    more = unescape(re.search(r'class="more" href="(/search/facets/publisher[^"]*)"', results)[1])  # type: ignore[index]
    page = pages.get(more).text

    for name, value in (("sort", "issued"), ("exact", "true"), ("license", "")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    assert re.search(r'href="/search\?q=[^"]+&amp;license=&amp;sort=issued&amp;exact=true"', page)
    assert "size=" not in more


def test_a_search_without_values_leads_back_to_all_of_them(pages: TestClient) -> None:
    page = pages.get("/search/facets/publisher?q=监测点&contains=zz").text
    href = unescape(re.search(r'<a href="([^"]+)">Show all values</a>', page)[1])  # type: ignore[index]

    assert len(boxes(pages.get(href).text, "publisher")) == 50


def test_a_period_holds_for_what_is_taken_away(pages: TestClient) -> None:
    page = pages.get("/search?modified_from=2024-01-01").text
    href = unescape(re.search(r'href="(/search/export\.csv[^"]*)"', page)[1])  # type: ignore[index]

    exported = pages.get(href)

    assert exported.status_code == 200
    assert len(exported.text.strip().splitlines()) == 1 + 5
