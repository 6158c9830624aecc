"""Places and periods in the column of facets: typed, chosen, put right and kept; without JavaScript and with it."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx2 import QueryParams
from playwright.sync_api import Browser, Page, expect

from catalog.domain.datasets import Dataset, Identity
from catalog.domain.people import OPERATOR
from catalog.services import datasets, indexing
from catalog.settings import Settings
from catalog.wiring import open_portal
from tests.serving import application
from tests.web.conftest import Site

RECORDS = {
    "泸州市江阳区公交线路": "2024-05-01",
    "泸州市纳溪区公交站点与学校": "2024-06-01",
    "北京市朝阳区医院名录": "2025-01-01",
    "长春市朝阳区博物馆": "2025-02-01",
    "全国铁路班次": None,
}


@pytest.fixture
def pages(folder: Path) -> Iterator[TestClient]:
    portal = open_portal(Settings(data=folder, _env_file=None))
    with portal.database.transaction() as tx:
        for title, day in RECORDS.items():
            record = {"title": title, "publisher": {"name": "交通局"}, "modified": day, "issued": day}
            identity = Identity(source="list", source_key=title)
            datasets.publish(tx, OPERATOR, identity, Dataset.model_validate(record), at=portal.clock())
    while indexing.drain(portal.database, portal.index):
        pass
    with TestClient(application(portal), headers={"accept-language": "en"}) as client:
        yield client
    portal.close()


def titles(page: str) -> set[str]:
    found = re.findall(r'<h2><a href="/datasets/[^"]+"[^>]*>(.*?)</a></h2>', page)
    return {re.sub(r"</?mark>", "", title) for title in found}


def chips(page: str) -> list[str]:
    return re.findall(r'<a class="chip"[^>]+><span class="quiet">[^<]*</span>\s*<span[^>]*>([^<]*)</span>', page)


def links(page: str, name: str) -> str:
    found = re.search(rf'<li><a href="([^"]+)"[^>]*lang="zh">{name}</a>', page)
    assert found, f"no link to {name}"
    return unescape(found[1])


def sent(page: str, **more: str) -> QueryParams:
    """What a browser without JavaScript sends of the form of results, with some fields filled in."""
    form = page[page.index('<form id="search"') :]
    fields: list[tuple[str, str]] = []
    for tag in re.findall(r"<input [^>]+>", form[: form.index("</form>")]):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if attributes.get("type") != "checkbox" or tag.endswith(" checked>"):
            fields.append((attributes["name"], unescape(attributes.get("value", ""))))
    filled = [(name, more.pop(name, value)) for name, value in fields]
    return QueryParams(urlencode([*filled, *more.items()]))


@pytest.mark.parametrize("typed", ["泸州", "泸州市", "四川省泸州市", " 瀘州 ", "luzhou", "5105"])
def test_a_place_is_found_by_its_name(pages: TestClient, typed: str) -> None:
    page = pages.get("/search", params={"where": typed})

    assert page.status_code == 200
    assert chips(page.text) == ["泸州市"]
    assert titles(page.text) == {"泸州市江阳区公交线路", "泸州市纳溪区公交站点与学校"}
    assert "" in sent(page.text).get_list("where")
    assert "5105" in sent(page.text).get_list("place")


def test_from_a_place_to_its_districts_and_back(pages: TestClient) -> None:
    city = pages.get("/search?where=泸州").text
    district = pages.get(links(city, "江阳区")).text
    again = pages.get(links(district, "泸州市")).text

    assert chips(district) == ["泸州市江阳区"]
    assert titles(district) == {"泸州市江阳区公交线路"}
    assert chips(again) == ["泸州市"]


def test_a_name_that_several_places_have_offers_each(pages: TestClient) -> None:
    page = pages.get("/search?where=朝阳区")
    chosen = pages.get(links(page.text, "北京市朝阳区")).text

    assert page.status_code == 422
    assert "Several places may be meant by “朝阳区”." in page.text
    assert titles(chosen) == {"北京市朝阳区医院名录"}


def test_several_places_count_together_and_the_nearer_one_holds(pages: TestClient) -> None:
    two = pages.get("/search?place=110105&where=泸州").text
    nearer = pages.get("/search?place=110105&place=5105&where=江阳区").text
    wider = pages.get("/search?place=510502&where=四川").text

    assert chips(two) == ["北京市朝阳区", "泸州市"]
    assert len(titles(two)) == 3
    assert chips(nearer) == ["北京市朝阳区", "泸州市江阳区"]
    assert chips(wider) == ["四川省"]


@pytest.mark.parametrize(
    ("address", "field", "said"),
    [
        ("where=亚特兰蒂斯", "where", "There is no place “亚特兰蒂斯”"),
        ("place=99", "where", "There is no place “99”"),
        ("modified_from=soon", "modified", "“soon” is no day"),
        ("modified_from=2024-02-30", "modified", "“2024-02-30” is no day"),
        ("issued_from=2024-02-01&issued_to=2024-01-01", "issued", "The first day is after the last one"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_left_out(
    pages: TestClient, address: str, field: str, said: str
) -> None:
    page = pages.get(f"/search?{address}&source=list")

    assert page.status_code == 422
    assert re.search(rf'<p class="error" id="{field}-error">.*?{re.escape(said)}', page.text)
    assert len(titles(page.text)) == 5
    assert chips(page.text) == ["list"]


def test_what_was_typed_wrong_is_kept_while_other_filters_change(pages: TestClient) -> None:
    first = pages.get("/search?where=亚特兰蒂斯&issued_from=2024-06-01&issued_to=2024-01-01&place=5105").text
    second = pages.get("/search", params=sent(first, source="list"))

    assert "亚特兰蒂斯" in sent(second.text).get_list("where")
    assert "2024-06-01" in sent(second.text).get_list("issued_from")
    assert chips(second.text) == ["list", "泸州市"]


def test_a_period_and_a_place_stay_while_other_filters_change(pages: TestClient) -> None:
    first = pages.get("/search", params=sent(pages.get("/search?where=泸州").text, modified_from="2024-06-01")).text
    second = pages.get("/search", params=sent(first, q="公交", source="list"))

    assert second.status_code == 200
    assert titles(second.text) == {"泸州市纳溪区公交站点与学校"}
    assert chips(second.text) == ["list", "泸州市", "2024-06-01 – …"]


def test_links_of_the_results_have_the_place_that_was_typed_as_its_code(pages: TestClient) -> None:
    page = pages.get("/search?where=泸州&modified_to=2024-05-31").text
    href = unescape(re.search(r'href="(/search/export\.csv[^"]*)"', page)[1])  # type: ignore[index]

    assert {("place", "5105"), ("modified_to", "2024-05-31")} <= set(parse_qsl(urlsplit(href).query))
    assert len(pages.get(href).text.strip().splitlines()) == 2


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(base_url=site.url, locale="zh-CN", viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def test_in_a_browser_a_place_and_a_period_are_put_right_without_leaving_the_page(page: Page) -> None:
    page.goto("/search?q=空气质量")
    page.evaluate("window.stays = true")
    page.fill("#where", "亚特兰蒂斯")
    page.keyboard.press("Enter")
    expect(page.locator("#where-error")).to_contain_text("没有名为“亚特兰蒂斯”的地点")
    expect(page.locator("#where")).to_have_value("亚特兰蒂斯")
    assert page.evaluate("window.stays") is True

    page.fill("#where", "")
    page.fill("#modified_from", "2026-05-01")
    page.get_by_role("group", name="更新日期").get_by_role("button").click()
    expect(page).to_have_url(re.compile(r"modified_from=2026-05-01$"))
    expect(page.locator(".chip")).to_contain_text(["2026-05-01 – …"])
    page.get_by_role("group", name="格式").get_by_label(re.compile("CSV")).click()
    expect(page).to_have_url(re.compile(r"format=csv&modified_from=2026-05-01$"))
    assert page.evaluate("window.stays") is True
