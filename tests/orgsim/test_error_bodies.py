"""What a call about Tasks is answered, to the letter: status, code, message and the shape of the body."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.orgsim.acme import BOB, CONTACT, GONE, LEAD, long

UNKNOWN = "00T000000000099"
NO_RIGHT = (
    "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is "
    "read/write for your profile or permission set."
)
NOT_FOUND = {"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}
BAD_ID = {"message": "invalid cross reference id", "errorCode": "INVALID_CROSS_REFERENCE_KEY", "fields": []}
IS_DELETED = {"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}


@dataclass(frozen=True)
class Row:
    """One answer: `{id}` and `{gone}` in path and body stand for a live and a deleted Task of Ann's."""

    name: str
    method: str
    path: str
    status: int
    error: dict[str, Any]
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[Any], Any] = lambda sim: None
    query: str | None = None


def error(code: str, message: str, *fields: str) -> dict[str, Any]:
    return {"message": message, "errorCode": code, "fields": list(fields)}


def bare(code: str, message: str) -> dict[str, Any]:
    return {"message": message, "errorCode": code}


TASK = "/sobjects/Task"
ROWS = [
    Row(
        "a required field set to null",
        "PATCH",
        TASK + "/{id}",
        400,
        error("REQUIRED_FIELD_MISSING", "Required fields are missing: [Status]", "Status"),
        {"Status": None},
    ),
    Row(
        "a required custom field left out",
        "POST",
        TASK,
        400,
        error("REQUIRED_FIELD_MISSING", "Required fields are missing: [Region__c]", "Region__c"),
        {},
        prepare=lambda sim: sim.door.set_org(
            settings={"custom_fields": [{"name": "Region__c", "required": True}]},
        ),
    ),
    Row("reading an unknown id", "GET", TASK + "/" + UNKNOWN, 404, NOT_FOUND),
    Row("creating an unknown object", "POST", "/sobjects/Nope", 404, NOT_FOUND, {}),
    Row("reading of an unknown object", "GET", "/sobjects/Nope/" + UNKNOWN, 404, NOT_FOUND),
    Row("describing an unknown object", "GET", "/sobjects/Nope/describe", 404, NOT_FOUND),
    Row("a version that never was", "GET", "/services/data/v1.0/sobjects/Task/describe", 404, NOT_FOUND),
    Row(
        "reading a malformed id",
        "GET",
        TASK + "/123",
        404,
        bare("NOT_FOUND", "Provided external ID field does not exist or is not accessible: 123"),
    ),
    Row("updating an unknown id", "PATCH", TASK + "/" + UNKNOWN, 404, BAD_ID, {"Subject": "x"}),
    Row("deleting an unknown id", "DELETE", TASK + "/" + UNKNOWN, 404, BAD_ID),
    Row("reading a deleted record", "GET", TASK + "/{gone}", 404, IS_DELETED),
    Row("updating a deleted record", "PATCH", TASK + "/{gone}", 404, IS_DELETED, {"Subject": "x"}),
    Row("deleting a deleted record", "DELETE", TASK + "/{gone}", 404, IS_DELETED),
    Row(
        "creating with an unknown field",
        "POST",
        TASK,
        400,
        bare("INVALID_FIELD", "No such column 'Foo' on sobject of type Task"),
        {"Foo": 1},
    ),
    Row(
        "updating an unknown field",
        "PATCH",
        TASK + "/{id}",
        400,
        bare("INVALID_FIELD", "No such column 'Foo' on sobject of type Task"),
        {"Foo": 1},
    ),
    Row(
        "reading an unknown field",
        "GET",
        TASK + "/{id}?fields=Subject,Foo",
        400,
        bare("INVALID_FIELD", "No such column 'Foo' on sobject of type Task"),
    ),
    Row(
        "too long a text",
        "POST",
        TASK,
        400,
        error("STRING_TOO_LONG", f"Subject: data value too large: {'x' * 256} (max length=255)", "Subject"),
        {"Subject": "x" * 256},
    ),
    Row(
        "a word for a number",
        "POST",
        TASK,
        400,
        bare(
            "JSON_PARSER_ERROR",
            "Cannot deserialize instance of int from VALUE_STRING value banana or request may be missing a required "
            "field at [line:1, column:2]",
        ),
        {"CallDurationInSeconds": "banana"},
    ),
    Row(
        "a number for a date",
        "POST",
        TASK,
        400,
        bare(
            "JSON_PARSER_ERROR",
            "Cannot deserialize instance of date from VALUE_NUMBER_INT value 7 or request may be missing a required "
            "field at [line:1, column:2]",
        ),
        {"ActivityDate": 7},
    ),
    Row(
        "writing a read-only field",
        "PATCH",
        TASK + "/{id}",
        400,
        error("INVALID_FIELD_FOR_INSERT_UPDATE", NO_RIGHT.format("IsClosed"), "IsClosed"),
        {"IsClosed": True},
    ),
    Row(
        "a value off a restricted picklist",
        "POST",
        TASK,
        400,
        error(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Call Type: bad value for restricted picklist field: Loud",
            "CallType",
        ),
        {"CallType": "Loud"},
    ),
    Row(
        "a status off the org's restricted list",
        "PATCH",
        TASK + "/{id}",
        400,
        error(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Status: bad value for restricted picklist field: Won", "Status"
        ),
        {"Status": "Won"},
        prepare=lambda sim: sim.door.set_org(beliefs={"restricted_picklists": True}),
    ),
    Row(
        "a record type that is not the user's",
        "POST",
        TASK,
        400,
        error(
            "INVALID_CROSS_REFERENCE_KEY",
            "Record Type ID: this ID value isn't valid for the user: 012000000000009AAA",
            "RecordTypeId",
        ),
        {"RecordTypeId": "012000000000009AAA"},
        prepare=lambda sim: sim.door.set_org(settings={"record_types": [{"Id": "012000000000001"}]}),
    ),
    Row(
        "a person that does not exist",
        "POST",
        TASK,
        400,
        error("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", "WhoId"),
        {"WhoId": "003000000000099"},
    ),
    Row(
        "a person out of sight",
        "POST",
        TASK,
        400,
        error(
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
            f"insufficient access rights on cross-reference id: {CONTACT}",
        ),
        {"WhoId": CONTACT},
        prepare=lambda sim: (
            sim.door.act("bob@acme.example", "update", object="Contact", id=CONTACT, fields={"OwnerId": BOB}),
            sim.door.set_org(settings={"parent_sharing": "private"}),
        ),
    ),
    Row(
        "a validation rule",
        "PATCH",
        TASK + "/{id}",
        400,
        error("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Say what it is about", "Subject"),
        {"Subject": None},
        prepare=lambda sim: sim.door.add_rule(
            "validation", where="Subject = null", message="Say what it is about", fields=["Subject"]
        ),
    ),
    Row(
        "a dead token",
        "GET",
        TASK + "/{id}",
        401,
        bare("INVALID_SESSION_ID", "Session expired or invalid"),
        headers={"Authorization": "Bearer 00D000000000001!dead"},
    ),
    Row(
        "a header that names no scheme",
        "GET",
        TASK + "/{id}",
        401,
        bare("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE"),
        headers={"Authorization": "nonsense"},
    ),
    Row(
        "the day's calls used up",
        "GET",
        TASK + "/{id}",
        403,
        bare("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        prepare=lambda sim: sim.door.set_org(settings={"daily_limit": 10}, api_used=10),
    ),
    *(
        Row(
            f"a row lock, believed to be {status}",
            "PATCH",
            TASK + "/{id}",
            status,
            error("UNABLE_TO_LOCK_ROW", f"unable to obtain exclusive access to this record or 1 records: {long(LEAD)}"),
            {"Subject": "x"},
            prepare=lambda sim, status=status: (
                sim.door.lock_rows(LEAD, seconds=600),
                sim.door.set_org(beliefs={"lock_status": status}),
            ),
        )
        for status in (400, 500)
    ),
    Row(
        "an approval",
        "PATCH",
        TASK + "/{id}",
        400,
        error("ENTITY_IS_LOCKED", "the entity is locked for editing"),
        {"Subject": "x"},
        prepare=lambda sim: sim.door.lock_records(sim.door.tasks()[0]["Id"]),
    ),
    Row(
        "an owner who is inactive",
        "PATCH",
        TASK + "/{id}",
        400,
        error("INACTIVE_OWNER_OR_USER", f"operation performed with inactive user [{GONE}] as owner of task", "OwnerId"),
        {"OwnerId": GONE},
    ),
    Row(
        "a user without the API",
        "GET",
        TASK + "/{id}",
        403,
        bare("API_CURRENTLY_DISABLED", "API is disabled for this User"),
        prepare=lambda sim: sim.door.set_user("ann@acme.example", ApiEnabled=False),
    ),
    *(
        Row(
            f"a locator nobody opened, believed to be {status}",
            "GET",
            "/query/01g000000000001AAA-2000",
            status,
            bare("INVALID_QUERY_LOCATOR", "invalid query locator"),
            prepare=lambda sim, status=status: sim.door.set_org(beliefs={"locator_status": status}),
        )
        for status in (400, 404)
    ),
]


@pytest.fixture
def prepared(ann, sim):
    """Give the ids that the rows' places stand for."""
    live, gone = ann.create(Subject="live", WhoId=LEAD), ann.create(Subject="gone")
    ann.delete(gone)
    return {"{id}": live, "{gone}": gone}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_refused_call_answers_to_the_letter(ann, sim, prepared, row):
    path = row.path
    for place, record_id in prepared.items():
        path = path.replace(place, record_id)
    row.prepare(sim)
    answer = ann(row.method, path, row.body, headers=row.headers)
    assert (answer.status_code, answer.json()) == (row.status, [row.error])
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
