"""One Task: create, read, update, delete, upsert, and what each answers when it can't."""

import pytest

from tests.orgsim.acme import ACCOUNT, ANN, BOB, CONTACT, CONVERTED, GONE, LEAD, QUEUE, long, refusal

UNKNOWN = "00T00000000zzzzEAA"


def test_create_answers_id_location_and_no_errors(ann):
    answer = ann("POST", "/sobjects/Task/", {"Subject": "Call"})
    body = answer.json()
    assert answer.status_code == 201
    assert body == {"id": body["id"], "success": True, "errors": []}
    assert answer.headers["Location"].endswith(f"/sobjects/Task/{body['id']}")


def test_a_new_task_gets_defaults_owner_and_equal_stamps(ann, sim):
    sim.door.freeze()
    row = ann.read(ann.create(Subject="Call"))
    assert (row["Status"], row["Priority"], row["OwnerId"]) == ("Not Started", "Normal", long(ANN))
    assert row["CreatedDate"] == row["LastModifiedDate"] == row["SystemModstamp"]
    assert row["CreatedDate"].endswith(".000+0000")
    assert row["CreatedById"] == row["LastModifiedById"] == long(ANN)
    assert (row["IsClosed"], row["IsDeleted"], row["IsArchived"], row["TaskSubtype"]) == (False, False, False, "Task")


def test_names_go_in_any_case_and_fifteen_characters_do(ann):
    answer = ann("POST", "/sobjects/tASK", {"subject": "x", "OWNERID": ANN})
    record_id = answer.json()["id"]
    row = ann.get(f"/sobjects/TASK/{record_id[:15]}/?fields=subject").json()
    assert row["Subject"] == "x"
    assert row["Id"] == record_id
    assert row["attributes"]["type"] == "Task"


def test_update_answers_204_without_a_body_and_moves_the_stamps(ann, sim):
    sim.door.freeze()
    record_id = ann.create(Subject="a")
    sim.door.advance(5)
    answer = ann.update(record_id, Subject="b")
    assert (answer.status_code, answer.content) == (204, b"")
    row = ann.read(record_id)
    assert row["Subject"] == "b"
    assert row["SystemModstamp"] == row["LastModifiedDate"] > row["CreatedDate"]


def test_an_identical_update_moves_the_stamps_unless_believed_otherwise(ann, sim):
    sim.door.freeze()
    record_id = ann.create(Subject="a")
    sim.door.advance(5)
    ann.update(record_id, Subject="a")
    moved = ann.read(record_id)["SystemModstamp"]
    assert moved > ann.read(record_id)["CreatedDate"]
    sim.door.set_org(beliefs={"identical_update_moves_stamps": False})
    sim.door.advance(5)
    ann.update(record_id, Subject="a")
    assert ann.read(record_id)["SystemModstamp"] == moved


def test_post_with_http_method_patch_is_an_update(ann):
    record_id = ann.create(Subject="a")
    assert ann("POST", f"/sobjects/Task/{record_id}?_HttpMethod=PATCH", {"Subject": "b"}).status_code == 204
    assert ann.read(record_id)["Subject"] == "b"


def test_put_is_not_allowed(ann):
    assert ann("PUT", f"/sobjects/Task/{ann.create(Subject='a')}", {}).status_code == 405


def test_null_clears_a_field_and_a_left_out_one_stays(ann):
    record_id = ann.create(Subject="a", ActivityDate="2026-05-01", Description="d")
    ann.update(record_id, ActivityDate=None)
    row = ann.read(record_id)
    assert (row["ActivityDate"], row["Description"]) == (None, "d")


def test_an_unknown_id_is_not_found_on_read_and_a_bad_reference_on_write(ann):
    assert refusal(ann.get(f"/sobjects/Task/{UNKNOWN}"))[:2] == (404, "NOT_FOUND")
    for answer in (ann.update(UNKNOWN, Subject="x"), ann.delete(UNKNOWN)):
        assert refusal(answer) == (404, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")


def test_a_short_id_is_taken_for_an_external_id_field(ann):
    status, code, message = refusal(ann.get("/sobjects/Task/123"))
    assert (status, code) == (404, "NOT_FOUND")
    assert message == "Provided external ID field does not exist or is not accessible: 123"


def test_an_unknown_object_is_not_found(ann):
    for answer in (
        ann.get("/sobjects/Nope/describe"),
        ann("POST", "/sobjects/Nope", {}),
        ann.get(f"/sobjects/Nope/{UNKNOWN}"),
    ):
        assert refusal(answer) == (404, "NOT_FOUND", "The requested resource does not exist")


def test_a_deleted_task_says_so_to_everyone(ann):
    record_id = ann.create(Subject="a")
    assert ann.delete(record_id).status_code == 204
    for answer in (ann.delete(record_id), ann.update(record_id, Subject="b"), ann.get(f"/sobjects/Task/{record_id}")):
        assert refusal(answer) == (404, "ENTITY_IS_DELETED", "entity is deleted")


def test_unknown_and_read_only_fields_are_refused(ann):
    status, code, message = refusal(ann("POST", "/sobjects/Task", {"Foo": 1}))
    assert (status, code, message) == (400, "INVALID_FIELD", "No such column 'Foo' on sobject of type Task")
    record_id = ann.create(Subject="a")
    for name, value in (("IsClosed", True), ("SystemModstamp", None), ("IsRecurrence", True), ("TaskSubtype", "Call")):
        answer = ann.update(record_id, **{name: value})
        assert answer.json()[0]["fields"] == [name]
        assert refusal(answer)[:2] == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert refusal(ann.get(f"/sobjects/Task/{record_id}?fields=Foo"))[1] == "INVALID_FIELD"
    assert refusal(ann.update(record_id, Id=record_id))[1] == "INVALID_FIELD"


def test_a_field_hidden_by_security_is_unknown_everywhere(ann, sim):
    record_id = ann.create(Subject="a", Description="secret")
    sim.door.set_org(settings={"hidden_fields": ["Description"]})
    assert "Description" not in ann.read(record_id)
    assert refusal(ann.update(record_id, Description="x"))[1] == "INVALID_FIELD"
    assert refusal(ann.get("/query", params={"q": "SELECT Description FROM Task"}))[:2] == (400, "INVALID_FIELD")


@pytest.mark.parametrize(
    ("fields", "type_name", "token"),
    [
        ({"ActivityDate": "banana"}, "date", "VALUE_STRING"),
        ({"ActivityDate": 5}, "date", "VALUE_NUMBER_INT"),
        ({"ReminderDateTime": "2026-01-01"}, "datetime", "VALUE_STRING"),
        ({"IsReminderSet": "perhaps"}, "boolean", "VALUE_STRING"),
        ({"Subject": {"a": 1}}, "combobox", "START_OBJECT"),
    ],
)
def test_a_wrong_json_type_is_a_parser_error(ann, fields, type_name, token):
    status, code, message = refusal(ann("POST", "/sobjects/Task", fields))
    assert (status, code) == (400, "JSON_PARSER_ERROR")
    assert message.startswith(f"Cannot deserialize instance of {type_name} from {token} value")


def test_a_body_that_is_no_json_is_a_parser_error(ann):
    answer = ann.http.post(f"{ann.base}/sobjects/Task", data="{nope")
    assert refusal(answer)[:2] == (400, "JSON_PARSER_ERROR")


def test_references_are_checked(ann):
    cases = [
        ({"OwnerId": "abc"}, "MALFORMED_ID", "OwnerId"),
        ({"OwnerId": GONE}, "INACTIVE_OWNER_OR_USER", "OwnerId"),
        ({"OwnerId": "005000000000099"}, "INVALID_CROSS_REFERENCE_KEY", "OwnerId"),
        ({"WhoId": "00Q000000000099"}, "INVALID_CROSS_REFERENCE_KEY", "WhoId"),
        ({"WhoId": ACCOUNT}, "FIELD_INTEGRITY_EXCEPTION", "WhoId"),
        ({"WhoId": CONVERTED}, "CANNOT_UPDATE_CONVERTED_LEAD", "WhoId"),
        ({"WhatId": LEAD}, "FIELD_INTEGRITY_EXCEPTION", "WhatId"),
        ({"WhatId": "001000000000099"}, "INVALID_CROSS_REFERENCE_KEY", "WhatId"),
    ]
    for fields, code, name in cases:
        answer = ann("POST", "/sobjects/Task", {"Subject": "x", **fields})
        assert refusal(answer)[:2] == (400, code), fields
        assert answer.json()[0]["fields"] == [name]


def test_a_lead_a_contact_and_a_queue_are_taken_and_the_account_follows(ann):
    assert ann.read(ann.create(WhoId=LEAD))["WhoId"] == long(LEAD)
    row = ann.read(ann.create(WhoId=CONTACT))
    assert row["AccountId"] == long(ACCOUNT)
    assert ann.read(ann.create(OwnerId=QUEUE))["OwnerId"] == long(QUEUE)
    assert ann.create(OwnerId=BOB)


def test_a_created_record_can_be_upserted_by_its_key(ann):
    path = "/sobjects/Task/RemindersyncKey__c/k-1"
    created = ann("PATCH", path, {"Subject": "a"})
    assert (created.status_code, created.json()["created"]) == (201, True)
    updated = ann("PATCH", path, {"Subject": "b"})
    assert (updated.status_code, updated.json()) == (200, {**created.json(), "created": False})
    assert ann.get(path).json()["Subject"] == "b"


def test_an_upsert_before_version_46_answers_204(ann):
    path = "/services/data/v45.0/sobjects/Task/RemindersyncKey__c/k-1"
    assert ann("PATCH", path, {"Subject": "a"}).status_code == 201
    assert ann("PATCH", path, {"Subject": "b"}).status_code == 204


def test_a_key_with_slashes_and_spaces_arrives_encoded(ann):
    answer = ann("PATCH", "/sobjects/Task/RemindersyncKey__c/a%2Fb%20c%3Fd", {"Subject": "a"})
    assert ann.read(answer.json()["id"])["RemindersyncKey__c"] == "a/b c?d"


def test_update_only_forbids_the_creation(ann):
    answer = ann("PATCH", "/sobjects/Task/RemindersyncKey__c/k-1?updateOnly=true", {"Subject": "a"})
    assert refusal(answer)[:2] == (404, "NOT_FOUND")


def test_an_unknown_key_field_is_not_found(ann):
    assert refusal(ann("PATCH", "/sobjects/Task/Nope__c/1", {}))[:2] == (404, "NOT_FOUND")


def test_an_org_without_the_key_field_has_it_nowhere(ann, sim):
    sim.door.set_org(settings={"key_field": None})
    assert refusal(ann("PATCH", "/sobjects/Task/RemindersyncKey__c/1", {}))[:2] == (404, "NOT_FOUND")
    assert refusal(ann("POST", "/sobjects/Task", {"RemindersyncKey__c": "1"}))[1] == "INVALID_FIELD"
    names = [field["name"] for field in ann.get("/sobjects/Task/describe").json()["fields"]]
    assert "RemindersyncKey__c" not in names


def test_a_taken_key_names_its_holder_in_any_case(ann):
    holder = ann.create(RemindersyncKey__c="abc")
    status, code, message = refusal(ann("POST", "/sobjects/Task", {"RemindersyncKey__c": "ABC"}))
    assert (status, code) == (400, "DUPLICATE_VALUE")
    assert message == f"duplicate value found: RemindersyncKey__c duplicates value on record with id: {holder[:15]}"


def test_the_key_of_a_deleted_task_is_created_anew_or_not_as_believed(ann, sim):
    path = "/sobjects/Task/RemindersyncKey__c/k-1"
    first = ann("PATCH", path, {"Subject": "a"}).json()["id"]
    ann.delete(first)
    sim.door.set_org(beliefs={"upsert_after_delete": "entity_is_deleted"})
    assert refusal(ann("PATCH", path, {"Subject": "b"}))[1] == "ENTITY_IS_DELETED"
    sim.door.set_org(beliefs={"upsert_after_delete": "creates"})
    second = ann("PATCH", path, {"Subject": "b"}).json()
    assert second["created"]
    assert second["id"] != first


def test_a_recycled_key_may_block_when_so_believed(ann, sim):
    ann.delete(ann.create(RemindersyncKey__c="k"))
    sim.door.set_org(beliefs={"recycled_key_blocks": True})
    assert refusal(ann("POST", "/sobjects/Task", {"RemindersyncKey__c": "k"}))[1] == "DUPLICATE_VALUE"


def test_other_objects_are_read_and_leads_written(ann):
    assert ann.get(f"/sobjects/User/{ANN}").json()["Username"] == "ann@acme.example"
    lead = ann("POST", "/sobjects/Lead", {"LastName": "New", "Company": "X"})
    assert lead.status_code == 201
    assert ann.get(f"/sobjects/Lead/{lead.json()['id']}").json()["Name"] == "New"
    assert refusal(ann("POST", "/sobjects/Lead", {"Company": "X"}))[1] == "REQUIRED_FIELD_MISSING"
    assert (
        refusal(ann("PATCH", f"/sobjects/User/{ANN}", {"Email": "x@y.zz"}))[1] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    )


def test_deleting_a_lead_deletes_its_tasks(ann):
    record_id = ann.create(WhoId=LEAD)
    assert ann("DELETE", f"/sobjects/Lead/{LEAD}").status_code == 204
    assert refusal(ann.get(f"/sobjects/Task/{record_id}"))[1] == "ENTITY_IS_DELETED"
