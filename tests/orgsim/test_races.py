"""The count of edits that a client's write destroyed unseen."""

from email.utils import format_datetime

import pytest

from tests.orgsim.acme import Caller


def races(sim):
    return sim.door.counters()["races"]


@pytest.fixture
def person(sim):
    return sim.door.as_user("ann@acme.example")


def test_an_edit_between_read_and_write_is_a_race_of_each_field_it_loses(ann, sim, person):
    record_id = ann.create(Subject="a", Priority="Low")
    ann.read(record_id)
    person.update(record_id, Subject="theirs", Priority="High", Description="kept")
    ann.update(record_id, Subject="mine", Priority="Normal")
    found = races(sim)
    assert (found["total"], found["by_field"]) == (2, {"Subject": 1, "Priority": 1})
    race = found["last"][0]
    assert {name: race[name] for name in ("id", "field", "read", "lost", "wrote", "user")} == {
        "id": record_id,
        "field": "Subject",
        "read": "a",
        "lost": "theirs",
        "wrote": "mine",
        "user": "ann@acme.example",
    }


def test_a_client_that_read_the_edit_or_wrote_the_same_or_other_fields_loses_nothing(ann, sim, person):
    record_id = ann.create(Subject="a")
    person.update(record_id, Subject="theirs")
    ann.rows("SELECT Id, Subject FROM Task")
    ann.update(record_id, Subject="mine")
    person.update(record_id, Subject="again")
    ann.update(record_id, Subject="again", Priority="High")
    assert races(sim)["total"] == 0


def test_a_read_of_other_fields_is_none_of_this_one(ann, sim, person):
    record_id = ann.create(Subject="a")
    person.update(record_id, Subject="theirs")
    ann.rows("SELECT Id, SystemModstamp FROM Task")
    ann.update(record_id, Subject="mine")
    assert races(sim)["by_field"] == {"Subject": 1}


def test_own_writes_are_no_race_and_another_clients_are(ann, sim, callers):
    sim.door.register_app("other", client_secret="s")
    record_id = ann.create(Subject="a")
    ann.update(record_id, Subject="b")
    ann.update(record_id, Subject="c")
    assert races(sim)["total"] == 0
    other: Caller = callers("ann")
    login = sim.door.session("ann@acme.example", client_id="other")
    other.http.headers["Authorization"] = f"Bearer {login['access_token']}"
    other.update(record_id, Subject="unread by them: no claim")
    assert races(sim)["total"] == 0
    ann.collection("PATCH", [{"id": record_id, "Subject": "mine"}])
    assert races(sim)["by_field"] == {"Subject": 1}


def test_a_conditional_write_past_an_edit_of_the_same_second_is_told_apart(ann, sim, person):
    sim.door.freeze()
    record_id = ann.create(Subject="a")
    person.update(record_id, Subject="theirs")
    headers = {"If-Unmodified-Since": format_datetime(sim.door.now().replace(microsecond=0), usegmt=True)}
    assert ann.update(record_id, headers, Subject="mine").status_code == 204
    assert (races(sim)["total"], races(sim)["past_condition"]) == (0, 1)


def test_deleting_what_was_edited_unread_is_a_race_too(ann, sim, person):
    record_id = ann.create(Subject="a")
    person.update(record_id, Subject="theirs")
    ann.delete(record_id)
    assert races(sim)["by_field"] == {"IsDeleted": 1}


def test_what_was_taken_back_counts_nothing_and_counts_can_be_reset(ann, sim, person):
    record_id = ann.create(Subject="a")
    person.update(record_id, Subject="theirs")
    bad = [{"id": record_id, "Subject": "mine"}, {"id": "00T000000000099", "Subject": "x"}]
    ann.collection("PATCH", bad, allOrNone=True)
    part = {"method": "PATCH", "url": f"/services/data/v66.0/sobjects/Task/{record_id}", "body": {"Subject": "mine"}}
    failing = {"method": "GET", "url": "/services/data/v66.0/sobjects/Task/123", "referenceId": "b"}
    body = {"allOrNone": True, "compositeRequest": [{**part, "referenceId": "a"}, failing]}
    assert ann("POST", "/composite", body).status_code == 200
    assert races(sim)["total"] == 0
    sim.door.reset_counters()
    ann.update(record_id, Subject="mine")
    assert races(sim)["total"] == 1
    sim.door.reset_counters()
    assert races(sim) == {"total": 0, "by_field": {}, "past_condition": 0, "last": []}
