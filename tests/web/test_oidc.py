"""Signing in through an identity provider: a real one answers on loopback, and people walk there and back."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import authlib.deprecate  # noqa: F401 it switches its warnings on, and may do so only before they are switched off
import httpx
import pytest
from fastapi.testclient import TestClient

from catalog.app import create_app
from catalog.domain.networks import Use
from catalog.domain.people import OPERATOR, Membership, Role
from catalog.portal import Portal
from catalog.services import networks, people
from catalog.services.networks import Wanted
from catalog.settings import Settings
from catalog.wiring import open_portal
from tests.people import add_person, add_second_factor, link_of, mails
from tests.serving import application
from tests.web.conftest import csrf_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from oidc_provider_mock import run_server_in_thread

#: The provider uses what Authlib will drop.
pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config", "ignore:authlib.jose")
EN = {"Accept-Language": "en"}
EMAIL = "li.na@example.cn"
DEPARTMENT, USCC = "市气象局", "11510500008384962C"
ROLES = f"""
claim = "realm.roles"

[[roles]]
value = "weather-editors"
role = "editor"
organization = "{DEPARTMENT}"

[[roles]]
value = "weather-stewards"
role = "steward"
organization = "{USCC}"

[[roles]]
value = "catalog-admins"
role = "admin"

[[roles]]
value = "auditors"
role = "auditor"

[[roles]]
value = "elsewhere"
role = "editor"
organization = "没有的单位"
"""


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with run_server_in_thread(require_nonce=True) as server:
            yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def allowed() -> bool:
    """Whether the portal may connect to loopback for its provider."""
    return True


@pytest.fixture
def portal(tmp_path: Path, issuer: str, allowed: bool) -> Iterator[Portal]:
    roles = tmp_path / "roles.toml"
    roles.write_text(ROLES, "utf-8")
    settings = Settings(
        data=tmp_path / "var",
        oidc_issuer=issuer,
        oidc_name="省统一认证",
        oidc_client_id="shuyuan",
        oidc_client_secret="s" * 32,
        oidc_roles=roles,
        _env_file=None,
    )
    portal = open_portal(settings)
    with portal.database.transaction() as tx:
        tx.organizations.owners({DEPARTMENT: USCC})
        if allowed:
            wanted = Wanted("loopback", "127.0.0.0/8", Use.OIDC, "tests", target="127.0.0.1")
            networks.allow(tx, OPERATOR, wanted, at=portal.clock())
    yield portal
    portal.close()


@pytest.fixture
def client(portal: Portal) -> Iterator[TestClient]:
    with TestClient(application(portal), headers=EN) as client:
        yield client


@pytest.fixture
def at_provider(issuer: str) -> Callable[..., None]:
    """Set what the provider says of somebody."""

    def tell(subject: str, *roles: str, **claims: object) -> None:
        body = {"name": "李娜", "email": EMAIL, "email_verified": True, "realm": {"roles": list(roles)}, **claims}
        assert httpx.put(f"{issuer}/users/{subject}", json=body).is_success

    return tell


def walk(client: TestClient, subject: str, *, after: str = "/", action: str = "authorize") -> httpx.URL:
    """To the provider, through its page, and where it leads back to."""
    begun = client.get("/sign-in/provider", params={"next": after}, follow_redirects=False)
    assert begun.status_code == 303, begun.text
    answer = httpx.post(begun.headers["location"], data={"sub": subject, "action": action})
    assert answer.status_code == 302, answer.text
    return httpx.URL(answer.headers["location"])


def come_back(client: TestClient, back: httpx.URL | str) -> httpx.Response:
    return client.get(str(back), follow_redirects=False)  # type: ignore[return-value]  # the same in all that is used


def roles_of(portal: Portal) -> set[str]:
    with portal.database.reading() as tx:
        [person] = [one for one in tx.people.listed(size=10) if one["email"] == EMAIL]
        return {held.role for held in tx.people.held(person["id"], at=datetime.now(UTC))}


def test_who_comes_for_the_first_time_gets_an_account_with_roles_from_claims(
    client: TestClient, portal: Portal, at_provider: Callable[..., None]
) -> None:
    at_provider("u1", "weather-editors", "weather-stewards", "elsewhere", "unknown")
    assert "Sign in through 省统一认证" in client.get("/sign-in").text

    answer = come_back(client, walk(client, "u1", after="/profile"))

    assert (answer.status_code, answer.headers["location"]) == (303, "/profile")
    page = client.get("/profile").text
    assert "李娜" in page
    assert EMAIL in page
    assert DEPARTMENT in page
    assert "None: you sign in through the identity provider" in page
    assert roles_of(portal) == {"editor", "steward"}


def test_the_way_there_has_state_nonce_and_a_challenge(client: TestClient) -> None:
    address = client.get("/sign-in/provider", follow_redirects=False).headers["location"]
    query = parse_qs(urlsplit(address).query)

    assert query["response_type"] == ["code"]
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == ["http://testserver/sign-in/provider/back"]
    assert len({*query["state"], *query["nonce"], *query["code_challenge"]}) == 3


def test_roles_from_claims_end_with_the_claim_and_others_stay(
    client: TestClient, portal: Portal, at_provider: Callable[..., None]
) -> None:
    at_provider("u1", "weather-editors", "weather-stewards")
    come_back(client, walk(client, "u1"))
    with portal.database.transaction() as tx:
        [person] = tx.people.listed(size=10)
        here = tx.organizations.owners({DEPARTMENT: None})[DEPARTMENT]
        people.grant(tx, OPERATOR, person["id"], Membership(Role.APPLICANT, here), at=portal.clock())

    at_provider("u1", "weather-stewards")
    come_back(client, walk(client, "u1"))

    assert roles_of(portal) == {"steward", "applicant"}


def test_roles_that_exclude_one_another_are_not_both_given(
    client: TestClient, portal: Portal, at_provider: Callable[..., None]
) -> None:
    at_provider("u1", "catalog-admins", "auditors", amr=["pwd", "otp"])
    assert come_back(client, walk(client, "u1")).status_code == 303

    assert roles_of(portal) == {"admin"}
    assert client.get("/steering").status_code == 200


def test_without_a_second_factor_at_the_provider_roles_of_consequence_do_not_count(
    client: TestClient, at_provider: Callable[..., None]
) -> None:
    at_provider("u1", "catalog-admins")
    come_back(client, walk(client, "u1"))

    assert client.get("/steering").status_code == 403
    assert "do not count" in client.get("/").text


def test_the_second_factor_of_here_is_asked_for(
    client: TestClient, portal: Portal, at_provider: Callable[..., None]
) -> None:
    at_provider("u1", "catalog-admins")
    come_back(client, walk(client, "u1"))
    with portal.database.transaction() as tx:
        [person] = tx.people.listed(size=10)
        app = add_second_factor(tx, portal, person["id"], at=portal.clock())

    assert come_back(client, walk(client, "u1", after="/steering")).headers["location"].startswith("/sign-in/code")
    assert client.get("/profile").status_code == 401
    client.post("/sign-in/code", data={"code": app(portal.clock())})
    assert client.get("/steering").status_code == 200


@pytest.mark.parametrize(("verified", "password", "status"), [(True, "", 303), (True, "some password", 409)])
def test_an_account_of_the_address_is_linked_only_without_a_password(
    client: TestClient, portal: Portal, at_provider: Callable[..., None], verified: bool, password: str, status: int
) -> None:
    with portal.database.transaction() as tx:
        person = add_person(tx, EMAIL, at=portal.clock(), password=password)
    at_provider("u2", email_verified=verified)

    assert come_back(client, walk(client, "u2")).status_code == status
    with portal.database.reading() as tx:
        assert bool(tx.credentials.identities(person)) == (status == 303)
    assert [mail["To"] for mail in mails(portal)] == [EMAIL] * (status == 303)


def test_an_address_that_is_not_verified_leads_to_no_account_of_it(
    client: TestClient, portal: Portal, at_provider: Callable[..., None]
) -> None:
    with portal.database.transaction() as tx:
        person = add_person(tx, EMAIL, at=portal.clock(), password="")
    at_provider("u3", email_verified=False)

    come_back(client, walk(client, "u3"))

    assert EMAIL not in client.get("/profile").text
    with portal.database.reading() as tx:
        assert tx.credentials.identities(person) == []


def test_who_has_no_password_is_told_so_by_mail(
    client: TestClient, portal: Portal, at_provider: Callable[..., None]
) -> None:
    at_provider("u1")
    come_back(client, walk(client, "u1"))

    client.post("/reset", data={"email": EMAIL})

    [mail] = mails(portal)
    assert mail["Subject"] == "Your account has no password"
    assert link_of(mail).endswith("/sign-in")


def test_an_answer_is_good_for_its_own_way_and_once(
    client: TestClient, portal: Portal, at_provider: Callable[..., None]
) -> None:
    at_provider("u1")
    back = walk(client, "u1")
    with TestClient(create_app(portal)) as stranger:
        assert come_back(stranger, back).status_code == 401
        walk(stranger, "u1")
        assert come_back(stranger, back).status_code == 401
    assert come_back(client, back.copy_set_param("state", "x")).status_code == 401
    assert come_back(client, back.copy_set_param("code", "x")).status_code == 502
    assert come_back(client, back).status_code == 303
    assert come_back(client, back).status_code == 401
    assert come_back(client, walk(client, "u1", action="deny")).status_code == 401


def test_a_blocked_person_does_not_come_in_through_the_provider(
    client: TestClient, portal: Portal, at_provider: Callable[..., None]
) -> None:
    at_provider("u1")
    come_back(client, walk(client, "u1"))
    with portal.database.transaction() as tx:
        [person] = tx.people.listed(size=10)
        people.block(tx, OPERATOR, person["id"], at=portal.clock())

    assert come_back(client, walk(client, "u1")).status_code == 401


def test_a_token_for_another_portal_or_of_another_provider_is_refused(
    client: TestClient, portal: Portal, at_provider: Callable[..., None]
) -> None:
    at_provider("u1")
    back = walk(client, "u1")
    for other in ({"oidc_client_id": "another"}, {"oidc_issuer": portal.settings.oidc_issuer + "/"}):
        with _reopened(portal, other) as changed, TestClient(create_app(changed)) as second:
            second.cookies = client.cookies
            assert come_back(second, back).status_code == 502


@contextmanager
def _reopened(portal: Portal, changed: dict[str, str]) -> Iterator[Portal]:
    opened = open_portal(portal.settings.model_copy(update=changed))
    yield opened
    opened.close()


@pytest.mark.parametrize("allowed", [False])
def test_a_provider_in_a_network_that_is_not_allowed_is_not_asked(client: TestClient, allowed: bool) -> None:
    answer = client.get("/sign-in/provider")

    assert answer.status_code == 502
    assert "The identity provider does not answer as it should." in answer.text


def test_signing_out_says_that_the_provider_has_a_session_of_its_own(
    client: TestClient, issuer: str, at_provider: Callable[..., None]
) -> None:
    at_provider("u1")
    come_back(client, walk(client, "u1"))

    page = client.post("/sign-out", data={"csrf": csrf_of(client.get("/profile").text)})

    assert page.url.path == "/signed-out"
    assert f'href="{issuer}/oauth2/end_session?client_id=shuyuan' in page.text
    assert client.get("/profile").status_code == 401


def test_without_a_provider_there_is_no_way_to_it(folder: Path) -> None:
    portal = open_portal(Settings(data=folder, _env_file=None))
    with TestClient(application(portal), headers=EN) as client:
        assert client.get("/sign-in/provider").status_code == 404
        assert "provider" not in client.get("/sign-in").text
        assert client.get("/signed-out").status_code == 200
    portal.close()
