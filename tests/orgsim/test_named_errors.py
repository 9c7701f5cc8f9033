"""Every code of the diagnostics table by its name alone: of a call, of a record, of a login."""

import pytest
import requests

from orgsim.diagnostics import LOGIN_SHAPES, SHAPES
from tests.orgsim.acme import refusal

# Code, status of a refused call, part of the message: the rows of the table that are answers of the data API.
CODES = [
    ("API_CURRENTLY_DISABLED", 403, "API is disabled for this user"),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", 400, "execution of BeforeUpdate"),
    ("CANNOT_UPDATE_CONVERTED_LEAD", 400, "cannot reference converted lead"),
    ("ENTITY_IS_LOCKED", 400, "the entity is locked for editing"),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", 400, "validation rule"),
    ("FIELD_FILTER_VALIDATION_EXCEPTION", 400, "does not match filter criteria"),
    ("FIELD_INTEGRITY_EXCEPTION", 400, "problem with this state"),
    ("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", 503, "maintenance"),
    ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", 400, "insufficient access rights on cross-reference id"),
    ("INSUFFICIENT_ACCESS_OR_READONLY", 403, "insufficient access rights on object id"),
    ("INVALID_FIELD", 400, "No such column"),
    ("INVALID_FIELD_FOR_INSERT_UPDATE", 400, "Unable to create/update fields"),
    ("INVALID_TYPE", 400, "is not supported"),
    ("QUERY_TIMEOUT", 400, "running for too long"),
    ("REQUEST_LIMIT_EXCEEDED", 403, "TotalRequests Limit exceeded."),
    ("REQUIRED_FIELD_MISSING", 400, "Required fields are missing: ["),
    ("SERVER_UNAVAILABLE", 503, "too busy"),
    ("TXN_SECURITY_NO_ACCESS", 403, "security policy"),
    ("UNABLE_TO_LOCK_ROW", 400, "unable to obtain exclusive access to this record"),
    ("UNKNOWN_EXCEPTION", 500, "ErrorId"),
]
LOGINS = {
    "AUTHENTICATION_FAILURE": "authentication failure",
    "EXPIRED_ACCESS": "expired access/refresh token",
    "INACTIVE_ORGANIZATION": "inactive organization",
    "INACTIVE_USER": "inactive user",
    "INVALID_GRANT": "ip restricted",
}
OTHER_STATUSES = [
    ("UNABLE_TO_LOCK_ROW", "lock_status", 500),
    ("INSUFFICIENT_ACCESS_OR_READONLY", "access_status", 400),
    ("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "maintenance_status", 400),
    ("INVALID_QUERY_LOCATOR", "locator_status", 404),
    ("TXN_SECURITY_NO_ACCESS", "policy_status", 400),
]


def test_the_table_is_complete():
    named = {code for code, *_ in CODES} | LOGINS.keys() | {"FAILED_WRITE"}
    assert len(named) == 26
    assert named <= SHAPES.keys() | LOGIN_SHAPES.keys()


@pytest.mark.parametrize(("code", "status", "words"), CODES)
def test_a_code_refuses_a_call_with_its_status_and_words(ann, sim, code, status, words):
    sim.door.add_fault("error", code=code)
    answer = ann("POST", "/sobjects/Task", {"Subject": "a"})
    found = refusal(answer)
    assert found[:2] == (status, code)
    assert words in found[2]
    assert sim.door.tasks() == []


@pytest.mark.parametrize(("code", "status", "words"), CODES)
def test_a_code_refuses_one_record_of_a_collection_under_status_code(ann, sim, code, status, words):
    sim.door.add_fault("record_error", code=code, where={"Subject": "b"}, times=2)
    answer = ann.collection("POST", [{"Subject": "a"}, {"Subject": "b"}])
    assert answer.status_code == 200
    good, bad = answer.json()
    assert (good["success"], bad["success"]) == (True, False)
    (error,) = bad["errors"]
    assert (error["statusCode"], error.keys()) == (code, {"statusCode", "message", "fields"})
    assert words in error["message"]
    assert refusal(ann("POST", "/sobjects/Task", {"Subject": "b"}))[:2] == (status, code)


@pytest.mark.parametrize(("code", "words"), LOGINS.items())
def test_a_code_of_logins_strikes_the_token_endpoint_only(ann, sim, code, words):
    sim.door.add_fault("error", code=code)
    assert ann.get("/limits").status_code == 200
    answer = requests.post(f"{sim.url}/services/oauth2/token", data={"grant_type": "refresh_token"}, timeout=10)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant", "error_description": words})


def test_a_failed_write_is_saved_and_its_connection_cut(ann, sim):
    sim.door.add_fault("error", code="FAILED_WRITE", kind="create")
    with pytest.raises(requests.ConnectionError):
        ann.create(Subject="saved")
    assert [task["Subject"] for task in sim.door.tasks()] == ["saved"]


def test_one_code_can_mean_two_things_by_its_message(ann, sim):
    for code, message in (
        ("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
        ("INVALID_FIELD", "Net::ReadTimeout"),
    ):
        sim.door.add_fault("error", code=code, message=message)
        assert refusal(ann.get("/limits"))[1:] == (code, message)


@pytest.mark.parametrize(("code", "belief", "status"), OTHER_STATUSES)
def test_statuses_that_sources_disagree_on_are_beliefs(ann, sim, code, belief, status):
    sim.door.set_org(beliefs={belief: status})
    sim.door.add_fault("error", code=code)
    assert refusal(ann.get("/limits"))[:2] == (status, code)
