"""The pages of steering: who sees them, nothing typed is lost, and a draft comes into force by way of its preview."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from tests.web.conftest import Filled

SignIn = Callable[[str], str]
EN = {"Accept-Language": "en"}


def form(csrf: str, revision: str = "1", **said: str) -> dict[str, str]:
    return {"csrf": csrf, "revision": revision} | said


def test_a_draft_is_kept_previewed_published_and_taken_back(
    client: TestClient, sign_in: SignIn, filled: Filled
) -> None:
    csrf = sign_in("admin")
    typed = form(
        csrf,
        synonyms_added="蓝卡通, 信用核验\n甲 => 乙, 丙",
        weights="title = 4",
        pins=f"空气质量 = {filled.product_id}",
        stop_added="请问 麻烦",
    )
    kept = client.post("/steering", data=typed, follow_redirects=False)
    preview = client.get("/steering/preview", headers=EN).text
    client.post("/steering/publish", data=form(csrf, "2", note="for the cards"))
    page = client.get("/steering", headers=EN).text
    client.post("/steering/versions/0/restore", data={"csrf": csrf})

    assert kept.headers["location"] == "/steering/preview"
    assert "空气质量" in preview
    assert "Recommended" in preview
    assert "for the cards" in page
    assert "Version 1 is in force." in page
    assert all(part in page for part in ("蓝卡通, 信用核验", "甲 =&gt; 乙, 丙", "title = 4", "请问 麻烦"))
    assert "Version 2 is in force." in client.get("/steering", headers=EN).text


def test_a_pinned_record_is_marked_on_the_page_of_results(client: TestClient, sign_in: SignIn, filled: Filled) -> None:
    csrf = sign_in("admin")
    client.post("/steering", data=form(csrf, pins=f"空气质量 = {filled.product_id}"), follow_redirects=False)
    client.post("/steering/publish", data=form(csrf, "2"))
    filled.portal.steering.refresh()
    page = client.get("/search?q=空气质量", headers=EN).text

    assert page.index("Recommended") < page.index(f"/datasets/{filled.product_id}") + 2000
    assert page.index(f"/datasets/{filled.product_id}") < page.index("Air quality readings")


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("synonyms_added", "蓝卡通"),
        ("weights", "title"),
        ("weights", "title = much"),
        ("weights", "titel = 3"),
        ("pins", "空气 = nothing"),
    ],
)
def test_what_was_typed_stays_and_the_mistake_stands_beside_it(
    client: TestClient, sign_in: SignIn, field: str, typed: str
) -> None:
    answer = client.post("/steering", data=form(sign_in("admin"), **{field: typed}, weak_added="台账"), headers=EN)

    assert answer.status_code == 422
    assert typed in answer.text
    assert "台账" in answer.text
    assert f'href="#{field}"' in answer.text


def test_of_two_editors_one_is_told(client: TestClient, sign_in: SignIn) -> None:
    csrf = sign_in("admin")
    client.post("/steering", data=form(csrf, weights="title = 4"), follow_redirects=False)

    assert client.post("/steering", data=form(csrf, weights="title = 5")).status_code == 412
    assert client.post("/steering/publish", data=form(csrf, "1")).status_code == 412


def test_others_do_not_see_it(client: TestClient, sign_in: SignIn) -> None:
    assert client.get("/steering").status_code == 401
    csrf = sign_in("steward")

    assert client.get("/steering").status_code == 403
    assert client.get("/steering/preview").status_code == 403
    assert client.post("/steering", data=form(csrf, weights="title = 4")).status_code == 403
    assert client.post("/steering/versions/0/restore", data={"csrf": csrf}).status_code == 403
