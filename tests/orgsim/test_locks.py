"""Row locks on Tasks and their parents, approvals, and too many long calls at once."""

import itertools
import threading

import pytest
import requests

from tests.orgsim.acme import ACCOUNT, CONTACT, LEAD, long, refusal


def test_a_new_task_needs_its_parents_only_when_open_and_dated(ann, sim):
    sim.door.lock_rows(ACCOUNT, seconds=60)
    dated = {"WhoId": CONTACT, "ActivityDate": "2026-05-01"}
    status, code, message = refusal(ann("POST", "/sobjects/Task", dated))
    assert (status, code) == (400, "UNABLE_TO_LOCK_ROW")
    assert message == f"unable to obtain exclusive access to this record or 1 records: {long(ACCOUNT)}"
    assert ann.create(WhoId=CONTACT)
    assert ann.create(**dated, Status="Completed")


def test_an_update_and_a_deletion_always_need_their_parents(ann, sim):
    record_id = ann.create(WhoId=LEAD, Status="Completed")
    sim.door.lock_rows(LEAD, seconds=60)
    sim.door.set_org(beliefs={"lock_status": 500})
    for answer in (ann.update(record_id, Subject="x"), ann.delete(record_id)):
        assert refusal(answer)[:2] == (500, "UNABLE_TO_LOCK_ROW")
    assert list(sim.door.locks()["rows"]) == [long(LEAD)]
    sim.door.unlock(LEAD)
    assert ann.update(record_id, Subject="x").status_code == 204


def test_a_lock_that_ends_within_the_wait_is_waited_for(ann, sim):
    sim.door.freeze()
    record_id = ann.create(Subject="a")
    sim.door.lock_rows(record_id, seconds=30)
    assert refusal(ann.update(record_id, Subject="b"))[1] == "UNABLE_TO_LOCK_ROW"
    sim.door.advance(21)
    assert ann.update(record_id, Subject="b").status_code == 204


def test_a_save_in_flight_holds_the_parents_of_its_task(ann, callers, sim):
    sim.door.freeze()
    sim.door.add_fault("late", seconds=120)
    ann.create(WhoId=CONTACT, ActivityDate="2026-05-01")
    other = {"WhoId": CONTACT, "ActivityDate": "2026-05-02"}
    assert refusal(ann("POST", "/sobjects/Task", other))[1] == "UNABLE_TO_LOCK_ROW"
    sim.door.advance(120)
    assert ann("POST", "/sobjects/Task", other).status_code == 201


def test_records_of_one_call_do_not_lock_each_other_out(ann, sim):
    sim.door.add_fault("late", seconds=120, times=None)
    records = [{"WhoId": CONTACT, "ActivityDate": "2026-05-01", "Subject": str(number)} for number in range(5)]
    assert all(one["success"] for one in ann.collection("POST", records).json())


def test_a_record_in_an_approval_is_edited_by_nobody_but_who_modifies_all(ann, admin, sim):
    record_id = ann.create(Subject="a")
    sim.door.lock_records(record_id)
    assert refusal(ann.update(record_id, Subject="b")) == (400, "ENTITY_IS_LOCKED", "the entity is locked for editing")
    (result,) = ann.collection("PATCH", [{"id": record_id, "Subject": "b"}]).json()
    assert result["errors"][0]["statusCode"] == "ENTITY_IS_LOCKED"
    assert admin.update(record_id, Subject="c").status_code == 204
    sim.door.unlock(record_id)
    assert ann.update(record_id, Subject="d").status_code == 204


@pytest.fixture
def held(ann, sim):
    """Keep one call of Ann's in flight until the test ends."""
    sim.door.add_fault("hold", kind="limits")
    headers = dict(ann.http.headers)
    thread = threading.Thread(target=requests.get, args=(f"{ann.base}/limits",), kwargs={"headers": headers})
    thread.start()
    while not sim.door.held():
        pass
    yield
    sim.door.release()
    thread.join()


def test_long_calls_crowd_out_further_ones(ann, sim, held):
    sim.door.set_org(settings={"concurrent_limit": 1})
    assert ann.get("/sobjects").status_code == 200
    sim.door.advance(20)
    assert refusal(ann.get("/sobjects")) == (
        403,
        "REQUEST_LIMIT_EXCEEDED",
        "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
    )
    sim.door.set_org(settings={"concurrent_limit": 25})
    assert ann.get("/sobjects").status_code == 200


def test_the_allowance_recovers_hour_by_hour(ann, sim):
    sim.door.set_org(settings={"session_seconds": 2 * 86_400.0}, api_used=2400, api_used_hours=24)
    sim.door.freeze()
    used = []
    for _ in range(3):
        header = ann.get("/limits").headers["Sforce-Limit-Info"]
        used.append(int(header.removeprefix("api-usage=").split("/")[0]))
        sim.door.advance(3600)
    assert [before - after for before, after in itertools.pairwise(used)] == [99, 99]
