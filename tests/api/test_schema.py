"""The whole API is sent what its description allows, and what it does not: every answer is as it is described.

Each operation is tried as everybody, as an administrator and as members of an organization, in this process.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, BaseSchema, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from catalog.app import create_app
from catalog.settings import Settings
from catalog.wiring import open_portal
from tests.web.conftest import Filled, fill

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: A role more is a name more here; each takes about half a minute.
WHO = ("", "steward", "admin")
_EXAMPLES = 3


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    portal = open_portal(Settings(data=tmp_path_factory.mktemp("schema"), _env_file=None))
    yield fill(portal)
    portal.close()


@pytest.fixture(scope="module")
def api(filled: Filled) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(filled.portal))


@pytest.mark.parametrize("who", WHO)
def test_every_answer_is_as_described(api: BaseSchema, filled: Filled, who: str) -> None:
    headers = {"Authorization": f"Bearer {filled.secrets[who]}"} if who else {}
    known = {
        "dataset_id": filled.product_id,
        "request_id": filled.request_id,
        "run_id": filled.run_id,
        "network_id": filled.network_id,
        "license_id": "cc0-1.0",
        "form": "csv",
        "kind": "no-hits",
        "name": "theme",
    }
    failures = {}
    for found in api.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        for mode in GenerationMode:
            try:
                _try(operation, mode, headers, known)
            except (FailureGroup, AssertionError) as error:
                failures[f"{operation.label}, {mode.value}"] = _told(error)
            except Unsatisfiable:
                # It takes nothing that could be wrong.
                assert mode is GenerationMode.NEGATIVE, operation.label

    assert not failures, "\n\n".join(f"{name}\n{why}" for name, why in failures.items())


def _try(
    operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, headers: dict[str, str], known: dict[str, str]
) -> None:
    @given(case=operation.as_strategy(generation_mode=mode), there=st.booleans())
    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def answers(case: Case[Any], there: bool) -> None:
        if there:
            case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        case.call_and_validate(headers=headers, checks=CHECKS)

    answers()


def _told(error: BaseException) -> str:
    each = error.exceptions if isinstance(error, BaseExceptionGroup) else (error,)
    return "\n".join(str(one)[:600] for one in each)
