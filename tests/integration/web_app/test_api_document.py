"""Every operation answers as the document says, whatever it is sent; nothing ever answers 500."""

import re

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi

from worker.throttle import Throttle

CHECKS = [
    checks.not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_headers_conformance,
    openapi.response_schema_conformance,
]
EXAMPLES = [pytest.param(6, id="quick"), pytest.param(100, id="whole", marks=pytest.mark.full)]


@pytest.fixture
def services(services, redis_url):
    """Without a bound on requests: here one user sends thousands a minute."""
    return services.but(throttle=Throttle(redis_url, 1_000_000))


@pytest.fixture
def document(web, api, chief):
    """The operations as the document tells them, an admin's token, and the id of a reminder behind it."""
    client = api(chief)
    made = client.post("/reminders", json={"name": "Call", "due_date": "2026-11-23"}).json()
    client.delete(f"/reminders/{made['id']}")
    schema = schemathesis.openapi.from_url(f"{web}/api/v1/openapi.json")
    found = [each.ok() for each in schema.get_all_operations()]
    return found, {"Authorization": client.headers["Authorization"]}, made["id"]


@pytest.mark.parametrize("examples", EXAMPLES)
def test_every_operation_answers_as_the_document_says(document, examples):
    operations, headers, reminder_id = document
    assert len(operations) > 30
    for operation in operations:
        for mode in GenerationMode:
            _try(operation, headers, reminder_id, mode, examples)


def _try(operation, headers, reminder_id, mode, examples):
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
    def answers(case, known):
        if known and "reminder_id" in case.path_parameters:
            case.path_parameters["reminder_id"] = reminder_id
        # Clients take "..", also amid slashes, for a way up, and so arrive elsewhere.
        assume(not any({".", ".."} & set(re.split(r"[/\\\\]", str(one))) for one in case.path_parameters.values()))
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    answers()
