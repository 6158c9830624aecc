"""View as: an editor sees pages and the search through other eyes, and stops."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from catalog.portal import Portal
from tests.web.conftest import PUBLISHER

Bearer = Callable[..., dict[str, str]]
DRAFT = {"source_key": "d", "title": "降雨草稿", "publisher": {"name": PUBLISHER}, "visibility": "draft"}


@pytest.fixture
def draft(client: TestClient, bearer: Bearer, drained: Callable[[], None]) -> str:
    made = client.post("/api/v1/datasets", json=DRAFT, headers=bearer("steward", PUBLISHER)).json()
    drained()
    return f"/datasets/{made['id']}"


def viewed(client: TestClient, csrf: str, eyes: str, organization: str = "") -> int:
    sent = {"csrf": csrf, "eyes": eyes, "organization": organization, "next": "/search"}
    return client.post("/view-as", data=sent, follow_redirects=False).status_code


def test_a_steward_finds_his_draft_with_a_badge_and_why_it_is_hidden(
    client: TestClient, sign_in: Callable[[str], str], draft: str
) -> None:
    assert client.get(draft).status_code == 404

    sign_in("steward")

    assert client.get(draft).status_code == 200
    found = client.get("/search?q=降雨草稿").text
    assert f'href="{draft}"' in found
    assert "草稿</span>" in found
    assert "只有本机构能看到" in client.get(draft).text
    assert "降雨草稿" in client.get("/search/export.csv?q=降雨").text


@pytest.mark.parametrize("eyes", ["public", "applicant"])
def test_through_the_eyes_of_others_a_draft_is_not_there(
    client: TestClient, sign_in: Callable[[str], str], draft: str, eyes: str
) -> None:
    csrf = sign_in("steward")
    assert viewed(client, csrf, eyes) == 303

    assert client.get(draft).status_code == 404
    assert draft not in client.get("/search?q=降雨草稿").text
    assert "降雨草稿" not in client.get("/search/export.csv?q=降雨").text
    assert "降雨草稿" not in client.get("/suggest?q=降雨").text
    assert 'action="/view-as/stop"' in client.get("/search").text

    client.post("/view-as/stop", data={"csrf": csrf, "next": draft})
    assert client.get(draft).status_code == 200


def test_a_member_of_ones_own_organization_sees_its_draft(
    client: TestClient, sign_in: Callable[[str], str], draft: str
) -> None:
    assert viewed(client, sign_in("steward"), "member", PUBLISHER) == 303

    assert client.get(draft).status_code == 200


def test_a_view_never_shows_more_than_the_viewer_sees(
    client: TestClient, bearer: Bearer, sign_in: Callable[[str], str]
) -> None:
    other = {**DRAFT, "publisher": {"name": "市教育局"}}
    made = client.post("/api/v1/datasets", json=other, headers=bearer("steward", "市教育局")).json()

    assert viewed(client, sign_in("steward"), "member", "市教育局") == 303

    assert client.get(f"/datasets/{made['id']}").status_code == 404


def test_nothing_is_changed_while_viewing(client: TestClient, sign_in: Callable[[str], str], draft: str) -> None:
    csrf = sign_in("steward")
    viewed(client, csrf, "member", PUBLISHER)

    for address in ("/products/new", "/view-as", "/subscriptions/new", f"{draft}/request"):
        assert client.post(address, data={"csrf": csrf}).status_code == 403, address


def test_a_view_of_an_organization_that_is_gone_is_no_view(
    client: TestClient, portal: Portal, sign_in: Callable[[str], str], draft: str
) -> None:
    with portal.database.transaction() as tx:
        tx.organizations.owners({"市旧局": None})
    viewed(client, sign_in("steward"), "member", "市旧局")
    assert client.get(draft).status_code == 404

    with portal.database.transaction() as tx:
        [gone] = tx.organizations.called(["市旧局"]).values()
        tx.organizations.end(gone, successor=None, at=portal.clock())

    assert client.get(draft).status_code == 200
    assert 'action="/view-as/stop"' not in client.get("/search").text


def test_a_view_is_of_one_session(client: TestClient, sign_in: Callable[[str], str], draft: str) -> None:
    viewed(client, sign_in("steward"), "public")
    kept = client.cookies.get("shuyuan_view")

    client.cookies.clear()
    sign_in("steward")
    client.cookies.set("shuyuan_view", str(kept))

    assert client.get(draft).status_code == 200


def test_what_cannot_be_viewed_is_told_beside_the_field(client: TestClient, sign_in: Callable[[str], str]) -> None:
    csrf = sign_in("steward")

    assert viewed(client, csrf, "member", "没有的局") == 422
    assert viewed(client, csrf, "everything") == 422
    assert client.get("/view-as").status_code == 200


def test_who_edits_nothing_views_as_nobody(client: TestClient, sign_in: Callable[[str], str]) -> None:
    assert viewed(client, sign_in("applicant"), "public") == 403
