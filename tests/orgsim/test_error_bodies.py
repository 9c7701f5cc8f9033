"""What a call about Tasks is answered, to the letter: status, code, message and the shape of the body."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from tests.orgsim.acme import ANN, BOB, CONTACT, GONE, LEAD, Caller, long
from tests.orgsim.test_bulk import load

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


def test_a_row_is_not_put(ann, prepared):
    answer = ann("PUT", TASK, {"Subject": "x"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")


NO_COLUMN = (
    "No such column 'FullName' on entity 'Task'. If you are attempting to use a custom field, be sure to append the "
    "'__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names."
)
QUERIES = [
    ("SELECT Id, FullName FROM Task", "INVALID_FIELD", 12, NO_COLUMN),
    ("SELECT Id FROM Task invalid !", "MALFORMED_QUERY", None, "unexpected token"),
    ("SELECT Id From Task From", "MALFORMED_QUERY", 21, "unexpected token: 'From'"),
    (
        "SELECT Id FROM Task WHERE Subject='a' AND Status='b' OR Priority='c'",
        "MALFORMED_QUERY",
        54,
        "unexpected token: 'OR'",
    ),
    (
        "SELECT Id FROM Task WHERE Status='a' AND NOT Subject LIKE 'x%'",
        "MALFORMED_QUERY",
        42,
        "unexpected token: 'NOT'",
    ),
    ("SELECT Id FROM Task ALL ROWS", "MALFORMED_QUERY", None, "ALL ROWS not allowed in this context"),
]


@pytest.mark.parametrize(("text", "code", "column", "words"), QUERIES)
def test_a_refused_query_shows_the_place_and_the_words(ann, text, code, column, words):
    answer = ann.get("/query", params={"q": text})
    (found,) = answer.json()
    assert (answer.status_code, found["errorCode"]) == (400, code)
    assert words in found["message"]
    if column is not None:
        assert found["message"].startswith(f"\n{text}\n{' ' * (column - 1)}^\nERROR at Row:1:Column:{column}\n")


def span(start, end):
    return {"start": start.isoformat(), "end": end.isoformat()}


@pytest.mark.parametrize("resource", ["updated", "deleted"])
@pytest.mark.parametrize(("start", "end"), [(-40 * 86_400, 0), (0, -3600), (-30, 0)])
def test_a_span_too_old_turned_round_or_too_short_is_refused(ann, sim, resource, start, end):
    from datetime import timedelta

    now = sim.door.now()
    asked = span(now + timedelta(seconds=start), now + timedelta(seconds=end))
    answer = ann.get(f"{TASK}/{resource}", params=asked)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_REPLICATION_DATE")


def part(name, method, path, body=None):
    return {"referenceId": name, "method": method, "url": f"/services/data/v66.0{path}", "body": body}


def test_a_part_that_refers_to_a_failed_one_is_halted(ann):
    parts = [part("bad", "POST", TASK, {"Foo": 1}), part("next", "PATCH", TASK + "/@{bad.id}", {"Subject": "x"})]
    _, halted = ann("POST", "/composite", {"compositeRequest": parts}).json()["compositeResponse"]
    (found,) = halted["body"]
    assert (halted["httpStatusCode"], found["errorCode"]) == (400, "PROCESSING_HALTED")
    assert found["message"].startswith("Invalid reference specified. No value for bad.id found in bad.")


def test_parts_rolled_back_with_a_failed_one_are_halted(ann):
    parts = [part("good", "POST", TASK, {"Subject": "x"}), part("bad", "POST", TASK, {"Foo": 1})]
    body = {"allOrNone": True, "compositeRequest": parts}
    good, bad = ann("POST", "/composite", body).json()["compositeResponse"]
    assert (good["httpStatusCode"], good["body"][0]["errorCode"]) == (400, "PROCESSING_HALTED")
    assert (bad["httpStatusCode"], bad["body"][0]["errorCode"]) == (400, "INVALID_FIELD")
    assert ann.rows("SELECT Id FROM Task") == []


def test_a_batch_with_one_failure_says_so_and_goes_on(ann, prepared):
    patches = [
        {"method": "PATCH", "url": f"v66.0{TASK}/{one}", "richInput": {"Subject": "x"}}
        for one in (prepared["{id}"], UNKNOWN)
    ]
    answer = ann("POST", "/composite/batch", {"batchRequests": patches})
    assert (answer.status_code, answer.json()) == (
        200,
        {"hasErrors": True, "results": [{"statusCode": 204, "result": None}, {"statusCode": 404, "result": [BAD_ID]}]},
    )


def test_a_failed_record_of_a_collection_has_a_status_code_and_no_error_code(ann, prepared):
    answer = ann.collection("PATCH", [{"id": UNKNOWN, "Subject": "x"}, {"id": prepared["{gone}"], "Subject": "x"}])
    assert (answer.status_code, answer.json()) == (
        200,
        [
            {
                "success": False,
                "errors": [
                    {"statusCode": "INVALID_CROSS_REFERENCE_KEY", "message": "invalid cross reference id", "fields": []}
                ],
            },
            {
                "success": False,
                "errors": [{"statusCode": "ENTITY_IS_DELETED", "message": "entity is deleted", "fields": []}],
            },
        ],
    )


def test_a_taken_key_names_the_record_that_has_it(ann):
    holder = ann.create(RemindersyncKey__c="k")
    answer = ann("POST", TASK, {"RemindersyncKey__c": "k"})
    message = f"duplicate value found: RemindersyncKey__c duplicates value on record with id: {holder[:15]}"
    assert (answer.status_code, answer.json()) == (400, [error("DUPLICATE_VALUE", message)])


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (
            {"grant_type": "client_credentials", "client_id": "orgsim-client", "client_secret": "wrong"},
            {"error": "invalid_client", "error_description": "invalid client credentials"},
        ),
        (
            {"grant_type": "client_credentials", "client_id": "orgsim-client"},
            {"error": "invalid_client", "error_description": "invalid client credentials"},
        ),
        (
            {
                "grant_type": "refresh_token",
                "refresh_token": "dead",
                "client_id": "orgsim-client",
                "client_secret": "orgsim-secret",
            },
            {"error": "invalid_grant", "error_description": "expired access/refresh token"},
        ),
    ],
)
def test_a_refused_token_call_answers_two_words(sim, form, expected):
    answer = requests.post(f"{sim.url}/services/oauth2/token", data=form, timeout=10)
    assert (answer.status_code, answer.json()) == (400, expected)


def test_an_unknown_grant_is_unsupported(sim):
    form = {"grant_type": "magic", "client_id": "orgsim-client", "client_secret": "orgsim-secret"}
    answer = requests.post(f"{sim.url}/services/oauth2/token", data=form, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
    assert answer.json()["error_description"]


def test_a_token_answer_is_signed_with_the_secret(sim):
    import base64
    import hashlib
    import hmac

    login = sim.door.session("ann@acme.example")
    form = {"grant_type": "refresh_token", "refresh_token": login["refresh_token"], "client_id": "orgsim-client"}
    answer = requests.post(
        f"{sim.url}/services/oauth2/token", data={**form, "client_secret": "orgsim-secret"}, timeout=10
    )
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["issued_at"].isdigit()
    assert body["id"].endswith(long(ANN))
    digest = hmac.new(b"orgsim-secret", (body["id"] + body["issued_at"]).encode(), hashlib.sha256).digest()
    assert body["signature"] == base64.b64encode(digest).decode()


def test_successes_have_their_shapes(ann: Caller):
    made = ann("POST", TASK, {"Subject": "a"})
    record_id = made.json()["id"]
    assert (made.status_code, made.json()) == (201, {"id": record_id, "success": True, "errors": []})
    for answer in (ann.update(record_id, Subject="b"), ann.delete(record_id)):
        assert (answer.status_code, answer.content) == (204, b"")
    key = TASK + "/RemindersyncKey__c/k"
    new, again = ann("PATCH", key, {"Subject": "a"}), ann("PATCH", key, {"Subject": "b"})
    body = {"id": new.json()["id"], "success": True, "errors": []}
    assert (new.status_code, new.json()) == (201, {**body, "created": True})
    assert (again.status_code, again.json()) == (200, {**body, "created": False})
    old = ann("PATCH", f"/services/data/v45.0{key}", {"Subject": "c"})
    assert (old.status_code, old.content) == (204, b"")


def test_a_query_answer_has_its_shape_and_limit_bounds_its_size(ann):
    for name in ("a", "B", "b"):
        ann.create(Subject=name)
    found = ann.query("SELECT Id, Who.Name FROM Task WHERE Subject LIKE 'B%' LIMIT 1")
    (record,) = found.pop("records")
    assert found == {"totalSize": 1, "done": True}
    url = f"/services/data/v66.0/sobjects/Task/{record['Id']}"
    assert record["attributes"] == {"type": "Task", "url": url}
    assert record["Who"] is None
    assert ann.query("SELECT Id FROM Task WHERE Subject LIKE 'B%'")["totalSize"] == 2


def test_the_next_page_is_under_query_for_query_all_too(ann, sim):
    sim.door.put_tasks([{"OwnerId": ANN, "Subject": str(number)} for number in range(201)])
    options = {"headers": {"Sforce-Query-Options": "batchSize=200"}}
    found = ann.query("SELECT Id FROM Task", "queryAll", **options)
    assert (found["done"], len(found["records"])) == (False, 200)
    assert found["nextRecordsUrl"].startswith("/services/data/v66.0/query/01g")
    rest = ann.get(found["nextRecordsUrl"], **options).json()
    assert (rest["done"], len(rest["records"]), "nextRecordsUrl" in rest) == (True, 1, False)


def test_replication_answers_have_their_shapes_and_every_answer_the_usage(ann, sim):
    from datetime import timedelta

    sim.door.freeze()
    gone = ann.create(Subject="a")
    ann.delete(gone)
    live = ann.create(Subject="b")
    now = sim.door.now()
    asked = span(now - timedelta(minutes=5), now + timedelta(minutes=5))
    updated, deleted = (ann.get(f"{TASK}/{name}", params=asked) for name in ("updated", "deleted"))
    assert updated.json()["ids"] == [live]
    assert [one["id"] for one in deleted.json()["deletedRecords"]] == [gone]
    assert set(updated.json()) == {"ids", "latestDateCovered"}
    assert set(deleted.json()) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    assert deleted.json()["deletedRecords"][0]["deletedDate"].endswith(".000+0000")
    used = [one.headers["Sforce-Limit-Info"] for one in (updated, deleted)]
    assert all(one.startswith("api-usage=") and one.endswith("/100000") for one in used)


def test_a_failed_row_of_a_bulk_job_tells_code_message_and_fields(ann, sim):
    records = [ann.create(Subject="locked", WhoId=LEAD), ann.create(Subject="free")]
    sim.door.lock_rows(LEAD, seconds=600)
    text = "Id,Subject\n" + "".join(f"{one},x\n" for one in (*records, UNKNOWN))
    _, good, bad, _ = load(ann, text, operation="update")
    lock = f"unable to obtain exclusive access to this record or 1 records: {long(LEAD)}"
    assert [row["sf__Id"] for row in good] == [records[1]]
    assert [row["sf__Error"] for row in bad] == [
        f"UNABLE_TO_LOCK_ROW:{lock}:--",
        "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--",
    ]


def test_a_trigger_made_for_few_records_fails_every_row_of_a_bulk_job(ann, sim):
    sim.door.add_rule("bulk_limit", more_than=1, on=["create"])
    done, good, bad, _ = load(ann, "Subject\na\nb\n")
    assert (done["state"], good, len(bad)) == ("JobComplete", [], 2)
    assert bad[0]["sf__Error"].startswith("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY:TaskTrigger: execution of BeforeInsert")
