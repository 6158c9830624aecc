"""Forms: who may send them, what follows, and that nothing typed is lost when something is wrong."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from catalog.web.session import local
from tests.web.conftest import PUBLISHER, Filled, csrf_of

SignIn = Callable[[str], str]
EN = {"Accept-Language": "en"}


def _product(**changed: object) -> dict[str, object]:
    return {
        "title.zh": "交通指数",
        "title.en": "Traffic index",
        "description.zh": "按日",
        "kind": "report",
        "themes": "交通运输，城市",
        "keywords": "拥堵、车速",
        "license": "cn-operation",
        "made_from": "",
        "offer.purposes": ["research", "welfare"],
        "offer.calls": "20",
        "offer.days": "30",
        "offer.audience": "",
    } | changed


def _wish(**changed: object) -> dict[str, object]:
    return {"purpose": "business", "words": "贷前核验", "days": "30", "calls": "10"} | changed


FILE = {"file": ("index.csv", b"day,index\n2026-01-01,1.4\n")}


def test_signing_in_sets_a_cookie_that_scripts_cannot_read_and_goes_on(client: TestClient, filled: Filled) -> None:
    answer = client.post(
        "/sign-in/key", data={"key": filled.secrets["access_officer"], "next": "/requests"}, follow_redirects=False
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/requests")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert PUBLISHER in client.get("/requests").text


def test_over_https_the_cookie_is_secure(client: TestClient, filled: Filled) -> None:
    answer = client.post(
        "https://testserver/sign-in/key", data={"key": filled.secrets["access_officer"]}, follow_redirects=False
    )

    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["set-cookie"].startswith("__Host-shuyuan_session=")


def test_a_wrong_key_is_told_beside_the_field_and_not_repeated(client: TestClient) -> None:
    answer = client.post("/sign-in/key", data={"key": "shuyuan_key_wrong", "next": "/requests"}, headers=EN)

    assert answer.status_code == 401
    assert "This API key is not valid. Check for typing errors" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "shuyuan_key_wrong" not in answer.text
    assert 'value="/requests"' in answer.text


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example", "x", "/a\nb"])
def test_after_signing_in_nobody_is_sent_elsewhere(address: str) -> None:
    assert local(address) == "/"


def test_signing_out_ends_the_session(client: TestClient, sign_in: SignIn) -> None:
    csrf = sign_in("access_officer")

    client.post("/sign-out", data={"csrf": csrf})

    assert client.get("/requests").status_code == 401


def test_a_form_without_its_token_or_from_elsewhere_is_refused(
    client: TestClient, filled: Filled, sign_in: SignIn
) -> None:
    csrf = sign_in("applicant")
    path = f"/datasets/{filled.product_id}/request"

    assert client.post(path, data=_wish()).status_code == 403
    assert client.post(path, data=_wish(csrf="0" * 64)).status_code == 403
    assert client.post(path, data=_wish(csrf=csrf), headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post("/sign-in/key", data={"key": "x"}, headers={"Origin": "https://evil.example"}).status_code == 403


def test_a_product_is_registered_and_stands_on_its_page(client: TestClient, sign_in: SignIn) -> None:
    csrf = sign_in("steward")

    page = client.post("/products/new", data=_product(csrf=csrf), files=FILE, headers=EN)

    assert page.status_code == 200
    assert re.fullmatch(r"/datasets/\w{16}", page.url.path)
    for words in ("Traffic index", "拥堵", "城市", "up to 20 calls in 30 days", "index.csv"):
        assert words in page.text


@pytest.mark.parametrize(
    ("field", "value", "element"),
    [
        ("title.zh", "", "title-zh"),
        ("license", "no-such", "license"),
        ("made_from", "nothing-here", "made_from"),
        ("offer.calls", "many", "offer-calls"),
        ("offer.days", "99999", "offer-days"),
        ("kind", "dataset", "kind"),
        ("offer.purposes", [], "offer-purposes"),
    ],
)
def test_what_is_wrong_with_a_product_is_told_beside_its_field(
    client: TestClient, sign_in: SignIn, field: str, value: object, element: str
) -> None:
    sent = _product(csrf=sign_in("steward"), **{field: value})
    if field == "title.zh":
        del sent["title.en"]

    page = client.post("/products/new", data=sent, files=FILE, headers=EN)

    assert page.status_code == 422
    assert f'href="#{element}"' in page.text
    assert f'id="{element}-error"' in page.text
    assert "拥堵、车速" in page.text
    assert "按日" in page.text


def test_a_product_without_its_file_is_told_so(client: TestClient, sign_in: SignIn) -> None:
    page = client.post("/products/new", data=_product(csrf=sign_in("steward")), headers=EN)

    assert page.status_code == 422
    assert 'id="file-error"' in page.text


def test_an_applicant_is_told_which_key_registers_products(client: TestClient, sign_in: SignIn) -> None:
    csrf = sign_in("applicant")

    assert '<form action="/products/new"' not in client.get("/products/new").text
    assert client.post("/products/new", data=_product(csrf=csrf), files=FILE).status_code == 403


def test_access_from_asking_to_data(client: TestClient, filled: Filled, sign_in: SignIn) -> None:
    csrf = sign_in("applicant")
    asked = client.post(f"/datasets/{filled.product_id}/request", data=_wish(csrf=csrf), headers=EN)
    case = asked.url.path
    assert asked.status_code == 200
    assert "Submitted" in asked.text

    csrf = sign_in("access_officer")
    returned = client.post(f"{case}/return", data={"csrf": csrf, "reason": "请写明频次"}, headers=EN)
    assert "请写明频次" in returned.text

    csrf = sign_in("applicant")
    assert 'value="business" checked' in client.get(case).text
    client.post(f"{case}/amend", data=_wish(csrf=csrf, words="每月一次"))

    csrf = sign_in("access_officer")
    granted = client.post(f"{case}/approve", data={"csrf": csrf, "calls": "2", "days": "30", "note": "好"}, headers=EN)
    assert "Revoke the grant" in granted.text

    csrf = sign_in("applicant")
    shown = client.post(f"{case}/token", data={"csrf": csrf})
    token = re.search(r"shuyuan_token_\w+", shown.text)
    assert token
    assert shown.headers["cache-control"] == "no-store"
    assert token[0] not in client.get(case).text
    data = client.get(f"/data/{filled.product_id}", headers={"Authorization": f"Bearer {token[0]}"})
    assert data.content == b"a,b\n1,2\n"
    assert "1 / 2" in client.get(case).text

    csrf = sign_in("access_officer")
    revoked = client.post(f"{case}/revoke", data={"csrf": csrf, "reason": "用途不符"}, headers=EN)
    assert "Revoked" in revoked.text
    assert client.get(f"/data/{filled.product_id}", headers={"Authorization": f"Bearer {token[0]}"}).status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("purpose", "governance"),
        ("purpose", ""),
        ("words", " "),
        ("days", "x"),
        ("calls", "101"),
    ],
)
def test_a_wish_that_the_offer_does_not_allow_keeps_what_was_typed(
    client: TestClient, filled: Filled, sign_in: SignIn, field: str, value: str
) -> None:
    sent = _wish(csrf=sign_in("applicant"), **{"words": "写了很久的说明", field: value})

    page = client.post(f"/datasets/{filled.product_id}/request", data=sent, headers=EN)

    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert field == "words" or "写了很久的说明" in page.text


def test_a_reason_that_is_missing_is_told_in_its_own_form(client: TestClient, filled: Filled, sign_in: SignIn) -> None:
    csrf = sign_in("access_officer")

    page = client.post(f"/requests/{filled.request_id}/reject", data={"csrf": csrf, "reason": " "}, headers=EN)

    assert page.status_code == 422
    assert 'id="reject-reason-error"' in page.text
    assert 'id="return-reason-error"' not in page.text


def test_a_step_that_is_not_ones_own_is_refused(client: TestClient, filled: Filled, sign_in: SignIn) -> None:
    csrf = sign_in("applicant")

    terms = {"csrf": csrf, "calls": "1", "days": "1"}

    page = client.post(f"/requests/{filled.request_id}/approve", data=terms, headers=EN)

    assert page.status_code == 422
    assert "That step is not yours to take now." in page.text
    assert client.get(f"/requests/{filled.request_id}/approve?lang=en").url.path == f"/requests/{filled.request_id}"
    assert client.post(f"/requests/{filled.request_id}/explode", data={"csrf": csrf}).status_code == 404


def test_an_administrator_starts_a_run_and_others_are_not_offered_it(client: TestClient, sign_in: SignIn) -> None:
    assert 'name="location"' not in client.get("/runs").text
    sent = {
        "csrf": sign_in("admin"),
        "kind": "list",
        "location": "https://data.example.gov.cn/a.json",
        "source": "anshun",
        "mapping": "auto",
    }

    run = client.post("/runs", data=sent, headers=EN)
    wrong = client.post("/runs", data=sent | {"source": "安 顺"}, headers=EN)

    assert run.url.path.startswith("/runs/")
    assert "Waiting" in run.text
    assert 'hx-trigger="every 2s"' in run.text
    assert wrong.status_code == 422
    assert 'id="source-error"' in wrong.text
    assert "data.example.gov.cn/a.json" in wrong.text


def test_the_form_of_a_page_is_good_for_its_own_session_only(client: TestClient, sign_in: SignIn) -> None:
    before = sign_in("applicant")
    after = sign_in("access_officer")

    assert before != after
    assert csrf_of(client.get("/requests").text) == after
