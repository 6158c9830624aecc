"""Pages of organizations: what they show, and that nothing ends before it was said what will happen."""

from collections.abc import Callable

from fastapi.testclient import TestClient
from stdnum.cn import uscc

from catalog.domain.people import Level, Membership, Role
from catalog.portal import Portal
from tests.people import PASSWORD, add_person, add_second_factor, link_of, mails
from tests.web.conftest import PUBLISHER, Filled, csrf_of

SignIn = Callable[[str], str]
ENGLISH = {"accept-language": "en"}


def test_a_page_shows_names_place_and_history_and_an_ended_one_its_successor(
    client: TestClient, filled: Filled
) -> None:
    shown = client.get(f"/organizations/{filled.organization_id}", headers=ENGLISH)
    ended = client.get(f"/organizations/{filled.ended_id}", headers=ENGLISH)

    assert shown.status_code == 200
    for said in (
        "省大数据中心",
        "四川省人民政府",
        "省大数据局数据站",
        "Credit check",
        "Organization renamed",
        "91350100M000100Y43",
    ):
        assert said in shown.text
    assert ended.status_code == 410
    assert f'href="/organizations/{filled.organization_id}"' in ended.text
    assert "/merge" not in shown.text
    assert client.get("/organizations/nobody").status_code == 404


def test_a_former_name_leads_to_the_page(client: TestClient, filled: Filled) -> None:
    found = client.get("/organizations?name=省信息中心", follow_redirects=False)

    assert found.headers["location"] == f"/organizations/{filled.organization_id}"


def test_an_organization_is_made_and_changed_in_forms_that_keep_what_was_typed(
    client: TestClient, filled: Filled, sign_in: SignIn
) -> None:
    csrf = sign_in("admin")
    typed = {"csrf": csrf, "name": "市气象站", "kind": "department", "level": "city", "territory": "999999"}

    wrong = client.post("/organizations/new", data=typed, headers=ENGLISH)
    made = client.post("/organizations/new", data=typed | {"territory": "5105", "parent": PUBLISHER})
    page = str(made.url.path)
    moved = client.post(f"{page}/edit", data={"csrf": csrf, "name": "市气象台", "level": "county", "parent": ""})

    assert wrong.status_code == 422
    assert 'value="市气象站"' in wrong.text
    assert "There is no place 999999" in wrong.text
    assert made.status_code == moved.status_code == 200
    assert "市气象台" in moved.text
    assert "市气象站" in moved.text
    assert client.post(f"{page}/edit", data={"csrf": csrf, "name": PUBLISHER}).status_code == 422


def test_a_merge_is_confirmed_on_a_page_that_says_what_will_happen(
    client: TestClient, filled: Filled, sign_in: SignIn
) -> None:
    csrf, path = sign_in("admin"), f"/organizations/{filled.organization_id}"

    wrong = client.post(f"{path}/merge", data={"csrf": csrf, "into": "没有的局"}, headers=ENGLISH)
    asked = client.post(f"{path}/merge", data={"csrf": csrf, "into": "市气象局"}, headers=ENGLISH)
    before = client.get(path).status_code
    done = client.post(f"{path}/merge", data={"csrf": csrf, "into": "市气象局", "confirmed": "yes"})

    assert wrong.status_code == 422
    assert "There is no organization 没有的局" in wrong.text
    assert asked.status_code == before == 200
    assert "1 member" in asked.text
    assert "Merge the organizations" in asked.text
    assert done.status_code == 200
    assert "市气象局" in done.text
    assert client.get(path).status_code == 410


def test_a_split_says_how_many_records_go_where(client: TestClient, filled: Filled, sign_in: SignIn) -> None:
    csrf, path = sign_in("admin"), f"/organizations/{filled.organization_id}/split"
    form = {"csrf": csrf, "name-1": "数据管理处", "records-1": filled.product_id, "name-2": "数据服务处", "ends": "2"}

    wrong = client.post(path, data=form | {"records-1": "nothing"}, headers=ENGLISH)
    asked = client.post(path, data=form, headers=ENGLISH)
    done = client.post(path, data=form | {"confirmed": "yes"})

    assert wrong.status_code == 422
    assert "has no record nothing" in wrong.text
    assert "数据管理处: 1 record" in asked.text
    assert done.status_code == 200
    assert "企业信用核验" in done.text


def test_what_is_still_open_keeps_an_organization(client: TestClient, filled: Filled, sign_in: SignIn) -> None:
    csrf, path = sign_in("admin"), f"/organizations/{filled.organization_id}/close"

    asked = client.get(path, headers=ENGLISH)
    refused = client.post(path, data={"csrf": csrf, "confirmed": "yes"})

    assert "cannot be closed yet" in asked.text
    assert "Close the organization" not in asked.text
    assert refused.status_code == 422


def test_members_are_invited_and_their_roles_changed(client: TestClient, filled: Filled, sign_in: SignIn) -> None:
    csrf, path = sign_in("organization_admin"), f"/organizations/{filled.organization_id}/members"
    member = filled.portal.database
    with member.reading() as tx:
        membership = tx.people.members(filled.organization_id, at=filled.portal.clock())[0]["id"]

    wrong = client.post(path, data={"csrf": csrf, "email": "nobody", "role": "editor"})
    raised = client.post(path, data={"csrf": csrf, "email": "x@example.cn", "role": "admin"})
    invited = client.post(path, data={"csrf": csrf, "email": "han@example.cn", "role": "applicant"})
    changed = client.post(f"{path}/{membership}/role", data={"csrf": csrf, "to": "editor"})

    assert wrong.status_code == raised.status_code == 422
    assert "han@example.cn" in invited.text
    assert changed.status_code == 200
    with member.reading() as tx:
        assert [m["role"] for m in tx.people.members(filled.organization_id, at=filled.portal.clock())] == ["editor"]


def test_who_may_not_is_told_so_and_nothing_changes(client: TestClient, filled: Filled, sign_in: SignIn) -> None:
    path = f"/organizations/{filled.organization_id}"
    csrf = sign_in("steward")

    assert client.get(f"{path}/members").status_code == 403
    assert client.get(f"{path}/merge").status_code == 403
    assert client.post(f"{path}/merge", data={"csrf": csrf, "into": "市气象局", "confirmed": "yes"}).status_code == 403
    assert client.post(f"{path}/merge", data={"into": "市气象局", "confirmed": "yes"}).status_code == 403
    assert client.get(path).status_code == 200


def test_results_of_an_organization_have_its_name_on_a_chip_in_page_and_api(client: TestClient, filled: Filled) -> None:
    page = client.get(f"/search?owner={filled.organization_id}", headers=ENGLISH)
    told = client.get(f"/api/v1/search?owner={filled.organization_id}").json()

    assert [hit["id"] for hit in told["hits"]] == [filled.product_id]
    assert PUBLISHER in page.text.partition('class="chip"')[2].partition("</a>")[0]
    assert client.get("/api/v1/search?owner=nobody").json()["total"] == 0


def _signed_in(client: TestClient, portal: Portal, email: str, *held: Membership) -> str:
    """A person with an account and roles, who signs in with the second factor; what forms send back."""
    with portal.database.transaction() as tx:
        person = add_person(tx, email, *held, at=portal.clock())
        code = add_second_factor(tx, portal, person, at=portal.clock())
    client.post("/sign-out", data={"csrf": ""})
    client.cookies.clear()
    waiting = client.post("/sign-in", data={"email": email, "password": PASSWORD})
    client.post(str(waiting.url.path), data={"code": code(portal.clock())})
    return csrf_of(client.get("/applications").text)


def test_who_is_invited_by_mail_takes_the_role_on_the_page(client: TestClient, filled: Filled) -> None:
    mail = next(m for m in mails(filled.portal) if m["To"] == "li.lei@example.cn")
    path = link_of(mail).removeprefix("http://testserver")

    guest = client.get(path, headers=ENGLISH)
    csrf = _signed_in(client, filled.portal, "li.lei@example.cn")
    taken = client.post("/invitations", data={"csrf": csrf, "token": path.partition("token=")[2]})

    assert "Sign in with that account" in guest.text
    assert taken.status_code == 200
    assert str(taken.url.path) == f"/organizations/{filled.organization_id}"
    assert client.get(path).status_code == 410


def test_a_company_is_applied_for_and_verified_on_pages_and_the_applicant_is_told(
    client: TestClient, filled: Filled
) -> None:
    form = {"name": "泸州数据有限公司", "uscc": "91510100MA6CNQBR25", "territory": "510502"}
    words = {"evidence": "营业执照 A-1", "contact": "王工"}
    csrf = _signed_in(client, filled.portal, "wang@c.cn")

    wrong = client.post("/applications/new", data={"csrf": csrf, **form, "uscc": "1", **words}, headers=ENGLISH)
    number = checked(form["uscc"])
    asked = client.post("/applications/new", data={"csrf": csrf, **form, "uscc": number, **words})
    path = str(asked.url.path)
    registrar = Membership(Role.REGISTRAR, level=Level.COUNTY, territory="5105")
    csrf = _signed_in(client, filled.portal, "li@gov.cn", registrar)
    queue = client.get("/applications")
    done = client.post(f"{path}/verify", data={"csrf": csrf, "note": "核对无误"}, headers=ENGLISH)

    assert wrong.status_code == 422
    assert "营业执照 A-1" in wrong.text
    assert path in queue.text
    assert "Page of the company" in done.text
    told = next(m for m in mails(filled.portal) if m["To"] == "wang@c.cn")
    assert "泸州数据有限公司" in told["Subject"]
    assert path in told.get_content()


def checked(number: str) -> str:
    """The same with the right check character."""
    return number[:17] + uscc.calc_check_digit(number[:17])
