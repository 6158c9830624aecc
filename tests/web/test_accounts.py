"""Accounts on pages: sign up, sign in, second factor, reset, change and end, with the mails as they are sent."""

import re
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from catalog.app import create_app
from catalog.domain.people import OPERATOR, Membership, Role
from catalog.portal import Portal
from catalog.services import backup, passwords, people
from catalog.settings import Settings
from catalog.wiring import open_portal
from tests.people import PASSWORD, Clock, add_person, add_second_factor, link_of, mails
from tests.serving import application
from tests.web.conftest import csrf_of

EMAIL = "wang.fang@example.cn"
EN = {"Accept-Language": "en"}
OTHER_PASSWORD = "drei stille Seen 88"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def portal(folder: Path, clock: Clock) -> Iterator[Portal]:
    portal = open_portal(Settings(data=folder, _env_file=None))
    yield replace(portal, clock=clock)
    portal.close()


@pytest.fixture
def client(portal: Portal) -> Iterator[TestClient]:
    with browser(portal) as client:
        yield client


def browser(portal: Portal) -> TestClient:
    return TestClient(application(portal), headers=EN)


@pytest.fixture
def person(portal: Portal) -> str:
    with portal.database.transaction() as tx:
        return add_person(tx, EMAIL, at=portal.clock())


@pytest.fixture
def app(portal: Portal, person: str) -> Callable[[datetime], str]:
    """The app that shows the codes of the person's second factor."""
    with portal.database.transaction() as tx:
        return add_second_factor(tx, portal, person, at=portal.clock())


def enter(client: TestClient, email: str = EMAIL, password: str = PASSWORD, **more: str) -> Response:
    return client.post("/sign-in", data={"email": email, "password": password, **more}, follow_redirects=False)


def send(client: TestClient, path: str, **fields: str) -> Response:
    """A form of somebody who is signed in."""
    csrf = csrf_of(client.get("/profile").text)
    return client.post(path, data={"csrf": csrf, **fields}, follow_redirects=False)


def new(portal: Portal, before: int, *, to: str = EMAIL) -> list[str]:
    """Subjects of the mails to somebody since there were so many."""
    return [str(mail["Subject"]) for mail in mails(portal)[before:] if mail["To"] == to]


def signed_in(client: TestClient) -> bool:
    return client.get("/profile").status_code == 200


def test_who_signs_up_confirms_by_mail_and_is_signed_in(client: TestClient, portal: Portal) -> None:
    answer = client.post("/sign-up", data={"email": "Wang.Fang@Example.cn"})
    [mail] = mails(portal)
    assert "Look into your mailbox" in answer.text
    assert mail["To"] == EMAIL

    link = link_of(mail)
    assert EMAIL in client.get(link).text
    answer = client.post(link, data={"name": " 王  芳 ", "password": PASSWORD})

    assert answer.url.path == "/profile"
    assert "王 芳" in answer.text
    assert client.get(link).status_code == 410
    assert enter(browser(portal)).headers["location"] == "/"


def test_no_answer_tells_whether_an_address_is_known(client: TestClient, portal: Portal, person: str) -> None:
    for path in ("/sign-up", "/reset"):
        told = {
            client.post(path, data={"email": email}).text.replace(email, "") for email in (EMAIL, "nobody@example.cn")
        }
        assert len(told) == 1
    wrong, nobody = (enter(client, email, "not the password") for email in (EMAIL, "nobody@example.cn"))

    assert wrong.status_code == nobody.status_code == 401
    assert wrong.text.replace(EMAIL, "") == nobody.text.replace("nobody@example.cn", "")
    assert [(mail["To"], mail["Subject"]) for mail in mails(portal)] == [
        (EMAIL, "您已有账号"),
        ("nobody@example.cn", "Confirm your address"),
        (EMAIL, "设置新密码"),
    ]


def test_an_unknown_address_costs_as_much_time_as_a_wrong_password(client: TestClient, portal: Portal) -> None:
    class Counted:
        verified = 0

        def verify(self, *given: str) -> bool:
            Counted.verified += 1
            return hasher.verify(*given)

    hasher = passwords._HASHER
    passwords._HASHER = Counted()  # type: ignore[assignment]  # counts, and does the same
    try:
        enter(client, "nobody@example.cn", "some password")
    finally:
        passwords._HASHER = hasher

    assert Counted.verified == 1


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short77", "too short"),
        ("x" * 64 + "y" * 65, "too long"),
        ("password123", "lists that attackers try first"),
        ("PassWord123", "lists that attackers try first"),
        ("ａbcdefgh", "lists that attackers try first"),
        ("12345678901", "lists that attackers try first"),
        ("aaaabbbb", "lists that attackers try first"),
        ("wang.fang2026", "little more than your name"),
        ("shuyuan-2026", "little more than your name"),
        ("王小芳王小芳王小芳1234", "little more than your name"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused_beside_its_field(
    client: TestClient, portal: Portal, password: str, said: str
) -> None:
    client.post("/sign-up", data={"email": EMAIL})
    link = link_of(mails(portal)[0])

    answer = client.post(link, data={"name": "王小芳", "password": password})

    assert answer.status_code == 422
    assert said in answer.text
    assert "王小芳" in answer.text
    assert client.post(link, data={"name": "王小芳", "password": PASSWORD}).status_code == 200


def test_a_password_is_the_same_however_it_was_typed(client: TestClient, portal: Portal) -> None:
    with portal.database.transaction() as tx:
        add_person(tx, EMAIL, at=portal.clock(), password="Ａｕ ７７ 松溪 é")

    assert enter(client, password="Au 77 松溪 e\u0301").status_code == 303


def test_two_who_come_at_the_same_moment_get_answers_and_one_account(client: TestClient, portal: Portal) -> None:
    client.get("/sign-up")  # an application makes its routes at the first request
    with ThreadPoolExecutor(4) as threads:

        def ask(_: int) -> int:
            return client.post("/sign-up", data={"email": EMAIL}).status_code

        def finish(link: str) -> int:
            return client.post(link, data={"name": "王芳", "password": PASSWORD}, follow_redirects=False).status_code

        assert list(threads.map(ask, range(4))) == [200] * 4
        links = [link_of(mail) for mail in mails(portal)]
        statuses = sorted(threads.map(finish, [*links, *links]))
        assert statuses[0] == 303
        assert set(statuses[1:]) <= {409, 410}
    with portal.database.reading() as tx:
        assert len(tx.people.listed(size=10)) == 1


def test_attempts_are_slowed_down_and_the_answer_says_for_how_long(
    client: TestClient, portal: Portal, person: str, clock: Clock
) -> None:
    for _ in range(5):
        assert enter(client, password="not the password").status_code == 401
    answer = enter(client)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")

    clock.forward(minutes=1)
    assert enter(client).status_code == 303
    for _ in range(4):
        assert enter(client, password="not the password").status_code == 401
    clock.forward(minutes=1)
    answer = enter(client)

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == str(13 * 60)


def test_signing_in_goes_on_to_where_one_was(client: TestClient, person: str) -> None:
    refused = client.get("/profile/name")
    assert refused.status_code == 401
    assert 'href="/sign-in?next=%2Fprofile%2Fname"' in refused.text

    assert enter(client, next="/profile/name").headers["location"] == "/profile/name"
    assert enter(client, next="//evil.example").headers["location"] == "/"


def test_the_second_factor_is_set_up_and_asked_for(
    client: TestClient, portal: Portal, person: str, clock: Clock
) -> None:
    import pyotp  # noqa: PLC0415 the app of this test

    enter(client)
    elsewhere = browser(portal)
    enter(elsewhere)
    assert send(client, "/profile/second-factor/begin", password="wrong").status_code == 422
    shown = send(client, "/profile/second-factor/begin", password=PASSWORD).text
    assert 'src="data:image/svg+xml' in shown
    totp = pyotp.TOTP(re.findall(r'<pre id="secret"[^>]*><code>(\w+)', shown)[0])
    assert send(client, "/profile/second-factor/confirm", code="000000").status_code == 422
    assert signed_in(elsewhere)
    before = client.cookies["shuyuan_session"]

    done = send(client, "/profile/second-factor/confirm", code=totp.at(clock.now))
    codes = re.findall(r"\w{4}-\w{4}-\w{4}-\w{4}", done.text)

    assert len(set(codes)) == 10
    assert client.cookies["shuyuan_session"] != before
    assert signed_in(client)
    assert not signed_in(elsewhere)
    assert "双因素验证已启用" in new(portal, 0)

    clock.forward(seconds=60)
    assert enter(elsewhere, next="/runs").headers["location"] == "/sign-in/code?next=%2Fruns"
    assert not signed_in(elsewhere)
    waiting = elsewhere.cookies["shuyuan_session"]
    code = totp.at(clock.now)
    answer = elsewhere.post("/sign-in/code", data={"code": f"{code[:3]} {code[3:]}", "next": "/runs"})
    assert answer.url.path == "/runs"
    assert elsewhere.cookies["shuyuan_session"] != waiting
    assert signed_in(elsewhere)

    third = browser(portal)
    enter(third)
    assert third.post("/sign-in/code", data={"code": code}).status_code == 422
    assert third.post("/sign-in/code", data={"code": codes[0].upper()}).status_code == 200
    assert signed_in(third)
    fourth = browser(portal)
    enter(fourth)
    assert fourth.post("/sign-in/code", data={"code": codes[0]}).status_code == 422
    assert fourth.post("/sign-in/code", data={"code": codes[1].replace("-", " ")}).status_code == 200


def test_codes_cannot_be_tried_out(
    client: TestClient, portal: Portal, app: Callable[[datetime], str], clock: Clock
) -> None:
    enter(client)
    statuses = [client.post("/sign-in/code", data={"code": f"{n:06}"}).status_code for n in range(7)]

    assert statuses == [422] * 5 + [429] * 2
    assert client.post("/sign-in/code", data={"code": app(clock.now)}).status_code == 429


def test_two_with_the_same_code_are_not_both_let_in(
    portal: Portal, app: Callable[[datetime], str], clock: Clock
) -> None:
    clients = [browser(portal) for _ in range(4)]
    for client in clients:
        enter(client)
    with ThreadPoolExecutor(4) as threads:

        def give(client: TestClient) -> int:
            return client.post("/sign-in/code", data={"code": app(clock.now)}, follow_redirects=False).status_code

        assert sorted(threads.map(give, clients)) == [303, 422, 422, 422]


def test_without_the_second_factor_roles_of_consequence_do_not_count(
    client: TestClient, portal: Portal, clock: Clock
) -> None:
    with portal.database.transaction() as tx:
        admin = add_person(tx, EMAIL, Membership(Role.ADMIN), at=clock.now)
    enter(client)
    assert "do not count until you have given your second factor" in client.get("/").text
    assert client.get("/steering").status_code == 403

    with portal.database.transaction() as tx:
        app = add_second_factor(tx, portal, admin, at=clock.now)
    other = browser(portal)
    enter(other)
    other.post("/sign-in/code", data={"code": app(clock.now)})

    assert "do not count" not in other.get("/").text
    assert other.get("/steering").status_code == 200


def test_the_second_factor_is_taken_off_with_a_code(
    client: TestClient, portal: Portal, app: Callable[[datetime], str], clock: Clock
) -> None:
    enter(client)
    client.post("/sign-in/code", data={"code": app(clock.now)})
    clock.forward(seconds=30)
    renewed = send(client, "/profile/second-factor/codes", code=app(clock.now))
    [code, *_] = re.findall(r"\w{4}-\w{4}-\w{4}-\w{4}", renewed.text)

    assert send(client, "/profile/second-factor/remove", code="123456").status_code == 422
    assert send(client, "/profile/second-factor/remove", code=code).status_code == 303
    assert not signed_in(client)
    assert enter(client).headers["location"] == "/"
    assert "双因素验证已停用" in new(portal, 0)


def test_secrets_are_sealed_with_a_key_that_lies_apart(
    client: TestClient, portal: Portal, person: str, tmp_path: Path
) -> None:
    enter(client)
    shown = send(client, "/profile/second-factor/begin", password=PASSWORD).text
    [secret] = re.findall(r'<pre id="secret"[^>]*><code>(\w+)', shown)
    key = (tmp_path / "secrets.key").read_text().strip()

    backup.backup(portal.database, portal.settings.files_folder, tmp_path / "backup.tar", at=portal.clock())

    assert stat.S_IMODE((tmp_path / "secrets.key").stat().st_mode) == 0o600
    kept = [(tmp_path / name).read_bytes() for name in ("backup.tar", "shuyuan.sqlite3", "shuyuan.sqlite3-wal")]
    for text in (secret, key, PASSWORD, client.cookies["shuyuan_session"]):
        assert not any(text.encode() in content for content in kept)


def test_a_lost_key_is_an_error_that_says_so(
    client: TestClient, portal: Portal, app: Callable[[datetime], str], clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "secrets.key").unlink()
    with TestClient(create_app(open_portal(portal.settings)), headers=EN) as other:
        enter(other)
        answer = other.post("/sign-in/code", data={"code": app(clock.now)})

    assert answer.status_code == 503
    assert "the key it was sealed with is not here" in answer.text


def test_a_password_is_reset_by_mail_and_all_sessions_end(client: TestClient, portal: Portal, person: str) -> None:
    enter(client)
    other = browser(portal)
    other.post("/reset", data={"email": EMAIL})
    link = link_of(mails(portal)[0])

    assert other.post(link, data={"password": "short"}).status_code == 422
    assert other.post(link, data={"password": OTHER_PASSWORD}).url.path == "/sign-in"

    assert not signed_in(client)
    assert other.get(link).status_code == 410
    assert enter(other).status_code == 401
    assert enter(other, password=OTHER_PASSWORD).status_code == 303
    assert new(portal, 1) == ["您的密码已更改"]


def test_a_link_holds_for_its_time_and_one_kind_is_not_good_for_another(
    client: TestClient, portal: Portal, person: str, clock: Clock
) -> None:
    client.post("/reset", data={"email": EMAIL})
    link = link_of(mails(portal)[0])

    assert client.get(link.replace("/reset/choose", "/sign-up/confirm")).status_code == 410
    clock.forward(minutes=61)
    assert client.get(link).status_code == 410
    assert client.post(link, data={"password": OTHER_PASSWORD}).status_code == 410


def test_changing_the_password_ends_all_other_sessions(client: TestClient, portal: Portal, person: str) -> None:
    other = browser(portal)
    enter(other)
    enter(client)
    before = client.cookies["shuyuan_session"]

    assert send(client, "/profile/password", current="wrong", password=OTHER_PASSWORD).status_code == 422
    assert send(client, "/profile/password", current=PASSWORD, password="kurz").status_code == 422
    assert send(client, "/profile/password", current=PASSWORD, password=OTHER_PASSWORD).status_code == 303

    assert signed_in(client)
    assert client.cookies["shuyuan_session"] != before
    assert not signed_in(other)
    assert new(portal, 0) == ["您的密码已更改"]


def test_an_address_is_changed_once_the_new_one_is_confirmed_and_both_are_told(
    client: TestClient, portal: Portal, person: str
) -> None:
    enter(client)
    wished = "fang@example.org"
    assert send(client, "/profile/address", email=wished, password="wrong").status_code == 422
    assert send(client, "/profile/address", email=wished, password=PASSWORD).status_code == 200
    to_new = [mail for mail in mails(portal) if mail["To"] == wished]
    assert new(portal, 0) == ["您的账号将更换邮箱"]
    assert EMAIL in client.get("/profile").text

    client.post(link_of(to_new[0]))

    assert wished in client.get("/profile").text
    assert new(portal, 2) == new(portal, 2, to=wished) == ["您的账号已更换邮箱"]
    assert enter(browser(portal)).status_code == 401
    assert enter(browser(portal), wished).status_code == 303


def test_an_address_that_is_somebody_elses_is_not_taken(client: TestClient, portal: Portal, person: str) -> None:
    with portal.database.transaction() as tx:
        add_person(tx, "other@example.cn", at=portal.clock())
    enter(client)
    send(client, "/profile/address", email="other@example.cn", password=PASSWORD)
    [mail] = [mail for mail in mails(portal) if mail["To"] == "other@example.cn"]

    assert client.post(link_of(mail)).status_code == 409
    assert EMAIL in client.get("/profile").text


def test_name_and_language_are_changed(client: TestClient, person: str) -> None:
    enter(client)

    assert send(client, "/profile/name", name="", language="en").status_code == 422
    assert send(client, "/profile/name", name="王 小芳", language="xx").status_code == 422
    assert send(client, "/profile/name", name="<b>王</b> 小芳", language="zh").status_code == 303
    page = client.get("/profile").text

    assert "&lt;b&gt;王&lt;/b&gt; 小芳" in page
    assert "您的账号" in page


def test_sessions_end_when_idle_and_after_half_a_day(client: TestClient, person: str, clock: Clock) -> None:
    enter(client)
    clock.forward(minutes=61)
    assert not signed_in(client)

    enter(client)
    for _ in range(14):
        clock.forward(minutes=50)
        assert signed_in(client)
    clock.forward(minutes=30)
    assert not signed_in(client)


def test_ones_own_sessions_are_listed_and_ended(client: TestClient, portal: Portal, person: str) -> None:
    others = [browser(portal) for _ in range(3)]
    for other in others:
        other.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
        enter(other)
    enter(client)
    page = client.get("/profile").text
    assert page.count("Chrome · Windows") >= 3
    [first, *_] = re.findall(r"/profile/sessions/(\w{64})/end", page)

    assert send(client, f"/profile/sessions/{first}/end").status_code == 303
    assert sum(map(signed_in, others)) == 2
    assert send(client, f"/profile/sessions/{first}/end").status_code == 404
    assert send(client, "/profile/sessions/end").status_code == 303
    assert sum(map(signed_in, others)) == 0
    assert signed_in(client)


def test_nobody_ends_sessions_of_others(client: TestClient, portal: Portal, person: str) -> None:
    with portal.database.transaction() as tx:
        add_person(tx, "other@example.cn", at=portal.clock())
    other, mine = browser(portal), browser(portal)
    enter(mine)
    enter(client)
    enter(other, "other@example.cn")
    [session] = re.findall(r"/profile/sessions/(\w{64})/end", client.get("/profile").text)

    assert send(other, f"/profile/sessions/{session}/end").status_code == 404
    assert signed_in(mine)


def test_a_blocked_person_is_out_at_once_and_for_good(client: TestClient, portal: Portal, person: str) -> None:
    enter(client)
    client.post("/reset", data={"email": EMAIL})
    link = link_of(mails(portal)[0])
    with portal.database.transaction() as tx:
        people.block(tx, OPERATOR, person, at=portal.clock())

    assert not signed_in(client)
    assert enter(client).status_code == 401
    assert client.get(link).status_code == 410
    assert client.post("/reset", data={"email": EMAIL}).status_code == 200
    assert new(portal, 1) == ["您的账号已停用"]


def test_signing_out_and_signing_in_again_end_the_session_before(
    client: TestClient, portal: Portal, person: str
) -> None:
    enter(client)
    kept = client.cookies["shuyuan_session"]
    enter(client)
    stolen = browser(portal)
    stolen.cookies.set("shuyuan_session", kept)
    assert not signed_in(stolen)

    client.post("/sign-out", data={"csrf": csrf_of(client.get("/profile").text)})
    assert not signed_in(client)


def test_too_many_mails_are_not_sent_to_one_address(client: TestClient, portal: Portal) -> None:
    statuses = [client.post("/sign-up", data={"email": EMAIL}).status_code for _ in range(6)]

    assert statuses == [200] * 5 + [429]
    assert len(mails(portal)) == 5


def test_the_page_about_the_portal_shows_why_duties_are_not_separated(tmp_path: Path) -> None:
    reason = "县级试运行，人员不足"
    for said in ("", reason):
        portal = open_portal(Settings(data=tmp_path, separation_off_reason=said, _env_file=None))
        with TestClient(create_app(portal), headers=EN) as client:
            page = client.get("/about").text
        assert (reason in page) == (said == reason)
        portal.close()
