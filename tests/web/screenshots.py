"""Pictures of the search as readers see it: ``python -m tests.web.screenshots URL FOLDER``, on a portal that is served.

Each state at 1280 and 390 pixels, in Chinese and English. The pictures are to be looked at, and are not kept.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from tests.browsers import chromium

WIDTHS = {1280: 800, 390: 844}
LANGUAGES = {"zh": "zh-CN", "en": "en-US"}


def suggestions(page: Page) -> None:
    page.goto("/")
    page.locator("#q").press_sequentially("gjj", delay=30)
    page.wait_for_selector("#q-list [role=option] mark:text-is('公积金')")
    page.keyboard.press("ArrowDown")


def facets(page: Page) -> None:
    page.goto("/search?q=学校&opening=unconditional")
    if page.viewport_size and page.viewport_size["width"] < 960:
        page.locator(".drawer > summary").click()


def why(page: Page) -> None:
    page.goto("/search?q=泸州 公积金")
    page.locator(".why").first.click()
    page.wait_for_selector(".why[open]")


def corrected(page: Page) -> None:
    page.goto("/search?q=公机金")


def nothing(page: Page) -> None:
    page.goto("/search?q=学校 饕餮&format=xlsx&exact=true")


def folding(page: Page) -> None:
    page.goto("/search?q=空气质量")


def alike(page: Page) -> None:
    page.goto("/search?q=学校名录")
    page.locator(".result h2 a").first.click()
    page.locator("#more").scroll_into_view_if_needed()


STATES: tuple[Callable[[Page], None], ...] = (suggestions, facets, why, corrected, nothing, folding, alike)


def take(url: str, folder: Path) -> None:
    """Every state in every size and language, as FOLDER/state-width-language.png."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for width, height in WIDTHS.items():
            for language, locale in LANGUAGES.items():
                size = {"width": width, "height": height}
                page = browser.new_context(base_url=url, locale=locale, viewport=size).new_page()  # type: ignore[arg-type]
                for state in STATES:
                    state(page)
                    page.screenshot(path=folder / f"{state.__name__}-{width}-{language}.png")


if __name__ == "__main__":
    take(sys.argv[1], Path(sys.argv[2]))
