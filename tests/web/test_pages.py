"""Pages as they leave the server: in both languages, escaped, nothing inline, and every link leads somewhere."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from catalog.api.errors import STATUS
from catalog.app import create_app
from catalog.web.texts import ago
from tests.web.conftest import HOSTILE, Filled

#: page → who looks at it, and the status
PAGES = {
    "/": ("", 200),
    "/search": ("", 200),
    "/search?q=空气质量&theme=生态环境&format=csv&keyword=空气&sort=modified": ("", 200),
    "/search?q=空气质量&page=99": ("", 200),
    "/search?q=zzqqzz&format=csv": ("", 200),
    "/search?sort=nonsense": ("", 422),
    "/search?page=x": ("", 422),
    "/datasets/{open_id}": ("", 200),
    "/datasets/{product_id}": ("", 200),
    "/datasets/{hostile_id}": ("", 200),
    "/datasets/{withdrawn_id}": ("", 410),
    "/datasets/nothing": ("", 404),
    "/datasets/{open_id}/request": ("applicant", 422),
    "/datasets/{product_id}/request": ("applicant", 200),
    "/products/new": ("steward", 200),
    "/requests": ("access_officer", 200),
    "/requests/{request_id}": ("access_officer", 200),
    "/requests/{granted_id}": ("applicant", 200),
    "/requests/nothing": ("applicant", 404),
    "/runs": ("admin", 200),
    "/runs/{run_id}": ("", 200),
    "/runs/{run_id}?page=2": ("", 200),
    "/runs/{waiting_run_id}": ("", 200),
    "/steering": ("admin", 200),
    "/steering/preview": ("admin", 200),
    "/networks": ("admin", 200),
    "/networks/{network_id}/end": ("admin", 200),
    "/sign-in": ("", 200),
    "/sign-in/key": ("", 200),
    "/sign-up": ("", 200),
    "/sign-up/confirm?token=x": ("", 410),
    "/reset": ("", 200),
    "/reset/choose?token=x": ("", 410),
    "/profile/address/confirm?token=x": ("", 410),
    "/about": ("", 200),
    "/profile": ("admin", 403),
    "/design": ("", 200),
    "/errors": ("", 200),
    "/nothing/here": ("", 404),
}
LANGUAGES = {"zh": "zh-CN", "en": "en"}


class Found(HTMLParser):
    """Links and everything inline of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.inline: list[str] = []
        self.ids: list[str] = []
        self._script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links |= {value for name, value in attrs if name in {"href", "src", "hx-get"} and value}
        self.ids += [given["id"] or ""] if "id" in given else []
        self.inline += [f"{tag} {name}" for name in given if name == "style" or name.startswith(("on", "hx-on"))]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in given) else []
        self.inline += [f"{tag} {value}" for value in given.values() if (value or "").lower().startswith("javascript:")]


@pytest.fixture
def at(filled: Filled) -> Callable[[str], str]:
    """The address of a page, with ids filled in."""
    return lambda path: path.format(**vars(filled))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_is_there_in_each_language(
    client: TestClient, sign_in: Callable[[str], str], at: Callable[[str], str], language: str
) -> None:
    for path, (role, status) in PAGES.items():
        client.cookies.clear()
        if role:
            sign_in(role)

        answer = client.get(at(path), headers={"Accept-Language": language})

        assert answer.status_code == status, path
        assert f'<html lang="{LANGUAGES[language]}">' in answer.text, path
        found = Found(answer.text)
        assert not found.inline, path
        assert len(found.ids) == len(set(found.ids)), (path, sorted(i for i in found.ids if found.ids.count(i) > 1))
        assert "<script>alert" not in answer.text, path
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_every_link_of_a_page_leads_somewhere(
    client: TestClient, sign_in: Callable[[str], str], at: Callable[[str], str]
) -> None:
    sign_in("admin")
    links: set[str] = set()
    for path, (_, status) in PAGES.items():
        if status == 200:
            links |= {link for link in Found(client.get(at(path)).text).links if link.startswith("/")}

    broken = {link for link in links if client.get(link).status_code >= 400 and "/request" not in link}

    assert not broken


def test_a_hostile_title_is_text(client: TestClient, filled: Filled) -> None:
    for path in (f"/datasets/{filled.hostile_id}", "/search?q=alert", "/search?opening=none&size=100", "/"):
        page = client.get(path).text

        assert HOSTILE not in page
        assert "&lt;script&gt;" in page or "<mark>alert</mark>" in page


def test_the_language_is_chosen_once(client: TestClient) -> None:
    client.get("/?lang=en", headers={"Accept-Language": "zh"})

    later = client.get("/", headers={"Accept-Language": "zh"})

    assert '<html lang="en">' in later.text


def test_htmx_is_given_the_results_and_their_address_alone(client: TestClient, filled: Filled) -> None:
    whole = client.get("/search?q=空气质量&sort=relevance&theme=生态环境")
    part = client.get("/search?q=空气质量&sort=relevance&theme=生态环境", headers={"HX-Request": "true"})

    assert part.text.lstrip().startswith('<div id="results"')
    assert part.text.strip() in whole.text
    assert "sort=" not in part.headers["HX-Push-Url"]
    assert "theme=" in part.headers["HX-Push-Url"]


def test_facets_are_of_the_address_and_values_within_one_are_alternatives(client: TestClient, filled: Filled) -> None:
    page = client.get("/search?format=csv&format=xlsx", headers={"Accept-Language": "en"}).text

    assert len(re.findall(r'<input [^>]*name="format"[^>]* checked', page)) == 2
    assert page.count('class="chip"') == 2
    assert _found(page) > _found(client.get("/search?format=csv", headers={"Accept-Language": "en"}).text)


def _found(page: str) -> int:
    count = re.search(r"([\d,]+) records? found", page)
    return int(count[1]) if count else 0


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-11-25", "today"),
        ("2026-11-20", "5 days ago"),
        ("2026-11-10", "2 weeks ago"),
        ("2026-01-10", "10 months ago"),
        ("2025-12-01", "11 months ago"),
        ("2025-03-01", "1 year ago"),
        ("2019-03-22", "7 years ago"),
        ("2027-01-01", ""),
    ],
)
def test_what_is_past_is_told_in_whole_units(day: str, said: str) -> None:
    assert ago(day, datetime(2026, 11, 25, 6, tzinfo=UTC), "en") == said


def test_a_withdrawn_record_leads_to_its_successor(client: TestClient, filled: Filled) -> None:
    answer = client.get(f"/datasets/{filled.withdrawn_id}")

    assert answer.status_code == 410
    assert f'href="/datasets/{filled.hostile_id}"' in answer.text


def test_an_open_file_is_downloaded_from_the_page(client: TestClient, filled: Filled) -> None:
    page = client.get(f"/datasets/{filled.open_id}").text
    href = re.search(r'class="button main" href="([^"]+)"', page)

    assert href
    assert client.get(href[1]).content.startswith("站点".encode())
    assert "松溪路站" in page


def test_a_product_shows_no_row_of_its_file(client: TestClient, filled: Filled) -> None:
    page = client.get(f"/datasets/{filled.product_id}").text

    assert 'id="preview"' not in page
    assert f'href="/datasets/{filled.product_id}/request"' in page


def test_the_ledger_adds_up_on_the_page(client: TestClient, filled: Filled) -> None:
    page = client.get(f"/runs/{filled.run_id}?page=2", headers={"Accept-Language": "en"}).text

    assert (
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page)).count(
            "62 read = 1 created + 0 updated + 1 unchanged + 60 rejected"
        )
        == 1
    )
    assert "The ledger adds up." in page
    assert page.count("The key is too long.") == 10


def test_every_error_is_explained_where_its_type_leads(client: TestClient) -> None:
    page = client.get("/errors", headers={"Accept-Language": "zh"}).text

    for kind in STATUS:
        assert f'id="{kind.__name__}"' in page
    assert "API 密钥" in page


def test_a_page_that_needs_a_key_offers_to_sign_in_and_comes_back(client: TestClient) -> None:
    answer = client.get("/requests")

    assert answer.status_code == 401
    assert 'href="/sign-in?next=%2Frequests"' in answer.text


def test_static_files_are_kept_for_good_and_only_under_their_digest(client: TestClient) -> None:
    href = re.search(r'href="(/static/[^"]+style\.css)"', client.get("/").text)

    assert href
    assert "immutable" in client.get(href[1]).headers["cache-control"]
    assert client.get("/static/000000000000/style.css").status_code == 404


def test_each_row_says_why_it_was_found(client: TestClient, filled: Filled) -> None:
    page = client.get("/search?q=空气质量&format=csv&page=1").text
    href = unescape(re.search(r'<a class="why" href="([^"]+)"', page)[1])  # type: ignore[index]
    told = client.get(href).text
    part = client.get(href, headers={"HX-Request": "true"}).text

    assert "空气质量监测数据" in told
    assert "题名" in told
    assert 'href="/search?q=%E7%A9%BA%E6%B0%94%E8%B4%A8%E9%87%8F&amp;format=csv"' in told
    assert part.startswith('<details class="why" open>')
    assert "题名" in part
    assert 'class="why"' not in client.get("/search").text


def test_a_record_that_is_not_on_the_page_of_results_is_not_explained(client: TestClient, filled: Filled) -> None:
    missing = client.get(f"/search/why/{filled.open_id}?q=zzqqzz")

    assert missing.status_code == 404
    assert "重新搜索" in missing.text


def test_of_what_editors_pinned_it_is_said_that_they_did(
    client: TestClient, filled: Filled, bearer: Callable[..., dict[str, str]]
) -> None:
    editor = bearer("admin", "平台")
    for method, path, body in (
        (client.put, "/api/v1/steering/draft", {"pins": {"空气质量": [filled.open_id]}}),
        (client.post, "/api/v1/steering/publish", {"note": "置顶"}),
    ):
        tag = client.get("/api/v1/steering/draft", headers=editor).headers["etag"]
        method(path, json=body, headers=editor | {"If-Match": tag}).raise_for_status()
    filled.portal.steering.refresh()

    page = client.get("/search?q=空气质量").text
    links = [unescape(href) for href in re.findall(r'<a class="why" href="([^"]+)"', page)]

    assert filled.open_id in links[0]
    assert "由平台编辑置顶" in client.get(links[0]).text
    assert "由平台编辑置顶" not in client.get(links[1]).text


def test_a_correction_is_said_and_can_be_refused(client: TestClient, filled: Filled) -> None:
    corrected = client.get("/search", params={"q": "空汽质量"}).text
    exactly = client.get("/search", params={"q": "空汽质量", "exact": "true"}).text

    assert "未找到“空汽质量”，已按“<b>空气质量</b>”搜索" in corrected
    assert _links(corrected, "exact=true")
    assert "没有记录包含：" in exactly
    assert _links(exactly, "q=%E7%A9%BA%E6%B0%94%E8%B4%A8%E9%87%8F")


def _links(page: str, part: str) -> list[str]:
    return [href for href in re.findall(r'href="(/search[^"]*)"', page) if part in href]


def test_every_cure_of_an_empty_result_finds_what_it_promises(client: TestClient, filled: Filled) -> None:
    page = client.get(
        "/search", params={"q": "空气质量 鲲鹏志怪", "theme": "交通运输", "format": "api", "exact": "true"}
    )

    cures = re.findall(r'<li><a href="([^"]+)"[^>]*>[^<]+</a> <span class="quiet">(\d+) 条记录', page.text)
    assert len(cures) >= 1
    for href, promised in cures:
        assert f"找到 {promised} 条" in client.get(href.replace("&amp;", "&")).text


def test_a_folded_row_leads_to_its_series(client: TestClient) -> None:
    page = client.get("/design").text

    assert re.search(r'<a class="same" href="/design"[^>]*>另有 12 条同类</a>', page)


def test_data_is_asked_for_where_the_portal_takes_such_wishes(client: TestClient, filled: Filled) -> None:
    assert "提出数据需求" not in client.get("/search?q=zzqqzz").text

    app = create_app(filled.portal)
    app.add_api_route("/demands/new", lambda: None)

    assert 'href="/demands/new?q=zzqqzz"' in TestClient(app).get("/search?q=zzqqzz").text
