"""Faults: on the wire, as refusals, per record; matched, counted and repeatable."""

import pytest
import requests

from orgsim.door import DoorError
from orgsim.faults import Faults, Seen
from tests.orgsim.acme import refusal


def test_a_cut_before_saves_nothing_and_one_after_saves(ann, sim):
    for when, saved in (("before", 0), ("after", 1)):
        sim.door.add_fault("cut", kind="create", when=when)
        with pytest.raises(requests.ConnectionError):
            ann.create(Subject="a")
        assert len(sim.door.tasks()) == saved
    assert ann.create(Subject="goes on")
    assert [call["fault"] for call in sim.door.calls(3)] == ["cut before", "cut after", None]


@pytest.mark.parametrize("status", [500, 503])
def test_html_errors_strike_before_or_after_saving(ann, sim, status):
    for when, saved in (("before", 0), ("after", 1)):
        sim.door.add_fault("html", method="POST", path="/sobjects/Task", status=status, when=when)
        answer = ann("POST", "/sobjects/Task", {"Subject": "a"})
        assert (answer.status_code, answer.headers["Content-Type"][:9]) == (status, "text/html")
        assert len(sim.door.tasks()) == saved


def test_a_slow_answer_outlasts_a_time_out_and_is_saved_or_not_yet(ann, sim):
    sim.door.add_fault("slow", kind="create", when="after", seconds=30)
    with pytest.raises(requests.ReadTimeout):
        ann.http.post(f"{ann.base}/sobjects/Task", json={"Subject": "a"}, timeout=0.2)
    assert len(sim.door.tasks()) == 1


def test_a_slow_answer_comes_in_the_end(ann, sim):
    sim.door.add_fault("slow", kind="limits", seconds=0.05)
    answer = ann.get("/limits")
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.05


def test_401_once_or_endless(ann, sim):
    sim.door.add_fault("unauthorized")
    assert refusal(ann.get("/limits")) == (401, "INVALID_SESSION_ID", "Session expired or invalid")
    assert ann.get("/limits").status_code == 200
    sim.door.add_fault("unauthorized", times=None, user="ann@acme.example")
    assert {ann.get("/limits").status_code for _ in range(5)} == {401}
    sim.door.clear_faults()
    assert ann.get("/limits").status_code == 200


def test_quota_and_any_code_by_call(ann, sim):
    sim.door.add_fault("quota")
    assert refusal(ann.get("/limits")) == (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    message = "ConcurrentPerOrgLongTxn Limit exceeded."
    sim.door.add_fault("quota", message=message)
    assert refusal(ann.get("/limits"))[2] == message
    sim.door.add_fault("error", code="SERVER_UNAVAILABLE")
    assert refusal(ann.get("/limits"))[:2] == (503, "SERVER_UNAVAILABLE")
    sim.door.add_fault("error", code="QUERY_TIMEOUT", kind="query")
    assert refusal(ann.get("/query", params={"q": "SELECT Id FROM Task"}))[:2] == (400, "QUERY_TIMEOUT")


def test_a_record_fails_alone_in_a_collection(ann, sim):
    sim.door.add_fault("record_error", code="UNABLE_TO_LOCK_ROW", where={"Subject": "b"}, times=None)
    results = ann.collection("POST", [{"Subject": "a"}, {"Subject": "b"}]).json()
    assert [result["success"] for result in results] == [True, False]
    error = results[1]["errors"][0]
    assert (error["statusCode"], error["message"]) == (
        "UNABLE_TO_LOCK_ROW",
        "unable to obtain exclusive access to this record",
    )
    assert refusal(ann("POST", "/sobjects/Task", {"Subject": "b"}))[0] == 400
    sim.door.set_org(beliefs={"lock_status": 500})
    assert refusal(ann("POST", "/sobjects/Task", {"Subject": "b"}))[0] == 500


def test_a_record_fails_by_id_with_any_code(ann, sim):
    record_id = ann.create(Subject="a")
    sim.door.add_fault(
        "record_error", code="FIELD_CUSTOM_VALIDATION_EXCEPTION", message="Not on Fridays", where={"Id": record_id}
    )
    results = ann.collection("PATCH", [{"id": record_id, "Subject": "b"}]).json()
    assert results[0]["errors"][0]["message"] == "Not on Fridays"
    assert ann.update(record_id, Subject="b").status_code == 204


def test_a_part_of_a_composite_can_fail(ann, sim):
    record_id = ann.create(Subject="a")
    sim.door.add_fault("error", kind="update", code="UNABLE_TO_LOCK_ROW")
    parts = [
        {
            "referenceId": "a",
            "method": "PATCH",
            "url": f"/services/data/v66.0/sobjects/Task/{record_id}",
            "body": {"Subject": "b"},
        }
    ]
    (result,) = ann("POST", "/composite", {"compositeRequest": parts}).json()["compositeResponse"]
    assert result["body"][0]["errorCode"] == "UNABLE_TO_LOCK_ROW"


def test_a_rule_can_let_calls_pass_first(ann, sim):
    number = sim.door.add_fault("unauthorized", skip=2, times=1)
    assert [ann.get("/limits").status_code for _ in range(4)] == [200, 200, 401, 200]
    assert sim.door.faults()[0]["struck"] == 1
    sim.door.clear_faults(number)
    assert sim.door.faults() == []


def test_chances_repeat_with_their_seed():
    def strikes(seed):
        faults = Faults()
        faults.add({"action": "quota", "probability": 0.5, "times": None, "seed": seed})
        return [faults.first(("quota",), Seen("GET", "/", "limits")) is not None for _ in range(50)]

    assert strikes(7) == strikes(7) != strikes(8)
    assert 10 < sum(strikes(7)) < 40


def test_a_wrong_rule_is_refused_with_a_sentence(sim):
    for action, rule, words in (
        ("explode", {}, "No fault is called 'explode'"),
        ("cut", {"colour": "red"}, "A fault has no 'colour'"),
        ("cut", {"when": "soon"}, "strikes 'before', 'during' or 'after'"),
        ("cut", {"when": "during"}, "Only a slow or held call"),
    ):
        with pytest.raises(DoorError, match=words):
            sim.door.add_fault(action, **rule)


def test_a_refused_token_call_carries_the_fault(sim):
    sim.door.add_fault("error", kind="token", code="invalid_grant", message="ip restricted")
    answer = requests.post(f"{sim.url}/services/oauth2/token", data={"grant_type": "refresh_token"}, timeout=10)
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "invalid_grant", "error_description": "ip restricted"},
    )
