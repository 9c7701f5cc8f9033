"""Bulk 2.0 over plain HTTP: states, spellings of CSV, and what fails as a row, as a job, or at once."""

import csv
import io

import pytest

from tests.orgsim.acme import ANN, refusal

CSV = {"Content-Type": "text/csv"}


def job(caller, kind="ingest", **more):
    body = {"object": "Task", "operation": "insert", "contentType": "CSV", **more}
    answer = caller("POST", f"/jobs/{kind}/", {name: value for name, value in body.items() if value is not None})
    assert answer.status_code == 200, answer.text
    return answer.json()


def upload(caller, job_id, text):
    return caller.http.put(f"{caller.base}/jobs/ingest/{job_id}/batches", text.encode(), headers=CSV, timeout=10)


def close(caller, job_id, kind="ingest"):
    caller("PATCH", f"/jobs/{kind}/{job_id}", {"state": "UploadComplete"})
    return finished(caller, job_id, kind)


def finished(caller, job_id, kind="ingest"):
    seen = [caller.get(f"/jobs/{kind}/{job_id}").json() for _ in range(2)]
    assert seen[0]["state"] == "InProgress"
    return seen[1]


def load(caller, text, **more):
    """Give the finished job and its successful, failed and unprocessed rows."""
    made = job(caller, **more)
    assert upload(caller, made["id"], text).status_code == 201
    return close(caller, made["id"]), *(
        rows(caller, made["id"], name) for name in ("successfulResults", "failedResults", "unprocessedrecords")
    )


def rows(caller, job_id, name):
    answer = caller.get(f"/jobs/ingest/{job_id}/{name}/")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def test_rows_are_created_or_told_why_not(ann, sim):
    text = f'Subject,Description,OwnerId\n"a, b","two\nlines",{ANN}\n{"x" * 256},,\n'
    done, good, bad, rest = load(ann, text)
    assert (done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == ("JobComplete", 2, 1)
    assert (good[0]["sf__Created"], good[0]["Subject"]) == ("true", "a, b")
    assert sim.door.task(good[0]["sf__Id"])["Description"] == "two\nlines"
    assert bad[0]["sf__Error"].startswith("STRING_TOO_LONG:Subject: data value too large: xxx")
    assert bad[0]["sf__Error"].endswith(":Subject --")
    assert rest == []


def test_updates_leave_empty_cells_alone_and_empty_what_says_so(ann, sim):
    record_id = ann.create(Subject="a", Description="kept", ActivityDate="2026-05-01")
    load(ann, f"Id,Subject,Description,ActivityDate\n{record_id},b,,#N/A\n", operation="update")
    row = sim.door.task(record_id)
    assert (row["Subject"], row["Description"], row.get("ActivityDate")) == ("b", "kept", None)


def test_upserts_go_by_key_and_deletes_to_the_bin(ann, sim):
    text = "RemindersyncKey__c,Subject\nk1,new\n"
    _, first, *_ = load(ann, text, operation="upsert", externalIdFieldName="RemindersyncKey__c")
    _, again, *_ = load(ann, text, operation="upsert", externalIdFieldName="remindersynckey__c")
    assert [row["sf__Created"] for row in (*first, *again)] == ["true", "false"]
    _, gone, lost, _ = load(ann, f"Id\n{first[0]['sf__Id']}\n00T00000000zzzzEAA\n", operation="delete")
    assert gone[0]["sf__Id"] == first[0]["sf__Id"]
    assert lost[0]["sf__Error"] == "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--"
    assert sim.door.tasks() == []


@pytest.mark.parametrize(
    ("delimiter", "ending", "text"),
    [
        ("COMMA", "CRLF", "Subject,Priority\r\na,High\r\n"),
        ("TAB", "LF", "Subject\tPriority\na\tHigh\n"),
        ("PIPE", "LF", "\ufeffSubject|Priority\na|High\n"),
    ],
)
def test_delimiters_and_line_endings_are_the_jobs(ann, sim, delimiter, ending, text):
    made = job(ann, columnDelimiter=delimiter, lineEnding=ending)
    upload(ann, made["id"], text)
    assert close(ann, made["id"])["state"] == "JobComplete"
    answer = ann.get(f"/jobs/ingest/{made['id']}/successfulResults")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.content.decode().endswith('"High"\r\n' if ending == "CRLF" else '"High"\n')
    assert sim.door.tasks()[0]["Priority"] == "High"


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("Subject\r\na\r\n", {}, "LineEnding is invalid on user data. Current LineEnding setting is LF"),
        ("Subject\na\n", {"lineEnding": "CRLF"}, "Current LineEnding setting is CRLF"),
        ("Subject,Nope\na,b\n", {}, "Field name not found : Nope"),
        ("Subject\na\n", {"operation": "update"}, "Field name not found : Id"),
        ("Subject\na,b\n", {}, "Failed to parse CSV"),
    ],
)
def test_an_upload_that_can_not_be_read_fails_the_job(ann, sim, text, more, words):
    done, good, bad, _ = load(ann, text, **more)
    assert done["state"] == "Failed"
    assert words in done["errorMessage"]
    assert (good, bad, sim.door.tasks()) == ([], [], [])


def test_wrong_jobs_are_refused_at_once(ann):
    for body, code in (
        ({"object": "Nope"}, "INVALIDENTITY"),
        ({"object": "TaskStatus"}, "INVALIDENTITY"),
        ({"operation": "explode"}, "INVALIDJOB"),
        ({"operation": "upsert"}, "INVALIDJOB"),
        ({"operation": "hardDelete"}, "FEATURENOTENABLED"),
        ({"columnDelimiter": "DOT"}, "INVALIDJOB"),
    ):
        answer = ann("POST", "/jobs/ingest", {"object": "Task", "operation": "insert", **body})
        assert refusal(answer)[:2] == (400, code)
    assert refusal(ann.get("/jobs/ingest/7500000000000zz"))[0] == 404


def test_jobs_are_aborted_deleted_and_listed(ann):
    made = job(ann)
    upload(ann, made["id"], "Subject\na\n")
    assert refusal(upload_again := upload(ann, made["id"], "Subject\nb\n"))[1] == "INVALIDJOBSTATE", upload_again.text
    assert refusal(ann("DELETE", f"/jobs/ingest/{made['id']}"))[1] == "INVALIDJOBSTATE"
    assert ann("PATCH", f"/jobs/ingest/{made['id']}", {"state": "Aborted"}).json()["state"] == "Aborted"
    assert rows(ann, made["id"], "unprocessedrecords") == [{"Subject": "a"}]
    assert [one["id"] for one in ann.get("/jobs/ingest").json()["records"]] == [made["id"]]
    assert ann("DELETE", f"/jobs/ingest/{made['id']}").status_code == 204
    assert refusal(ann.get(f"/jobs/ingest/{made['id']}"))[0] == 404


def test_faults_and_maintenance_reach_single_rows(ann, sim):
    sim.door.add_fault("record_error", code="UNABLE_TO_LOCK_ROW", where={"Subject": "b"})
    _, good, bad, _ = load(ann, "Subject\na\nb\n")
    assert (len(good), bad[0]["sf__Error"]) == (
        1,
        "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--",
    )
    sim.door.set_org(settings={"read_only": True})
    _, good, bad, _ = load(ann, "Subject\na\nb\n")
    assert (good, {row["sf__Error"].partition(":")[0] for row in bad}) == (
        [],
        {"INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"},
    )


def query(caller, soql, operation="query"):
    return job(caller, "query", object=None, operation=operation, query=soql)


def test_a_query_job_gives_pages_with_locators(ann, sim):
    sim.door.put_tasks([{"Subject": f"t{number}", "OwnerId": ANN} for number in range(25)])
    made = query(ann, "SELECT Id, Owner.Name, ActivityDate, LastModifiedDate FROM Task ORDER BY Subject")
    assert refusal(ann.get(f"/jobs/query/{made['id']}/results"))[1] == "INVALIDJOBSTATE"
    assert finished(ann, made["id"], "query")["numberRecordsProcessed"] == 25
    sizes, locator = [], ""
    while locator != "null":
        answer = ann.get(f"/jobs/query/{made['id']}/results", params={"maxRecords": 10, "locator": locator})
        locator = answer.headers["Sforce-Locator"]
        sizes.append(int(answer.headers["Sforce-NumberOfRecords"]))
        page = list(csv.DictReader(io.StringIO(answer.text)))
        assert page[0].keys() == {"Id", "Owner.Name", "ActivityDate", "LastModifiedDate"}
    assert sizes == [10, 10, 5]
    assert (page[0]["Owner.Name"], page[0]["ActivityDate"], page[0]["LastModifiedDate"][-5:]) == (
        "Ann Example",
        "",
        ".000Z",
    )


def test_query_jobs_show_the_bin_when_asked_and_refuse_what_bulk_can_not(ann):
    record_id = ann.create(Subject="gone")
    ann.delete(record_id)
    for operation, count in (("query", "0"), ("queryAll", "1")):
        made = query(ann, "SELECT Id, WhoId FROM Task", operation)
        finished(ann, made["id"], "query")
        answer = ann.get(f"/jobs/query/{made['id']}/results")
        assert (answer.headers["Sforce-NumberOfRecords"], answer.text.splitlines()[0]) == (count, '"Id","WhoId"')
    for soql, code in (
        ("SELECT Nope FROM Task", "INVALID_FIELD"),
        ("SELECT COUNT(Id) FROM Task", "API_ERROR"),
        ("SELECT Id FROM TaskStatus", "INVALIDENTITY"),
        ("", "MALFORMED_QUERY"),
    ):
        answer = ann("POST", "/jobs/query", {"operation": "query", "query": soql})
        assert refusal(answer)[:2] == (400, code)
