"""Pages in a real Chromium: accessible, within the security policy, usable by keyboard and without scripts."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, BrowserContext, Page, expect

from catalog.domain.accounts import Origin, Way
from catalog.services import sessions
from catalog.web.cookies import SESSION
from tests.people import PASSWORD
from tests.web.conftest import PERSON, WITH_CODE, Site

LANGUAGES = {"zh": "zh-CN", "en": "en-US"}
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
#: page → who looks at it
PAGES = {
    "/": "",
    "/search?q=空气质量&format=csv": "",
    "/search?place=51&where=中&modified_from=2026-02-01&modified_to=2026-01-01": "",
    "/search/why/{open_id}?q=站点": "",
    "/search?q=zzqqzz&format=csv": "",
    "/search?q=空汽质量": "",
    "/search?q=空气质量 饕餮&format=api&exact=true": "",
    "/datasets/{open_id}": "",
    "/datasets/{product_id}": "",
    "/runs/{run_id}": "",
    "/runs/{waiting_run_id}": "",
    "/search/facets/publisher?q=空气": "",
    "/search/facets/theme?contains=环": "",
    "/subscriptions/new?q=空气质量&format=csv": "",
    "/subscriptions/end?token=ended": "",
    "/sign-in": "",
    "/sign-in/key": "",
    "/sign-up": "",
    "/sign-up/confirm?token={sign_up_token}": "",
    "/reset": "",
    "/reset/choose?token={reset_token}": "",
    "/profile/address/confirm?token={address_token}": "",
    "/sign-in/code": "waiting",
    "/signed-out": "",
    "/about": "",
    "/profile": "person",
    "/profile/name": "person",
    "/profile/password": "person",
    "/profile/address": "person",
    "/profile/second-factor": "person",
    "/design": "",
    "/organizations": "",
    "/organizations?name=没有的局": "",
    "/organizations/{organization_id}": "",
    "/organizations/{ended_id}": "",
    "/organizations/new": "admin",
    "/organizations/{organization_id}/edit": "admin",
    "/organizations/{organization_id}/merge": "admin",
    "/organizations/{organization_id}/split": "admin",
    "/organizations/{organization_id}/close": "admin",
    "/invitations?token={invitation}": "",
    "/applications": "registrar",
    "/applications/new": "member",
    "/applications/{application_id}": "registrar",
    "/organizations/{organization_id}/members": "organization_admin",
    "/keys": "",
    "/keys#new": "person",
    "/organizations/{organization_id}/keys": "organization_admin",
    "/errors": "",
    "/nothing": "",
    "/runs": "admin",
    "/view-as": "steward",
    "/steering": "admin",
    "/steering/preview": "admin",
    "/networks": "admin",
    "/networks/{network_id}/end": "admin",
    "/products/new": "steward",
    "/datasets/{product_id}/request": "applicant",
    "/requests/{granted_id}": "applicant",
    "/audit": "auditor",
    "/audit?act=published&since=2020-01-01": "auditor",
    "/audit?since=never": "auditor",
    "/audit/1": "auditor",
    "/emergencies": "auditor",
    "/emergencies/{emergency_id}": "auditor",
    "/facts?subject=某银行": "security_admin",
    "/facts/kinds?kind=size": "security_admin",
    "/facts/{fact_id}/revoke": "security_admin",
    "/people/{person_id}/erasure": "security_admin",
    "/requests": "access_officer",
    "/requests/{request_id}": "access_officer",
}


def _context(
    browser: Browser, site: Site, language: str = "zh", size: str = "desktop", **more: object
) -> BrowserContext:
    return browser.new_context(base_url=site.url, locale=LANGUAGES[language], viewport=SIZES[size], **more)  # type: ignore[arg-type]


#: People, where nobody with a key sees the page.
PEOPLE = {"person": PERSON, "waiting": WITH_CODE}


def _barriers(page: Page) -> str:
    """What axe finds, told; only that comes out of the browser, which is quicker than all it looked at."""
    page.evaluate(AXE_SCRIPT)
    run = "axe.run({resultTypes: ['violations']}).then(({violations, url}) => ({violations, url}))"
    found = AxeResults(page.evaluate(run))
    return str(found.generate_report()) if found.violations_count else ""


def _sign_in(page: Page, site: Site, role: str) -> None:
    if role in PEOPLE:
        page.goto("/sign-in")
        page.fill("#email", PEOPLE[role])
        page.fill("#password", PASSWORD)
    elif role in site.filled.secrets:
        page.goto("/sign-in/key")
        page.fill("#key", site.filled.secrets[role])
    else:
        _as_person(page, site, role)
        return
    page.click("main button[type=submit]")


def _as_person(page: Page, site: Site, person: str) -> None:
    """Within a session in which the second factor was given."""
    portal, way = site.filled.portal, Way.PASSWORD
    with portal.database.transaction() as tx:
        secret = sessions.open_for_person(tx, person, Origin(), way=way, strong=True, waits=False, at=portal.clock())
    page.context.add_cookies([{"name": SESSION, "value": secret, "url": site.url}])


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A desktop window; what breaks the policy or throws fails the test."""
    context = _context(browser, site)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert not [text for text in said if "Content Security Policy" in text or "Error" in text]


# Every two of language, size and scheme meet.
@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [
        ("zh", "desktop", "light"),
        ("zh", "phone", "dark"),
        ("en", "desktop", "dark"),
        ("en", "phone", "light"),
    ],
)
def test_no_page_has_a_barrier_or_is_wider_than_its_window(
    browser: Browser, site: Site, language: str, size: str, scheme: str
) -> None:
    found = {}
    for role in dict.fromkeys(PAGES.values()):
        # Only the checking script needs the policy out of its way.
        context = _context(browser, site, language, size, color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        if role:
            _sign_in(page, site, role)
        for path in (path for path, who in PAGES.items() if who == role):
            page.goto(path.format(**vars(site.filled)))
            if page.locator(".why").count():
                page.locator(".why").first.click()
                page.wait_for_selector(".why[open]")
            if report := _barriers(page):
                found[path] = report
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found[f"{path} is too wide"] = ""
        context.close()

    assert not found, "\n".join(f"{path}\n{report}" for path, report in found.items())


@pytest.mark.parametrize(("language", "size"), [("zh", "desktop"), ("en", "phone"), ("zh", "phone"), ("en", "desktop")])
def test_a_view_through_other_eyes_is_told_and_stopped(browser: Browser, site: Site, language: str, size: str) -> None:
    context = _context(browser, site, language, size, bypass_csp=True)
    page = context.new_page()
    _sign_in(page, site, "steward")
    page.goto("/view-as?next=/search")
    page.get_by_role("radio").first.check()
    page.click("main button[type=submit]")
    stop = page.locator('form[action="/view-as/stop"] button')
    stop.wait_for()

    assert not (report := _barriers(page)), report
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")

    stop.click()
    page.wait_for_load_state()
    assert stop.count() == 0
    context.close()


def test_no_page_breaks_the_content_security_policy(page: Page, site: Site) -> None:
    for role in dict.fromkeys(who for who in PAGES.values() if who):
        _sign_in(page, site, role)
        for path in (path for path, who in PAGES.items() if who == role or (role == "admin" and not who)):
            page.goto(path.format(**vars(site.filled)))

    assert page.evaluate("document.querySelectorAll('style, [style]').length") == 0


def test_a_facet_keeps_address_focus_and_scroll_and_is_announced(page: Page) -> None:
    page.goto("/search?q=空气质量")
    page.evaluate("window.stays = true")
    box = page.get_by_role("group", name="格式").get_by_label(re.compile("CSV"))
    box.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")

    box.click()

    expect(page).to_have_url(re.compile(r"/search\?q=.+&format=csv$"))
    expect(page.locator("#live")).to_contain_text("找到")
    expect(page.locator(".chip")).to_have_count(1)
    assert page.evaluate("window.stays") is True
    assert page.evaluate("document.activeElement.value") == "csv"
    assert abs(page.evaluate("scrollY") - before) < 200

    page.locator(".chip").click()
    expect(page.locator(".chip")).to_have_count(0)
    page.go_back()
    expect(page.locator(".chip")).to_have_count(1)


def test_the_next_page_comes_without_a_reload_and_takes_the_focus(page: Page) -> None:
    page.goto("/search?size=2")
    page.evaluate("window.stays = true")

    page.locator("a[rel=next]").click()

    expect(page).to_have_url(re.compile("page=2"))
    expect(page.locator("[aria-current=page]", has_text="2")).to_be_visible()
    expect(page.locator("#count")).to_be_focused()
    assert page.evaluate("window.stays") is True


def test_everything_works_without_scripts(browser: Browser, site: Site) -> None:
    context = _context(browser, site, size="phone", java_script_enabled=False)
    page = context.new_page()
    page.goto("/search?q=空气质量")
    page.locator(".drawer > summary").click()
    page.get_by_role("group", name="格式").get_by_text("CSV").click()
    page.get_by_role("button", name="应用筛选").click()

    expect(page).to_have_url(re.compile("format=csv"))
    expect(page.locator(".chip")).to_have_count(1)
    expect(page.locator(".drawer > summary")).to_contain_text("已选 1 项")
    context.close()


def test_on_a_wide_screen_facets_are_open_without_scripts(browser: Browser, site: Site) -> None:
    context = _context(browser, site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/search")

    expect(page.get_by_role("group", name="格式").get_by_text("CSV")).to_be_visible()
    context.close()


def test_the_keyboard_leads_to_the_results(page: Page) -> None:
    page.goto("/search?q=空气质量")

    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.result h2 a')"):
            break
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/datasets/"))


def test_the_scheme_that_was_chosen_is_kept(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="切换浅色与深色").click()
    page.goto("/errors")

    assert page.evaluate("document.documentElement.dataset.scheme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_a_draft_outlives_the_page_until_it_is_taken(page: Page, site: Site) -> None:
    _sign_in(page, site, "applicant")
    path = f"/datasets/{site.filled.product_id}/request"
    page.goto(path)
    page.fill("#words", "写到一半")
    page.goto("/")
    page.goto(path)
    expect(page.locator("#words")).to_have_value("写到一半")

    page.get_by_label("科学研究").check()
    page.get_by_role("button", name="提交申请").click()
    expect(page).to_have_url(re.compile("/requests/"))
    page.goto(path)

    expect(page.locator("#words")).to_have_value("")


def test_a_run_under_way_is_shown_anew_and_a_finished_one_is_left_alone(page: Page, site: Site) -> None:
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "hx-request" in request.headers else None)
    page.goto(f"/runs/{site.filled.waiting_run_id}")
    page.wait_for_timeout(2500)
    assert len(asked) == 1

    page.goto(f"/runs/{site.filled.run_id}")
    page.wait_for_timeout(2500)
    assert len(asked) == 1


def test_the_home_page_fits_a_laptop(page: Page) -> None:
    page.goto("/")

    assert page.evaluate("document.documentElement.scrollHeight") <= 800
