"""sObject Collections: order, partial failure, allOrNone, limits."""

import pytest

from tests.orgsim.acme import refusal

UNKNOWN = "00T00000000zzzzEAA"


def test_creates_are_answered_in_order_and_one_failure_fails_only_itself(ann):
    answer = ann.collection("POST", [{"Subject": "a"}, {"Subject": "x" * 256}, {"Subject": "c"}])
    assert answer.status_code == 200
    first, second, third = answer.json()
    assert (first["success"], third["success"]) == (True, True)
    assert "id" not in second
    assert second["errors"][0]["statusCode"] == "STRING_TOO_LONG"
    assert second["errors"][0]["fields"] == ["Subject"]
    assert "errorCode" not in second["errors"][0]
    assert ann.read(third["id"])["Subject"] == "c"


def test_all_or_none_takes_the_good_ones_back(ann, sim):
    answer = ann.collection("POST", [{"Subject": "a"}, {"OwnerId": "x"}], allOrNone=True)
    good, bad = answer.json()
    assert (good["success"], good["errors"][0]["statusCode"]) == (False, "ALL_OR_NONE_OPERATION_ROLLED_BACK")
    assert bad["errors"][0]["statusCode"] == "MALFORMED_ID"
    assert sim.door.tasks() == []
    assert sim.door.counters()["records"]["created"] == 0


def test_updates_and_deletes_name_what_is_wrong_with_each(ann):
    kept, binned = ann.create(Subject="a"), ann.create(Subject="b")
    ann.delete(binned)
    records = [{"Id": kept, "Subject": "A"}, {"id": binned, "Subject": "B"}, {"id": UNKNOWN}, {"Subject": "no id"}]
    results = ann.collection("PATCH", records).json()
    codes = [result["errors"][0]["statusCode"] if result["errors"] else None for result in results]
    assert codes == [None, "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MISSING_ARGUMENT"]
    results = ann("DELETE", f"/composite/sobjects?ids={kept},{binned},{UNKNOWN},zz&allOrNone=false").json()
    codes = [result["errors"][0]["statusCode"] if result["errors"] else None for result in results]
    assert codes == [None, "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"]


def test_deletes_can_be_all_or_none(ann):
    kept = ann.create(Subject="a")
    ann("DELETE", f"/composite/sobjects?ids={kept},{UNKNOWN}&allOrNone=true")
    assert ann.read(kept)["Subject"] == "a"


def test_upserts_tell_new_from_old_and_refuse_a_key_twice(ann):
    ann.create(RemindersyncKey__c="k1")
    records = [{"RemindersyncKey__c": key, "Subject": key} for key in ("k1", "k2", "k3", "K3")]
    results = ann.collection("PATCH", records, "/Task/RemindersyncKey__c").json()
    assert [result.get("created") for result in results] == [False, True, None, None]
    assert {result["errors"][0]["statusCode"] for result in results[2:]} == {"DUPLICATE_VALUE"}


def test_retrieve_gives_null_for_missing_deleted_and_hidden_ones(ann, callers):
    kept, binned, hidden = ann.create(Subject="a"), ann.create(Subject="b"), callers("carl").create(Subject="c")
    ann.delete(binned)
    ids = [kept, binned, UNKNOWN, hidden]
    posted = ann("POST", "/composite/sobjects/Task", {"ids": ids, "fields": ["Subject"]}).json()
    assert [row and row["Subject"] for row in posted] == ["a", None, None, None]
    got = ann.get(f"/composite/sobjects/Task?ids={','.join(ids)}&fields=Id,Subject").json()
    assert got == posted or [row and row["Id"] for row in got] == [kept, None, None, None]


def test_retrieve_refuses_unknown_fields_and_too_many_ids(ann):
    answer = ann("POST", "/composite/sobjects/Task", {"ids": [UNKNOWN], "fields": ["Foo"]})
    assert refusal(answer)[:2] == (400, "INVALID_FIELD")
    answer = ann("POST", "/composite/sobjects/Task", {"ids": [UNKNOWN] * 2001, "fields": ["Id"]})
    assert refusal(answer)[:2] == (400, "EXCEEDED_ID_LIMIT")


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_more_than_200_records_are_refused(ann, method):
    answer = ann.collection(method, [{"Subject": "a"}] * 201)
    assert refusal(answer)[:2] == (400, "EXCEEDED_ID_LIMIT")


def test_an_unknown_field_refuses_the_whole_call_or_the_record_as_believed(ann, sim):
    records = [{"Subject": "a"}, {"Foo": "b"}]
    assert refusal(ann.collection("POST", records))[:2] == (400, "INVALID_FIELD")
    assert sim.door.tasks() == []
    sim.door.set_org(beliefs={"collection_field_error": "record"})
    results = ann.collection("POST", records).json()
    assert [result["success"] for result in results] == [True, False]


def test_one_collection_costs_one_call(ann, sim):
    sim.door.reset_counters()
    ann.collection("POST", [{"Subject": str(number)} for number in range(200)])
    counters = sim.door.counters()
    assert (counters["calls"], counters["by_kind"]) == (1, {"collection_create": 1})
    assert counters["records"]["created"] == 200
