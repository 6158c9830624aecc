"""Suggestions under the search box in a real browser: keyboard, screen reader, policy, and no scripts."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import HOSTILE, Filled, Site


@pytest.fixture(params=[{"width": 1280, "height": 800}, {"width": 390, "height": 844}], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Page]:
    """The first page; what breaks the policy or throws fails the test."""
    context = browser.new_context(base_url=site.url, locale="zh-CN", viewport=request.param)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto("/")
    yield page
    context.close()
    assert not [text for text in said if "Content Security Policy" in text or "Error" in text]


def _typed(page: Page, words: str) -> None:
    page.locator("#q").press_sequentially(words, delay=20)
    expect(page.locator("#q-list")).to_be_visible()


def test_arrows_and_enter_lead_to_what_was_chosen(page: Page) -> None:
    _typed(page, "kongq")
    box = page.locator("#q")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#q-said")).to_contain_text("条建议")

    page.keyboard.press("ArrowDown")
    option = page.locator(f"#{box.get_attribute('aria-activedescendant')}")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(option.locator("mark")).to_have_text("空气")
    expect(box).to_be_focused()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/datasets/"))


def test_enter_without_a_choice_searches_the_words(page: Page) -> None:
    _typed(page, "空气")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/search\?q="))


def test_escape_closes_the_list_and_keeps_the_words(page: Page) -> None:
    _typed(page, "空气")
    page.keyboard.press("Escape")

    expect(page.locator("#q-list")).to_be_hidden()
    expect(page.locator("#q")).to_have_value("空气")
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "false")

    page.keyboard.press("ArrowDown")
    expect(page.locator("#q-list")).to_be_visible()


def test_a_theme_is_chosen_by_a_click(page: Page) -> None:
    _typed(page, "交通")
    page.get_by_role("group", name="主题").get_by_role("option").click()

    expect(page).to_have_url(re.compile("theme="))


def test_leaving_the_box_closes_the_list(page: Page) -> None:
    _typed(page, "空气")
    page.keyboard.press("Tab")

    expect(page.locator("#q-list")).to_be_hidden()


def test_the_open_list_has_no_barrier(browser: Browser, site: Site) -> None:
    for scheme in ("light", "dark"):
        # Only the checking script needs the policy out of its way.
        context = browser.new_context(base_url=site.url, color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto("/")
        _typed(page, "空气")
        page.keyboard.press("ArrowDown")
        report = Axe().run(page)
        context.close()

        assert not report.violations_count, report.generate_report()


def test_a_hostile_title_is_text_in_suggestions(client: TestClient, filled: Filled) -> None:
    options = client.get("/suggest", params={"q": "script"}).text

    assert "&lt;<mark>script</mark>&gt;" in options
    assert HOSTILE not in options


def test_a_client_gets_suggestions_in_its_language(client: TestClient, filled: Filled) -> None:
    page = client.get("/suggest", params={"q": "air"}, headers={"Accept-Language": "en"}).text
    told = client.get("/api/v1/suggest", params={"q": "air"}, headers={"Accept-Language": "en"}).json()

    assert 'aria-label="Records"' in page
    assert told["suggestions"][0]["text"].startswith("Air quality readings")
    assert told["suggestions"][0]["marks"] == [[0, 3]]
