"""Nobody decides on what he asked for himself, whatever roles he holds; somebody else can."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from catalog.domain.accounts import Origin, Way
from catalog.domain.people import Membership, Role
from catalog.services import sessions
from tests.people import add_person
from tests.serving import application
from tests.web.conftest import BANK, PUBLISHER, Filled, csrf_of

WISH = {"purpose": "business", "words": "贷前核验", "days": "30", "calls": "10"}
TERMS = {"calls": "10", "days": "30", "note": ""}
Browsing = Callable[..., TestClient]


@pytest.fixture
def browsing(filled: Filled) -> Browsing:
    """A browser in which somebody with these roles is signed in, second factor and all."""
    portal = filled.portal

    def opened(email: str, *roles: tuple[Role, str]) -> TestClient:
        with portal.database.transaction() as tx:
            at = portal.clock()
            ids = tx.organizations.owners(dict.fromkeys((name for _, name in roles), None))
            held = [Membership(role, ids[name]) for role, name in roles]
            person = add_person(tx, email, *held, at=at)
            origin = Origin("test", "test")
            secret = sessions.open_for_person(tx, person, origin, way=Way.PASSWORD, strong=True, waits=False, at=at)
        return TestClient(application(portal), cookies={"shuyuan_session": secret}, follow_redirects=False)

    return opened


def test_an_officer_cannot_decide_on_his_own_request_and_another_can(filled: Filled, browsing: Browsing) -> None:
    both = browsing("both@example.cn", (Role.APPLICANT, BANK), (Role.ACCESS_OFFICER, PUBLISHER))
    other = browsing("other@example.cn", (Role.ACCESS_OFFICER, PUBLISHER))
    form = f"/datasets/{filled.product_id}/request"
    asked = both.post(form, data={"csrf": csrf_of(both.get(form).text), **WISH})
    assert asked.status_code == 303, asked.text
    case = asked.headers["location"]

    for step, said in (("approve", TERMS), ("reject", {"reason": "不"}), ("return", {"reason": "不"})):
        page = both.get(case)
        assert f'action="{case}/{step}"' not in page.text
        refused = both.post(f"{case}/{step}", data={"csrf": csrf_of(page.text), **said})
        assert refused.status_code == 422
    page = other.get(case)
    assert f'action="{case}/approve"' in page.text
    granted = other.post(f"{case}/approve", data={"csrf": csrf_of(page.text), **TERMS})

    assert granted.status_code == 303
    with filled.portal.database.reading() as tx:
        row = tx.access.get(case.rpartition("/")[2])
        assert row is not None
        assert row.state == "granted"


def test_he_decides_on_what_others_asked_for(filled: Filled, browsing: Browsing) -> None:
    both = browsing("both@example.cn", (Role.APPLICANT, BANK), (Role.ACCESS_OFFICER, PUBLISHER))
    case = f"/requests/{filled.request_id}"

    page = both.get(case)
    granted = both.post(f"{case}/approve", data={"csrf": csrf_of(page.text), **TERMS})

    assert granted.status_code == 303
