"""Each address declares who may use it, is closed to others, and is on the page of permissions."""

import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests import permissions


@pytest.fixture
def app(client: TestClient) -> FastAPI:
    assert isinstance(client.app, FastAPI)
    return client.app


def test_every_address_declares_one_permission(app: FastAPI) -> None:
    declared = list(permissions.addresses(app))

    assert len(declared) > 100
    assert [(path, method) for path, method, found in declared if len(found) != 1] == []


def test_the_page_of_permissions_is_what_the_application_declares(app: FastAPI) -> None:
    assert permissions.PAGE.read_text() == permissions.written(app), "python -m tests.permissions writes it"


def test_what_needs_an_action_is_closed_to_those_who_are_not_known(app: FastAPI) -> None:
    client = TestClient(app, follow_redirects=False)
    for path, method, [permission] in permissions.addresses(app):
        if permission.signed_in:
            answer = client.request(method, re.sub(r"\{\w+\}", "1", path), headers={"Accept": "application/json"})

            assert answer.status_code in (401, 303), (path, method, answer.status_code)


def test_what_needs_an_action_is_closed_to_those_who_may_do_it_nowhere(
    app: FastAPI, bearer: Callable[..., dict[str, str]]
) -> None:
    client, applicant = TestClient(app, follow_redirects=False), bearer("applicant")
    tried = 0
    for path, method, [permission] in permissions.addresses(app):
        if path.startswith("/api/") and permission.actions and "applicant" not in _roles(permission):
            answer = client.request(method, re.sub(r"\{\w+\}", "1", path), headers=applicant)
            if permission.signed_in:
                tried += 1
                assert answer.status_code == 403, (path, method, answer.text)
                assert answer.json()["cure"]
    assert tried > 20


def _roles(permission: permissions.Permission) -> set[str]:
    return {str(role) for action in permission.actions for role in permissions.roles_for(action)}
