"""The virtual clock and saves that are seen later than they are stamped."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from orgsim.clock import VirtualClock
from tests.orgsim.acme import refusal


def test_a_clock_runs_stops_jumps_and_goes_on_from_where_it_stood():
    real = [datetime(2026, 1, 1, tzinfo=UTC)]
    clock = VirtualClock(lambda: real[0])
    clock.advance(60)
    assert clock.now().minute == 1
    clock.freeze()
    real[0] = datetime(2026, 1, 1, 0, 10, tzinfo=UTC)
    assert clock.now().minute == 1
    clock.advance(60)
    clock.resume()
    assert clock.now().minute == 2
    real[0] = datetime(2026, 1, 1, 0, 11, tzinfo=UTC)
    assert clock.now().minute == 3


def test_stamps_the_date_header_and_literals_follow_the_clock(ann, sim):
    moment = datetime(2030, 2, 3, 4, 5, 6, 789_000, tzinfo=UTC)
    sim.door.freeze(moment)
    fresh = sim.door.session("ann@acme.example")
    ann.http.headers["Authorization"] = f"Bearer {fresh['access_token']}"
    record_id = ann.create(Subject="a", ActivityDate="2030-02-03")
    answer = ann.get(f"/sobjects/Task/{record_id}")
    assert answer.json()["CreatedDate"] == "2030-02-03T04:05:06.000+0000"
    assert parsedate_to_datetime(answer.headers["Date"]) == moment.replace(microsecond=0)
    assert len(ann.rows("SELECT Id FROM Task WHERE ActivityDate = TODAY AND CreatedDate = LAST_N_DAYS:1")) == 1


def test_a_late_create_keeps_its_stamp_and_is_not_seen_before_it_lands(ann, sim):
    sim.door.freeze()
    sim.door.add_fault("late", seconds=30, kind="ui")
    record_id = sim.door.as_user("ann@acme.example").create(Subject="late")
    assert ann.rows("SELECT Id FROM Task", "queryAll") == []
    assert refusal(ann.get(f"/sobjects/Task/{record_id}"))[1] == "NOT_FOUND"
    early = ann.read(ann.create(Subject="early"))["SystemModstamp"]
    sim.door.advance(30)
    (row,) = ann.rows(f"SELECT SystemModstamp FROM Task WHERE Id = '{record_id}'")
    assert row["SystemModstamp"] == early


def test_a_late_update_shows_the_values_before_it(ann, sim):
    sim.door.freeze()
    record_id = ann.create(Subject="before")
    sim.door.advance(1)
    sim.door.act("ann@acme.example", "update", id=record_id, fields={"Subject": "after"}, late_seconds=10)
    assert ann.read(record_id)["Subject"] == "before"
    assert ann.rows("SELECT Subject FROM Task") == [{"Subject": "before"}]
    sim.door.advance(10)
    assert ann.rows("SELECT Subject FROM Task") == [{"Subject": "after"}]


def test_a_late_reassignment_and_deletion_land_together_with_their_rows(ann, sim):
    sim.door.freeze()
    moved, binned = ann.create(Subject="moved"), ann.create(Subject="binned")
    owner = sim.door.users()[1]["Id"]
    sim.door.act("ann@acme.example", "update", id=moved, fields={"OwnerId": owner}, late_seconds=10)
    sim.door.act("ann@acme.example", "delete", id=binned, late_seconds=10)
    assert len(ann.rows("SELECT Id FROM Task")) == 2
    sim.door.advance(11)
    assert ann.rows("SELECT Id FROM Task") == []


def test_a_save_on_top_of_one_in_flight_lands_both(ann, sim):
    sim.door.set_org(beliefs={"in_flight_saves_lock": False})
    sim.door.freeze()
    record_id = ann.create(Subject="a")
    sim.door.act("ann@acme.example", "update", id=record_id, fields={"Priority": "High"}, late_seconds=60)
    assert ann.update(record_id, Subject="b").status_code == 204
    row = ann.read(record_id)
    assert (row["Subject"], row["Priority"]) == ("b", "High")
    for name in ("c", "d"):
        sim.door.act("ann@acme.example", "update", id=record_id, fields={"Subject": name}, late_seconds=60)
    assert ann.read(record_id)["Subject"] == "b"
    sim.door.advance(60)
    assert ann.read(record_id)["Subject"] == "d"


def test_a_touch_moves_system_modstamp_alone(ann, sim):
    sim.door.freeze()
    record_id = ann.create(Subject="a")
    sim.door.advance(10)
    sim.door.touch(record_id)
    row = ann.read(record_id)
    assert row["SystemModstamp"] > row["LastModifiedDate"] == row["CreatedDate"]
