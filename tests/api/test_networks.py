"""Networks over HTTP: for administrators alone, and every mistake named by its field."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalog.domain.errors import AddressRefusedError
from catalog.domain.networks import Use
from catalog.portal import Portal
from catalog.services.networks import Gate

Bearer = Callable[..., dict[str, str]]
WANTED = {
    "name": "汇聚区",
    "cidr": "10.20.0.0/16",
    "use": "source",
    "target": "luzhou",
    "port": 443,
    "reason": "泸州汇聚",
}


def test_a_network_from_the_refusal_to_its_end(client: TestClient, portal: Portal, bearer: Bearer) -> None:
    admin = bearer("admin")
    gate = Gate(portal.database, portal.clock, Use.SOURCE, "luzhou")
    with pytest.raises(AddressRefusedError):
        list(gate.permitted("inner.example", 443, ["10.20.3.4"]))
    [refused] = client.get("/api/v1/networks/refusals", headers=admin).json()
    assert (refused["suggested"], refused["target"]) == ("10.20.3.4/32", "luzhou")

    made = client.post("/api/v1/networks", json=WANTED, headers=admin)
    assert made.status_code == 201
    assert list(gate.permitted("inner.example", 443, ["10.20.3.4"])) == ["10.20.3.4"]

    path = f"/api/v1/networks/{made.json()['id']}"
    assert client.get("/api/v1/networks", headers=admin).json() == [made.json()]
    assert client.get(path, headers=admin).json()["reached"][0]["host"] == "inner.example"
    assert client.post(f"{path}/end", headers=admin).json()["ended_by"].startswith("admin:")
    assert client.post(f"{path}/end", headers=admin).status_code == 409
    assert client.get("/api/v1/networks", headers=admin).json() == []
    assert len(client.get("/api/v1/networks?ended=true", headers=admin).json()) == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"reason": "x" * 1001}, "reason"),
        ({"cidr": "10.20.0.1/16"}, "cidr"),
        ({"port": 0}, "port"),
        ({"use": "anything"}, "use"),
        ({"target": "a b"}, "target"),
        ({"use": "webhook", "target": "https://x"}, "target"),
    ],
)
def test_a_mistake_names_its_field(client: TestClient, bearer: Bearer, changed: dict[str, Any], field: str) -> None:
    answer = client.post("/api/v1/networks", json=WANTED | changed, headers=bearer("admin"))

    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize("role", ["steward", "access_officer", "applicant", ""])
def test_nobody_else_sees_or_changes_networks(client: TestClient, bearer: Bearer, role: str) -> None:
    key = bearer(role) if role else {}
    expected = 403 if role else 401

    for path in ("/api/v1/networks", "/api/v1/networks/refusals", "/api/v1/networks/x"):
        assert client.get(path, headers=key).status_code == expected
    assert client.post("/api/v1/networks", json=WANTED, headers=key).status_code == expected
    assert client.post("/api/v1/networks/x/end", headers=key).status_code == expected
