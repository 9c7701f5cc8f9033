"""The allowance, counters, the log of calls, versions, limits, describe."""

import pytest
import requests

from tests.orgsim.acme import ANN, refusal


def test_usage_is_on_every_answer_and_counts_every_call(ann, sim):
    first = ann.get("/limits").headers["Sforce-Limit-Info"]
    second = ann.get("/sobjects/Task/123").headers["Sforce-Limit-Info"]
    used = [int(text.removeprefix("api-usage=").split("/")[0]) for text in (first, second)]
    assert used[1] == used[0] + 1


def test_the_daily_limit_refuses_and_rolls_off_after_24_hours(ann, sim):
    sim.door.set_org(settings={"daily_limit": 10, "session_seconds": 10 * 86_400.0}, api_used=9)
    body = ann.get("/limits").json()
    assert body["DailyApiRequests"] == {"Max": 10, "Remaining": 0}
    assert refusal(ann.get("/limits")) == (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    sim.door.advance(24 * 3600 + 60)
    assert ann.get("/limits").json()["DailyApiRequests"] == {"Max": 10, "Remaining": 9}


def test_counters_tell_kinds_users_and_records(ann, callers, sim):
    boss = callers("boss")
    sim.door.reset_counters()
    record_id = ann.create(Subject="a")
    boss.update(record_id, Subject="b")
    boss.delete(record_id)
    ann.query("SELECT Id FROM Task")
    counters = sim.door.counters()
    assert counters["by_kind"] == {"create": 1, "update": 1, "delete": 1, "query": 1}
    assert counters["by_user"] == {"ann@acme.example": 2, "boss@acme.example": 2}
    assert counters["records"] == {"created": 1, "updated": 1, "deleted": 1}


def test_duplicates_are_counted_by_content_and_told_apart_by_maker(ann, sim):
    person = sim.door.as_user("ann@acme.example")
    person.create(Subject="same", Description="d")
    person.create(Subject="same", Description="d")
    assert sim.door.counters()["duplicates"] == {"by_key": 0, "by_content": 1, "by_content_created_by_api": 0}
    ann.create(Subject="same", Description="d")
    ann.create(Subject="other", Description="d")
    sim.door.put_tasks(
        [{"OwnerId": ANN, "RemindersyncKey__c": "k"}, {"OwnerId": ANN, "RemindersyncKey__c": "k", "Subject": "2"}]
    )
    assert sim.door.counters()["duplicates"] == {"by_key": 1, "by_content": 2, "by_content_created_by_api": 1}


def test_a_person_in_the_pages_costs_no_call_and_stamps_their_name(sim):
    sim.door.reset_counters()
    admin = sim.door.as_user("admin@acme.example")
    record_id = admin.create(Subject="a", OwnerId=ANN)
    admin.update(record_id, Status="Completed")
    counters = sim.door.counters()
    assert (counters["calls"], counters["records"]["created"]) == (0, 0)
    row = sim.door.task(record_id)
    assert row["LastModifiedById"] == row["CreatedById"] != row["OwnerId"]
    assert row["IsClosed"]


def test_the_log_has_the_last_calls(ann, sim):
    ann.get("/limits")
    (call,) = sim.door.calls(1)
    assert (call["method"], call["path"], call["kind"]) == ("GET", "/services/data/v66.0/limits", "limits")
    assert (call["user"], call["status"], call["fault"]) == ("ann@acme.example", 200, None)


def test_versions_are_listed_without_a_login(sim):
    versions = requests.get(f"{sim.url}/services/data/", timeout=10).json()
    assert [versions[0]["version"], versions[-1]["version"]] == ["20.0", "67.0"]
    labels = {one["version"]: one["label"] for one in versions}
    assert (labels["66.0"], labels["67.0"], labels["65.0"], labels["62.0"]) == (
        "Spring '26",
        "Summer '26",
        "Winter '26",
        "Winter '25",
    )


def test_old_versions_are_gone_and_unknown_ones_not_found(ann):
    assert ann.get("/services/data/v20.0/limits").status_code == 200
    assert refusal(ann.get("/services/data/v19.0/limits"))[:2] == (410, "GONE")
    for version in ("v1.0", "v68.0", "v99.0", "vx"):
        assert refusal(ann.get(f"/services/data/{version}/limits"))[:2] == (404, "NOT_FOUND")
    assert ann.get("/services/data/v31.0/limits").status_code == 200


def test_the_versions_that_salesforce_itself_retired_can_be_retired_here_too(ann, sim):
    sim.door.set_org(settings={"oldest_version": 31}, beliefs={"retired_version_code": "UNSUPPORTED_API_VERSION"})
    assert refusal(ann.get("/services/data/v30.0/limits"))[:2] == (410, "UNSUPPORTED_API_VERSION")


@pytest.mark.parametrize("path", ["/nope", "/sobjects/Task/describe/layouts/x", "/composite/nope"])
def test_unknown_resources_are_not_found(ann, path):
    assert refusal(ann.get(path))[:2] == (404, "NOT_FOUND")


def test_resources_and_objects_are_listed(ann):
    assert ann.get("").json()["query"] == "/services/data/v66.0/query"
    names = {entry["name"] for entry in ann.get("/sobjects/").json()["sobjects"]}
    assert {"Task", "User", "Lead", "TaskStatus"} <= names
    assert ann.get("/sobjects/task").json()["objectDescribe"]["keyPrefix"] == "00T"


def test_describe_shows_the_orgs_picklists_and_key_field(ann, sim):
    described = ann.get("/sobjects/task/describe/").json()
    fields = {field["name"]: field for field in described["fields"]}
    assert [value["value"] for value in fields["Status"]["picklistValues"]][:3] == [
        "Not Started",
        "In Progress",
        "Completed",
    ]
    assert fields["Status"]["picklistValues"][0]["defaultValue"]
    assert (fields["Status"]["restrictedPicklist"], fields["Subject"]["type"]) == (False, "combobox")
    key = fields["RemindersyncKey__c"]
    assert (key["unique"], key["externalId"], key["length"], key["caseSensitive"]) == (True, True, 64, False)
    sim.door.set_org(beliefs={"restricted_picklists": True, "external_id_case_sensitive": True})
    fields = {field["name"]: field for field in ann.get("/sobjects/Task/describe").json()["fields"]}
    assert fields["Status"]["restrictedPicklist"]
    assert fields["RemindersyncKey__c"]["caseSensitive"]
    assert ann.create(RemindersyncKey__c="abc")
    assert ann.create(RemindersyncKey__c="ABC")
