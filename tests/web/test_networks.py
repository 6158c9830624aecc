"""The pages of networks: a refusal fills in the form, the form allows, and ending says first what rests on it."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from catalog.domain.errors import AddressRefusedError
from catalog.domain.networks import Use
from catalog.services.networks import Gate
from tests.web.conftest import Filled

SignIn = Callable[[str], str]
EN = {"Accept-Language": "en"}


def test_from_the_refusal_to_the_end(client: TestClient, filled: Filled, sign_in: SignIn) -> None:
    gate = Gate(filled.portal.database, filled.portal.clock, Use.SOURCE, "hefei")
    for address in ("10.20.3.4", "169.254.169.254"):
        with pytest.raises(AddressRefusedError):
            list(gate.permitted("inner.example", 443, [address]))
    csrf = sign_in("admin")

    page = client.get("/networks", headers=EN).text
    assert page.count("Fill in the form") == 2
    assert "169.254.169.254</code>" in page
    [href] = re.findall(r'<a href="([^"]+10\.20[^"]+)">Fill in the form', page)
    form = client.get(href.replace("&amp;", "&"), headers=EN).text
    assert 'name="cidr" type="text" value="10.20.3.4/32"' in form
    assert 'name="target" type="text" value="hefei"' in form

    sent = {"cidr": "10.20.3.4/32", "port": "443", "use": "source", "target": "hefei", "name": "", "csrf": csrf}
    wrong = client.post("/networks", data=sent, headers=EN)
    assert wrong.status_code == 422
    assert 'aria-describedby="name-help name-error"' in wrong.text
    assert 'value="10.20.3.4/32"' in wrong.text

    listed = client.post("/networks", data=sent | {"name": "汇聚区", "reason": "泸州"}, headers=EN)
    assert "汇聚区" in listed.text
    assert list(gate.permitted("inner.example", 443, ["10.20.3.4"])) == ["10.20.3.4"]

    ending = next(one for one in re.findall(r'href="(/networks/\w+/end)"', listed.text) if filled.network_id not in one)
    assert "inner.example:443" in client.get(ending, headers=EN).text
    assert client.post(ending, data={"csrf": "wrong"}).status_code == 403
    ended = client.post(ending, data={"csrf": csrf}, headers=EN)
    assert 'id="ended"' in ended.text
    assert "has ended already" in client.get(ending, headers=EN).text


def test_the_pages_are_for_administrators(client: TestClient, sign_in: SignIn) -> None:
    assert client.get("/networks").status_code == 401
    sign_in("steward")

    assert client.get("/networks").status_code == 403
    assert client.get("/networks/x/end").status_code == 403
