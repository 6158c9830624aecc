"""The chain as people walk it: the pages of a real server in a real Chromium, on both stacks."""

import os

from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.conftest import ROOT, Installation

PUBLISHER, APPLICANT = "省大数据发展管理局", "甲公司"


def signed_in(browser: Browser, installation: Installation, role: str, organization: str) -> BrowserContext:
    context = browser.new_context(base_url=installation.url, locale="zh-CN")
    page = context.new_page()
    page.goto("/sign-in/key")
    page.get_by_label("API").fill(installation.key(role, organization)["Authorization"].removeprefix("Bearer "))
    page.locator("main form button[type=submit]").click()
    page.wait_for_load_state()
    assert page.get_by_text(organization).first.is_visible()
    return context


def shot(page: Page, name: str) -> None:
    """Keep a picture where somebody asks for it."""
    if folder := os.environ.get("SHUYUAN_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_the_chain_is_walked_on_pages(installation: Installation, browser: Browser) -> None:
    installation.start("--samples", "samples")
    publisher, decider, applicant = (
        signed_in(browser, installation, role, name)
        for role, name in (("publisher", PUBLISHER), ("decider", PUBLISHER), ("applicant", APPLICANT))
    )

    page = publisher.pages[0]
    page.goto("/products/new")
    page.locator("[name='title.zh']").fill("道路拥堵指数")
    page.locator("[name='description.zh']").fill("每日道路拥堵指数")
    page.locator("[name='offer.purposes'][value='research']").check()
    page.locator("[name='offer.calls']").fill("3")
    page.locator("[name='offer.days']").fill("30")
    page.set_input_files("[name='file']", ROOT / "samples" / "products" / "traffic-index.csv")
    shot(page, "product-new")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/datasets/*")
    product = page.url.rpartition("/")[2]
    installation.until_drained()

    page = applicant.pages[0]
    page.goto("/search?q=道路拥堵指数&kind=report")
    page.get_by_role("link", name="道路拥堵指数").first.click()
    page.locator(f"a[href='/datasets/{product}/request']").first.click()
    page.locator("[name='purpose'][value='research']").check()
    page.locator("[name='words']").fill("城市交通研究")
    page.locator("[name='days']").fill("10")
    page.locator("[name='calls']").fill("3")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/requests/*")
    request = page.url.rpartition("/")[2]

    desk = decider.pages[0]
    desk.goto("/requests")
    desk.locator(f"a[href='/requests/{request}']").first.click()
    desk.locator("#return-reason").fill("请写明研究单位")
    desk.locator("form[action$='/return'] button").click()
    desk.wait_for_load_state()

    page.reload()
    assert page.get_by_text("请写明研究单位").first.is_visible()
    page.locator("[name='words']").fill("某大学城市交通研究")
    page.locator("form[action$='/amend'] button").click()
    page.wait_for_load_state()

    desk.goto(f"/requests/{request}")
    desk.locator("#approve-calls").fill("2")
    shot(desk, "desk")
    desk.locator("form[action$='/approve'] button").click()
    desk.wait_for_load_state()

    page.goto(f"/requests/{request}")
    page.locator("form[action$='/token'] button").click()
    page.wait_for_load_state()
    token = page.locator("#token").inner_text()
    shot(page, "token")
    assert [
        installation.http.get(f"/data/{product}", headers={"Authorization": f"Bearer {token}"}).status_code
        for _ in range(3)
    ] == [200, 200, 429]

    desk.goto(f"/requests/{request}")
    desk.locator("#revoke-reason").fill("测试结束")
    shot(desk, "revoke")
    desk.locator("form[action$='/revoke'] button").click()
    desk.wait_for_load_state()
    page.goto(f"/requests/{request}")
    assert page.get_by_text("测试结束").first.is_visible()
    shot(page, "timeline")


def test_what_a_first_start_shows(installation: Installation, browser: Browser) -> None:
    installation.start("--samples", "samples")
    page = browser.new_context(base_url=installation.url, locale="zh-CN").new_page()

    page.goto("/")
    shot(page, "home")
    for words in ("空气质量", "公积金"):
        page.goto(f"/search?q={words}")
        assert words in page.locator("mark").first.inner_text()
        shot(page, f"search-{words}")
    page.get_by_role("link", name="公积金").first.click()
    page.goto("/runs")
    assert page.get_by_text("sample-excel").first.is_visible()
    shot(page, "runs")
