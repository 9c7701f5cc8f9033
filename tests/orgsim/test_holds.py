"""Requests held in flight, clocks that are off, and a platform that is read only."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import pytest
import requests

from orgsim.door import UserRefusedError
from tests.orgsim.acme import ACCOUNT, CONTACT, LEAD, long, refusal

MAINTENANCE = "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"


@pytest.fixture
def flying(ann, sim):
    """Start a call that a rule holds; give its future once it is in flight."""
    with ThreadPoolExecutor() as pool:

        def start(call: Callable[[], requests.Response]) -> Future[requests.Response]:
            count = len(sim.door.held())
            future = pool.submit(call)
            while len(sim.door.held()) == count:
                assert not future.done(), future.result().text
            return future

        yield start
        sim.door.release()


def create(caller, subject):
    return lambda: caller("POST", "/sobjects/Task", {"Subject": subject})


def subjects(sim):
    return [task["Subject"] for task in sim.door.tasks()]


def test_a_request_held_before_saving_lands_when_released(ann, sim, flying):
    sim.door.add_fault("hold", kind="create")
    future = flying(create(ann, "late"))
    (held,) = sim.door.held()
    assert (held["kind"], held["user"], held["due"]) == ("create", "ann@acme.example", None)
    assert subjects(sim) == []
    sim.door.as_user("ann@acme.example").create(Subject="meanwhile")
    assert sim.door.release(held["number"]) == 1
    assert future.result().status_code == 201
    assert subjects(sim) == ["meanwhile", "late"]
    assert sim.door.held() == []


def test_a_request_held_after_saving_stands_before_it_is_answered(ann, sim, flying):
    sim.door.add_fault("hold", kind="create", when="after")
    future = flying(create(ann, "saved"))
    assert subjects(sim) == ["saved"]
    assert not future.done()
    sim.door.release()
    assert future.result().status_code == 201


def test_the_virtual_clock_lets_a_held_request_go(ann, sim, flying):
    sim.door.freeze()
    sim.door.add_fault("hold", kind="create", seconds=600)
    future = flying(create(ann, "late"))
    sim.door.advance(599)
    assert len(sim.door.held()) == 1
    sim.door.advance(1)
    assert future.result().status_code == 201
    created = sim.door.tasks()[0]["CreatedDate"]
    assert created == sim.door.now().strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def test_a_running_clock_lets_it_go_too(ann, sim):
    sim.door.add_fault("hold", kind="create", seconds=0.05)
    assert create(ann, "late")().status_code == 201


def test_a_request_lands_though_its_client_has_given_up(ann, sim):
    sim.door.add_fault("hold", kind="create")
    with pytest.raises(requests.ReadTimeout):
        ann.http.post(f"{ann.base}/sobjects/Task", json={"Subject": "given up"}, timeout=0.2)
    assert len(sim.door.held()) == 1
    assert create(ann, "tried again")().status_code == 201
    sim.door.release()
    while len(subjects(sim)) < 2:
        assert len(sim.door.held()) <= 1
    assert sorted(subjects(sim)) == ["given up", "tried again"]


def test_a_session_that_ended_meanwhile_refuses_the_held_request(ann, sim, flying):
    sim.door.add_fault("hold", kind="create")
    future = flying(create(ann, "late"))
    sim.door.end_sessions("ann@acme.example")
    sim.door.release()
    assert refusal(future.result())[:2] == (401, "INVALID_SESSION_ID")


def test_a_reset_drops_what_is_in_flight(ann, sim, flying):
    sim.door.add_fault("hold", kind="create")
    future = flying(create(ann, "of another world"))
    sim.door.reset()
    with pytest.raises(requests.ConnectionError):
        future.result()


def test_a_refresh_can_be_held_so_that_another_collides(ann, sim, flying):
    sim.door.add_fault("hold", kind="token", when="after")
    form = {
        "grant_type": "refresh_token",
        "refresh_token": ann.login["refresh_token"],
        "client_id": "orgsim-client",
        "client_secret": "orgsim-secret",
    }

    def refresh():
        return requests.post(f"{sim.url}/services/oauth2/token", data=form, timeout=10)

    future = flying(refresh)
    sim.door.add_fault("error", code="REFRESH_COLLISION")
    assert refresh().json() == {
        "error": "invalid_grant",
        "error_description": "token request is already being processed",
    }
    sim.door.release()
    assert future.result().status_code == 200


def test_the_date_of_answers_can_be_off_while_stamps_are_right(ann, sim):
    sim.door.freeze()
    sim.door.add_fault("skew", seconds=-90, kind="create")
    answer = create(ann, "a")()
    now = sim.door.now().replace(microsecond=0)
    assert (now - parsedate_to_datetime(answer.headers["Date"])).total_seconds() == 90
    assert sim.door.tasks()[0]["CreatedDate"] == now.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    assert parsedate_to_datetime(ann.get("/limits").headers["Date"]) == now


def test_maintenance_reads_and_does_not_write(ann, sim):
    record_id = ann.create(Subject="a")
    sim.door.set_org(settings={"read_only": True})
    assert ann.read(record_id)["Subject"] == "a"
    assert ann.rows("SELECT Subject FROM Task") == [{"Subject": "a"}]
    for answer in (
        create(ann, "b")(),
        ann.update(record_id, Subject="b"),
        ann.delete(record_id),
        ann.collection("POST", [{"Subject": "b"}]),
    ):
        assert refusal(answer)[:2] == (503, MAINTENANCE)
    with pytest.raises(UserRefusedError, match=MAINTENANCE):
        sim.door.as_user("ann@acme.example").update(record_id, Subject="b")
    sim.door.set_org(beliefs={"maintenance_status": 500})
    assert refusal(ann.delete(record_id))[0] == 500
    sim.door.set_org(settings={"read_only": False})
    assert ann.delete(record_id).status_code == 204


@pytest.mark.parametrize("write", ["update", "delete"])
def test_two_calls_that_meet_at_a_company_are_not_saved_at_once(ann, sim, flying, write):
    person = ann.create(WhoId=CONTACT)
    company, elsewhere = ann.create(WhatId=ACCOUNT), ann.create(WhoId=LEAD)
    sim.door.add_fault("hold", when="during")
    first = flying(lambda: ann.update(person, Subject="first"))
    changes = {"Subject": "second"} if write == "update" else {}
    assert refusal(getattr(ann, write)(company, **changes)) == (
        400,
        "UNABLE_TO_LOCK_ROW",
        f"unable to obtain exclusive access to this record or 1 records: {long(ACCOUNT)}",
    )
    assert getattr(ann, write)(elsewhere, **changes).ok
    sim.door.release()
    assert first.result().ok
    assert getattr(ann, write)(company, **changes).ok
    assert sim.door.locks()["rows"] == {}
