"""Refusals that are not one error of one row: queries, spans, composites, collections, bulk rows."""

from datetime import timedelta

import pytest

from tests.orgsim.acme import LEAD, long
from tests.orgsim.test_bulk import load
from tests.orgsim.test_error_bodies import BAD_ID, TASK, UNKNOWN, error


@pytest.fixture
def prepared(ann):
    """Give the ids of a live and of a deleted Task."""
    live, gone = ann.create(Subject="live", WhoId=LEAD), ann.create(Subject="gone")
    ann.delete(gone)
    return {"{id}": live, "{gone}": gone}


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
