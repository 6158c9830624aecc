"""Files that are uploaded: limited while they come in, examined before they are kept, and never let by unexamined."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalog.portal import Portal
from catalog.settings import Settings
from catalog.wiring import open_portal
from tests.api.test_access import PRODUCT
from tests.receivers import EICAR, Scanner
from tests.serving import application

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def scanner() -> Iterator[Scanner]:
    with Scanner() as scanner:
        yield scanner


@pytest.fixture
def portal(folder: Path, scanner: Scanner) -> Iterator[Portal]:
    portal = open_portal(Settings(data=folder, upload_mb=1, scanner=scanner.url, _env_file=None))
    yield portal
    portal.close()


@pytest.fixture
def client(portal: Portal) -> Iterator[TestClient]:
    with TestClient(application(portal)) as client:
        yield client


def send(client: TestClient, key: dict[str, str], content: bytes, name: str = "a.csv", **more: Any) -> Any:
    return client.post(
        "/api/v1/products", data={"record": json.dumps(PRODUCT | more)}, files={"file": (name, content)}, headers=key
    )


def kept(portal: Portal) -> list[str]:
    folder = portal.settings.files_folder
    return [path.name for path in folder.rglob("*")] if folder.exists() else []


def test_a_clean_file_is_examined_whole_and_kept(
    client: TestClient, portal: Portal, bearer: Bearer, scanner: Scanner
) -> None:
    content = b"a,b\n" + b"1,2\n" * 50_000

    assert send(client, bearer("publisher"), content).status_code == 201

    assert scanner.received == [content]
    assert "a.csv" in kept(portal)


def test_what_the_scanner_finds_is_refused_by_its_name(client: TestClient, portal: Portal, bearer: Bearer) -> None:
    answer = send(client, bearer("publisher"), b"a,b\n" + EICAR + b"\n")

    assert (answer.status_code, answer.json()["title"], answer.json()["field"]) == (422, "UnsafeFileError", "file")
    assert answer.json()["found"] == "Eicar-Test-Signature"
    assert kept(portal) == []


@pytest.mark.parametrize(
    "said", [b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK", b"stream: lstat() failed ERROR\0", b"\0", b"OK\0"]
)
def test_an_answer_that_is_no_verdict_lets_nothing_by(
    client: TestClient, portal: Portal, bearer: Bearer, scanner: Scanner, said: bytes
) -> None:
    scanner.answer = said

    answer = send(client, bearer("publisher"), b"a,b\n")

    assert (answer.status_code, answer.json()["title"]) == (503, "ScannerDownError")
    assert "Retry-After" in answer.headers
    assert kept(portal) == []


def test_without_its_scanner_nothing_is_taken(
    client: TestClient, portal: Portal, bearer: Bearer, scanner: Scanner
) -> None:
    key = bearer("publisher")
    scanner.__exit__()

    answer = send(client, key, b"a,b\n")

    assert answer.status_code == 503
    assert "127.0.0.1" not in answer.text
    assert kept(portal) == []
    scanner.__enter__()


@pytest.mark.parametrize("size", [(1 << 20) + 1, 4 << 20])
def test_a_file_that_is_too_large_is_refused_with_the_limit(
    client: TestClient, portal: Portal, bearer: Bearer, scanner: Scanner, size: int
) -> None:
    answer = send(client, bearer("publisher"), b"a" * size)

    assert (answer.status_code, answer.json()["title"]) == (413, "TooLargeError")
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(answer.json()["limit"]) in answer.json()["cure"]
    assert scanner.received == []
    assert kept(portal) == []


def test_a_file_as_large_as_is_allowed_is_taken(client: TestClient, bearer: Bearer) -> None:
    assert send(client, bearer("publisher"), b"a" * (1 << 20)).status_code == 201


def test_a_program_is_refused_before_it_is_shown_to_the_scanner(
    client: TestClient, portal: Portal, bearer: Bearer, scanner: Scanner
) -> None:
    answer = send(client, bearer("publisher"), b"MZ\x90\0" + b"\0" * 100)

    assert (answer.status_code, answer.json()["field"]) == (422, "file")
    assert scanner.received == []
    assert kept(portal) == []


def test_who_may_not_publish_has_no_file_examined(
    client: TestClient, portal: Portal, bearer: Bearer, scanner: Scanner
) -> None:
    assert send(client, bearer("applicant"), b"a,b\n").status_code == 403
    assert send(client, bearer("publisher", "另一局"), b"a,b\n").status_code == 403
    assert scanner.received == []


def test_a_record_that_is_refused_leaves_no_file(client: TestClient, portal: Portal, bearer: Bearer) -> None:
    assert send(client, bearer("publisher"), b"a,b\n", license="no-such").status_code == 422
    assert kept(portal) == []
