"""Keys of people and organizations: shown once, scoped, ended in time, counted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from catalog.app import create_app
from catalog.domain.errors import ForbiddenError
from catalog.domain.people import OPERATOR, Membership, Role, Scope
from catalog.domain.tokens import wellformed
from catalog.portal import Portal
from catalog.services import keys, people
from catalog.services.keys import PREFIX

Bearer = Callable[..., dict[str, str]]


def person(portal: Portal, email: str = "li@example.org") -> str:
    person_id = uuid4().hex
    with portal.database.transaction() as tx:
        tx.people.add(person_id, email=email, name="李雷", language="zh", at=portal.clock())
        tx.people.change(person_id, confirmed_at=portal.clock())
    return person_id


def made(portal: Portal, person_id: str, *scopes: Scope, days: int = 30, strong: bool = True) -> str:
    """A key of a person, as the page makes it."""
    with portal.database.transaction() as tx:
        actor = people.actor_of(tx, person_id, at=portal.clock(), strong=strong)
        assert actor is not None
        return keys.create_own(tx, actor, "脚本", scopes=scopes, days=days, at=portal.clock()).secret


def steward(portal: Portal, person_id: str, name: str = "市气象局") -> str:
    with portal.database.transaction() as tx:
        organization = tx.organizations.owners({name: None})[name]
        people.grant(tx, OPERATOR, person_id, Membership(Role.STEWARD, organization), at=portal.clock())
    return organization


def bearing(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


RECORD = {"source_key": "a", "title": "空气", "publisher": {"name": "市气象局"}}


def test_a_key_is_found_by_scanners_and_kept_as_a_digest(portal: Portal) -> None:
    secret = made(portal, person(portal), Scope.READ)

    assert wellformed(secret, PREFIX)
    assert not wellformed(secret[:-1] + ("a" if secret[-1] != "a" else "b"), PREFIX)
    with portal.database.reading() as tx:
        assert secret not in "".join(str(row) for row in tx.dump.rows("keys"))


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "{}"], ids=["bearer", "small", "as CKAN sends it"])
def test_a_key_is_sent_as_bearer_or_alone(client: TestClient, portal: Portal, header: str) -> None:
    secret = made(portal, person(portal), Scope.ADMIN)

    answer = client.get("/api/v1/keys", headers={"Authorization": header.format(secret)})

    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer ", "Bearer nothing", "shuyuan_key_x", "Bearer a b"])
def test_what_is_no_key_is_told_so_also_where_none_is_needed(client: TestClient, header: str) -> None:
    answer = client.get("/api/v1/datasets/abc", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.json()["title"] == "UnauthenticatedError"


def test_a_key_does_what_its_person_may_within_its_scopes(client: TestClient, portal: Portal) -> None:
    someone = person(portal)
    steward(portal, someone)
    reads, writes = made(portal, someone, Scope.READ), made(portal, someone, Scope.WRITE, Scope.READ)

    refused = client.post("/api/v1/datasets", json=RECORD, headers=bearing(reads))
    written = client.post("/api/v1/datasets", json=RECORD, headers=bearing(writes))

    assert (refused.status_code, refused.json()["title"]) == (403, "ForbiddenError")
    assert "授权范围" in refused.json()["detail"]
    assert written.status_code == 201


def test_a_key_follows_the_roles_of_its_person(client: TestClient, portal: Portal) -> None:
    someone = person(portal)
    steward(portal, someone)
    key = made(portal, someone, Scope.WRITE)
    with portal.database.transaction() as tx:
        [membership] = tx.people.granted(someone, by="operator", at=portal.clock())
        people.end(tx, OPERATOR, membership, at=portal.clock())

    assert client.post("/api/v1/datasets", json=RECORD, headers=bearing(key)).status_code == 403


def test_the_keys_of_who_is_blocked_open_nothing(client: TestClient, portal: Portal) -> None:
    someone = person(portal)
    key = made(portal, someone, Scope.ACCESS)
    with portal.database.transaction() as tx:
        people.block(tx, OPERATOR, someone, at=portal.clock())

    assert client.get("/api/v1/requests", headers=bearing(key)).status_code == 401


def test_a_key_ends_on_its_day(portal: Portal) -> None:
    secret, later = made(portal, person(portal), Scope.ACCESS, days=1), timedelta(days=1, seconds=1)

    def clock() -> datetime:
        return portal.clock() + later

    with TestClient(create_app(replace(portal, clock=clock))) as client:
        answer = client.get("/api/v1/requests", headers=bearing(secret))

    assert answer.status_code == 401
    assert "过期" in answer.json()["detail"]


def test_more_than_reading_needs_the_second_factor(portal: Portal) -> None:
    someone = person(portal)

    made(portal, someone, Scope.READ, strong=False)
    with pytest.raises(ForbiddenError, match="second factor"):
        made(portal, someone, Scope.READ, Scope.WRITE, strong=False)


def test_a_person_makes_lists_and_revokes_keys_over_the_api(client: TestClient, portal: Portal) -> None:
    first = bearing(made(portal, person(portal), Scope.ADMIN))

    new = client.post("/api/v1/keys", json={"label": "看板", "days": 7}, headers=first)
    listed = client.get("/api/v1/keys", headers=first).json()
    revoked = client.delete(f"/api/v1/keys/{new.json()['id']}", headers=first)

    assert new.status_code == 201
    assert new.headers["cache-control"] == "no-store"
    assert [key["label"] for key in listed] == ["看板", "脚本"]
    assert all("key" not in key for key in listed)
    assert revoked.status_code == 204
    assert client.get("/api/v1/requests", headers=bearing(new.json()["key"])).status_code == 401


def test_the_line_that_is_given_works_when_it_is_pasted(client: TestClient, portal: Portal) -> None:
    new = client.post(
        "/api/v1/keys", json={"label": "x"}, headers=bearing(made(portal, person(portal), Scope.ADMIN))
    ).json()

    assert new["curl"].startswith("curl -G 'http://testserver/api/v1/search' --data-urlencode 'q=")
    assert f"Authorization: Bearer {new['key']}" in new["curl"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"label": " "}, "label"),
        ({"label": "x" * 101}, "label"),
        ({"label": "x", "scopes": []}, "scopes"),
        ({"label": "x", "days": 0}, "days"),
        ({"label": "x", "days": 10_000}, "days"),
    ],
)
def test_a_wrong_wish_names_its_field(client: TestClient, portal: Portal, body: dict[str, object], field: str) -> None:
    answer = client.post("/api/v1/keys", json=body, headers=bearing(made(portal, person(portal), Scope.ADMIN)))

    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_nobody_ends_or_sees_keys_of_others(client: TestClient, portal: Portal) -> None:
    mine, other = person(portal), person(portal, "han@example.org")
    admin = bearing(made(portal, other, Scope.ADMIN))
    made(portal, mine, Scope.READ)
    with portal.database.reading() as tx:
        [key] = tx.keys.of_person(mine)

    assert client.delete(f"/api/v1/keys/{key.id}", headers=admin).status_code == 404
    assert [one["label"] for one in client.get("/api/v1/keys", headers=admin).json()] == ["脚本"]


def test_keys_of_an_organization_are_made_by_its_administrator(client: TestClient, portal: Portal) -> None:
    someone = person(portal)
    with portal.database.transaction() as tx:
        owner = tx.organizations.owners({"市气象局": None})["市气象局"]
        people.grant(tx, OPERATOR, someone, Membership(Role.ORGANIZATION_ADMIN, owner), at=portal.clock())
    admin = bearing(made(portal, someone, Scope.ADMIN))
    body = {"label": "汇聚程序", "role": "steward", "scopes": ["write"]}

    new = client.post(f"/api/v1/organizations/{owner}/keys", json=body, headers=admin)
    elsewhere = client.post("/api/v1/organizations/nowhere/keys", json=body, headers=admin)
    platform = client.post(f"/api/v1/organizations/{owner}/keys", json=body | {"role": "admin"}, headers=admin)

    assert new.status_code == 201
    assert client.post("/api/v1/datasets", json=RECORD, headers=bearing(new.json()["key"])).status_code == 201
    assert elsewhere.status_code == 403
    assert (platform.status_code, platform.json()["field"]) == (422, "role")


def test_a_key_of_a_person_is_counted_and_told_what_is_left(portal: Portal) -> None:
    settings = portal.settings.model_copy(update={"key_rate": "3/minute"})
    secret = bearing(made(portal, person(portal), Scope.ADMIN))
    with TestClient(create_app(replace(portal, settings=settings))) as client:
        answers = [client.get("/api/v1/keys", headers=secret) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit"].startswith('"key";r=2;t=')
    assert 1 <= int(answers[3].headers["retry-after"]) <= 60


def test_when_a_key_was_used_last_is_known_to_the_hour(client: TestClient, portal: Portal) -> None:
    someone = person(portal)
    secret = bearing(made(portal, someone, Scope.ACCESS))
    for _ in range(2):
        client.get("/api/v1/requests", headers=secret)
    portal.uses.flush(portal.database)

    with portal.database.reading() as tx:
        [key] = tx.keys.of_person(someone)
    assert key.last_used_at is not None
    assert portal.clock() - key.last_used_at < timedelta(minutes=1)
