"""Nonsense of every kind gets an answer of the platform's, never a failure of the box."""

import pytest

TASK = "/sobjects/Task"
PART = {"referenceId": "a", "method": "PATCH", "url": "/services/data/v66.0/sobjects/Task/x"}
NONSENSE = [
    ("POST", TASK, []),
    ("POST", TASK, {"Subject": []}),
    ("POST", TASK, {"OwnerId": 5}),
    ("POST", TASK, {"ActivityDate": "0000-00-00"}),
    ("POST", TASK, {"ReminderDateTime": "9999-12-31T23:59:59-12:00"}),
    ("POST", TASK, {"CallDurationInSeconds": "many"}),
    ("POST", TASK, {"CallDurationInSeconds": True}),
    ("POST", TASK, {"RemindersyncKey__c": {"a": 1}}),
    ("PATCH", f"{TASK}/RemindersyncKey__c/%00", {"Subject": 5}),
    ("PATCH", f"{TASK}/RemindersyncKey__c/x", []),
    ("POST", "/composite", {"compositeRequest": [{**PART, "httpHeaders": [1], "body": {}}]}),
    ("POST", "/composite", {"compositeRequest": [{**PART, "body": [1]}]}),
    ("POST", "/composite", {"compositeRequest": [{**PART, "url": "::"}]}),
    ("POST", "/composite", {"compositeRequest": [{**PART, "url": None, "method": 5}]}),
    ("POST", "/composite", {"compositeRequest": "all"}),
    ("POST", "/composite/batch", {"batchRequests": [{"richInput": 5}]}),
    ("POST", "/composite/batch", {"batchRequests": 5}),
    ("POST", "/composite/batch", 5),
    ("POST", "/composite/sobjects", {"records": [{"attributes": 5}]}),
    ("POST", "/composite/sobjects", {"records": [5]}),
    ("PATCH", "/composite/sobjects", {"records": [{"attributes": {"type": "Task"}, "id": 5}]}),
    ("PATCH", "/composite/sobjects/Task/RemindersyncKey__c", {"records": [{"attributes": {"type": "Task"}}]}),
    ("PATCH", "/composite/sobjects/Task/RemindersyncKey__c", {"records": [{"RemindersyncKey__c": [1]}]}),
    ("POST", "/composite/sobjects/Task", {"ids": 5, "fields": 5}),
    ("POST", "/composite/sobjects/Task", {"ids": [None], "fields": [None]}),
    ("POST", "/composite/sobjects/Task", {"ids": {"a": 1}, "fields": "Id"}),
    ("DELETE", "/composite/sobjects", None),
    ("GET", f"{TASK}/updated?start=yesterday&end=9999-12-31T23:59:59Z", None),
    ("GET", f"{TASK}/updated?start=0001-01-01T00:00:00Z&end=9999-12-31T23:59:59Z", None),
    ("GET", "/query/01g", None),
    ("GET", "/query/01g000000000001AAA-²", None),
    ("GET", f"{TASK}/%FF%FE", None),
]


@pytest.mark.parametrize(("method", "path", "body"), NONSENSE)
def test_nonsense_is_refused_and_nothing_fails(ann, sim, method, path, body):
    answer = ann(method, path, body)
    assert answer.status_code < 500, answer.text
    assert sim.door.calls(1)[0]["status"] == answer.status_code


def test_half_a_surrogate_pair_is_stored_and_shown(ann, sim):
    record_id = ann.create(Subject="half \ud83d")
    assert ann.read(record_id)["Subject"] == "half \ud83d"
    assert ann.http.get(sim.url).status_code == 200
