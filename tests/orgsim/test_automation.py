"""The customer's automation as data: rules, flows, triggers, custom fields, record types, rights on fields."""

import pytest

from orgsim.door import DoorError, UserRefusedError
from tests.orgsim.acme import ANN, BOB, long, refusal


def error_of(result):
    (error,) = result["errors"]
    return error["statusCode"], error["message"], error["fields"]


def test_a_validation_rule_refuses_with_its_own_words_and_fields(ann, sim):
    sim.door.add_rule(
        "validation",
        where="Priority = 'High' AND ActivityDate = null",
        message="Urgent needs a day",
        fields=["ActivityDate"],
    )
    (error,) = ann("POST", "/sobjects/Task", {"Priority": "High"}).json()
    assert error == {
        "message": "Urgent needs a day",
        "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "fields": ["ActivityDate"],
    }
    record_id = ann.create(Priority="High", ActivityDate="2026-05-01")
    assert refusal(ann.update(record_id, ActivityDate=None))[1] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    results = ann.collection("PATCH", [{"id": record_id, "ActivityDate": None}, {"id": ann.create(), "Subject": "x"}])
    assert [one["success"] for one in results.json()] == [False, True]


def test_a_rule_can_ask_for_a_change_an_event_and_a_user(ann, callers, sim):
    sim.door.add_rule("validation", changed=["Subject"], on=["update"], users=["ann@acme.example"], message="Keep it")
    record_id = ann.create(Subject="a")
    assert refusal(ann.update(record_id, Subject="b"))[2] == "Keep it"
    assert ann.update(record_id, Subject="a", Priority="Low").status_code == 204
    assert callers("boss").update(record_id, Subject="b").status_code == 204
    sim.door.clear_rules()
    assert ann.update(record_id, Subject="c").status_code == 204


def test_a_rule_stands_in_the_way_of_deleting_and_of_people_too(ann, sim):
    sim.door.add_rule("validation", on=["delete"], where="IsClosed = true", message="History stays")
    record_id = ann.create(Status="Completed")
    assert refusal(ann.delete(record_id))[2] == "History stays"
    with pytest.raises(UserRefusedError, match="History stays"):
        sim.door.as_user("ann@acme.example").delete(record_id)


def test_any_code_of_bad_data_can_be_a_rule(ann, sim):
    sim.door.add_rule("validation", code="FIELD_FILTER_VALIDATION_EXCEPTION", message="Value does not exist")
    assert refusal(ann("POST", "/sobjects/Task", {}))[:2] == (400, "FIELD_FILTER_VALIDATION_EXCEPTION")


def test_a_flow_rewrites_subject_and_owner_inside_the_save(ann, callers, sim):
    sim.door.add_rule("flow", where="(NOT Subject LIKE '[Sales]%')", set={"Subject": "[Sales] {Subject}"})
    sim.door.add_rule("flow", on=["create"], where="Priority = 'High'", set={"OwnerId": BOB})
    record_id = ann.create(Subject="Call", Priority="High")
    row = callers("bob").read(record_id)
    assert (row["Subject"], row["OwnerId"], row["LastModifiedById"]) == ("[Sales] Call", long(BOB), long(ANN))
    assert sim.door.counters()["records"] == {"created": 1, "updated": 0, "deleted": 0}
    callers("bob").update(record_id, Subject="[Sales] again")
    assert callers("bob").read(record_id)["Subject"] == "[Sales] again"


def test_what_a_flow_writes_is_checked_like_anything_else(ann, sim):
    sim.door.add_rule("flow", set={"Subject": "x" * 300})
    assert refusal(ann("POST", "/sobjects/Task", {}))[1] == "STRING_TOO_LONG"


def test_a_trigger_edits_after_the_save_as_the_running_user_or_another(ann, sim):
    sim.door.add_rule("after_save", where="IsClosed = true", changed=["Status"], set={"Description": "done by {$user}"})
    record_id = ann.create(Subject="a")
    ann.update(record_id, Status="Completed")
    row = ann.read(record_id)
    assert (row["Description"], row["LastModifiedById"]) == (f"done by {long(ANN)}", long(ANN))
    sim.door.add_rule("after_save", run_as="admin@acme.example", set={"Priority": "Low"})
    row = ann.read(ann.create(Subject="b"))
    assert (row["Priority"], row["CreatedById"] != row["LastModifiedById"]) == ("Low", True)


def test_a_trigger_made_for_few_records_fails_a_whole_call(ann, sim):
    sim.door.add_rule("bulk_limit", more_than=2, on=["create"], name="Audit")
    answer = ann.collection("POST", [{"Subject": str(number)} for number in range(3)])
    assert answer.status_code == 200
    assert {error_of(one)[0] for one in answer.json()} == {"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"}
    assert "System.LimitException: Too many SOQL queries: 101" in error_of(answer.json()[0])[1]
    assert sim.door.tasks() == []
    assert all(one["success"] for one in ann.collection("POST", [{"Subject": "a"}, {"Subject": "b"}]).json())


def test_a_security_policy_refuses_large_queries(ann, sim):
    for number in range(3):
        ann.create(Subject=str(number))
    sim.door.add_rule("policy", more_than=2, users=["ann@acme.example"])
    assert len(ann.rows("SELECT Id FROM Task LIMIT 2")) == 2
    answer = ann.get("/query", params={"q": "SELECT Id FROM Task"})
    assert refusal(answer)[:2] == (403, "TXN_SECURITY_NO_ACCESS")


def test_required_and_restricted_custom_fields(ann, sim):
    old = ann.create(Subject="from before")
    region = {"name": "Region__c", "type": "picklist", "values": ["North"], "restricted": True, "required": True}
    sim.door.set_org(settings={"custom_fields": [region]})
    assert refusal(ann("POST", "/sobjects/Task", {}))[1:] == (
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [Region__c]",
    )
    assert refusal(ann.update(old, Subject="x"))[1] == "REQUIRED_FIELD_MISSING"
    assert refusal(ann.update(old, Region__c="Moon"))[1] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert ann.update(old, Region__c="North").status_code == 204
    assert ann.rows("SELECT Region__c FROM Task WHERE Region__c = 'north'") == [{"Region__c": "North"}]
    fields = {one["name"]: one for one in ann.get("/sobjects/Task/describe").json()["fields"]}
    assert (fields["Region__c"]["nillable"], fields["Region__c"]["custom"]) == (False, True)


def test_record_types_narrow_the_picklists(ann, sim):
    sales, service = "012000000000001", "012000000000002"
    types = [{"Id": sales, "Name": "Sales", "Status": ["Not Started", "Completed"]}, {"Id": service, "Name": "Service"}]
    sim.door.set_org(settings={"record_types": types})
    record_id = ann.create(Subject="a")
    assert refusal(ann.update(record_id, Status="Deferred"))[1] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert ann.update(record_id, RecordTypeId=service, Status="Deferred").status_code == 204
    unknown = ann.update(record_id, RecordTypeId="012000000000009")
    assert refusal(unknown)[1:] == (
        "INVALID_CROSS_REFERENCE_KEY",
        "Record Type ID: this ID value isn't valid for the user: 012000000000009AAA",
    )


def test_field_level_security_hides_and_protects_fields_of_one_user(ann, callers, sim):
    sim.door.set_user("ann@acme.example", HiddenFields=["Description"], ReadOnlyFields=["Subject"])
    record_id = ann.create(Priority="High")
    assert "Description" not in ann.read(record_id)
    assert refusal(ann.get("/query", params={"q": "SELECT Description FROM Task"}))[1] == "INVALID_FIELD"
    assert refusal(ann.update(record_id, Description="x"))[1] == "INVALID_FIELD"
    assert refusal(ann.update(record_id, Subject="x"))[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    fields = {one["name"]: one for one in ann.get("/sobjects/Task/describe").json()["fields"]}
    assert (fields["Subject"]["updateable"], fields["Priority"]["updateable"]) == (False, True)
    assert callers("boss").update(record_id, Subject="x", Description="y").status_code == 204


def test_rights_of_a_user_over_tasks_and_the_api(ann, sim):
    record_id = ann.create(Subject="a")
    sim.door.set_user("ann@acme.example", EditTasks=False)
    described = ann.get("/sobjects/Task/describe").json()
    rights = {name: described[name] for name in ("createable", "updateable", "deletable", "queryable", "replicateable")}
    assert rights == dict.fromkeys(("createable", "updateable", "deletable"), False) | dict.fromkeys(
        ("queryable", "replicateable"), True
    )
    assert refusal(ann("POST", "/sobjects/Task", {}))[1] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert refusal(ann.update(record_id, Subject="b"))[:2] == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    sim.door.set_user("ann@acme.example", HiddenObjects=["Task"])
    assert refusal(ann.get("/query", params={"q": "SELECT Id FROM Task"}))[1] == "INVALID_TYPE"
    sim.door.set_user("ann@acme.example", ApiEnabled=False)
    assert refusal(ann.get("/limits")) == (403, "API_CURRENTLY_DISABLED", "API is disabled for this User")
    sim.door.set_user("ann@acme.example", IsActive=False)
    assert refusal(ann.get("/limits"))[:2] == (401, "INVALID_SESSION_ID")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"automation": [{"kind": "magic"}]}, "No automation is called 'magic'"),
        ({"automation": [{"kind": "flow", "colour": "red"}]}, "A rule has no 'colour'"),
        ({"automation": [{"kind": "flow", "where": "Subject ="}]}, "is no SOQL"),
        ({"automation": [{"kind": "flow", "where": "Colour__c = 'red'"}]}, "can't be met"),
        ({"automation": [{"kind": "flow", "set": {"Colour__c": "red"}}]}, "don't have"),
        ({"custom_fields": [{"name": "Region"}]}, "ends in __c"),
        ({"custom_fields": [{"name": "R__c", "colour": 1}]}, "has no 'colour'"),
        ({"record_types": [{"Id": "x"}]}, "no id of a record type"),
        ({"parent_sharing": "maybe"}, "public, private"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_a_sentence(sim, settings, words):
    (before,) = sim.door.orgs()
    with pytest.raises(DoorError, match=words):
        sim.door.set_org(settings=settings)
    assert sim.door.orgs() == [before]
