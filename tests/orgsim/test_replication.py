"""getUpdated and getDeleted: whole minutes, sharing, windows, and how far they are sure."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.orgsim.acme import ANN, BOB, refusal

NOW = datetime(2026, 5, 1, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _frozen(sim):
    sim.door.freeze(NOW)


def ask(caller, what, start, end, spelling="%Y-%m-%dT%H:%M:%S+00:00"):
    return caller.get(
        f"/sobjects/Task/{what}/", params={"start": start.strftime(spelling), "end": end.strftime(spelling)}
    )


def updated(caller, start, end):
    answer = ask(caller, "updated", start, end)
    assert answer.status_code == 200, answer.text
    return answer.json()


def deleted(caller, start, end):
    answer = ask(caller, "deleted", start, end)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_seconds_are_cut_off_both_ends_so_a_change_before_the_start_is_named(ann):
    record_id = ann.create(Subject="a")
    found = updated(ann, NOW + timedelta(seconds=20), NOW + timedelta(minutes=5))
    assert found["ids"] == [record_id]
    assert found["latestDateCovered"] == "2026-05-01T12:00:00.000+0000"
    assert updated(ann, NOW - timedelta(minutes=9), NOW - timedelta(minutes=2))["ids"] == []


def test_spans_that_are_no_spans_are_refused(ann):
    for start, end in ((NOW, NOW - timedelta(minutes=5)), (NOW, NOW), (NOW, NOW + timedelta(seconds=60))):
        for what in ("updated", "deleted"):
            assert refusal(ask(ann, what, start, end))[:2] == (400, "INVALID_REPLICATION_DATE")
    assert refusal(ask(ann, "deleted", NOW - timedelta(days=16), NOW))[1] == "INVALID_REPLICATION_DATE"
    assert ask(ann, "updated", NOW - timedelta(days=16), NOW).status_code == 200
    assert refusal(ask(ann, "updated", NOW - timedelta(days=31), NOW))[1] == "INVALID_REPLICATION_DATE"
    assert refusal(ask(ann, "updated", NOW, NOW + timedelta(days=1), "%Y-%m-%dT%H:%M:%S:"))[0] == 400
    assert refusal(ann.get("/sobjects/Task/updated/"))[0] == 400


def test_deletions_are_logged_for_soft_and_hard_ones_and_stay_after_an_undelete(ann, sim):
    soft, hard, back = (ann.create(Subject=name) for name in ("soft", "hard", "back"))
    ann.delete(soft)
    sim.door.hard_delete(hard)
    ann.delete(back)
    sim.door.as_user("ann@acme.example").undelete(back)
    found = deleted(ann, NOW - timedelta(minutes=5), NOW + timedelta(minutes=5))
    assert {one["id"] for one in found["deletedRecords"]} == {soft, hard, back}
    assert found["deletedRecords"][0]["deletedDate"] == "2026-05-01T12:00:30.000+0000"
    assert found["earliestDateAvailable"] == "2026-04-16T12:00:00.000+0000"
    assert ann.read(back)["IsDeleted"] is False
    ids = {row["Id"] for row in ann.rows("SELECT Id FROM Task", "queryAll")}
    assert ids == {soft, back}
    assert refusal(ann.get(f"/sobjects/Task/{hard}"))[1] == "NOT_FOUND"
    assert refusal(ann.update(hard, Subject="x"))[1] == "INVALID_CROSS_REFERENCE_KEY"


def test_deletions_respect_sharing_by_the_last_owner(ann, callers):
    record_id = ann.create(Subject="a")
    ann.update(record_id, OwnerId=BOB)
    callers("bob").delete(record_id)
    span = (NOW - timedelta(minutes=5), NOW + timedelta(minutes=5))
    assert deleted(ann, *span)["deletedRecords"] == []
    assert len(deleted(callers("boss"), *span)["deletedRecords"]) == 1
    assert updated(ann, *span)["ids"] == []


def test_deleting_moves_the_stamp_or_not_as_believed(ann, sim):
    first, second = ann.create(Subject="a"), ann.create(Subject="b")
    sim.door.advance(60)
    ann.delete(first)
    sim.door.set_org(beliefs={"delete_moves_stamp": False, "delete_moves_last_modified": False})
    ann.delete(second)
    rows = {row["Id"]: row for row in ann.rows("SELECT Id, SystemModstamp, LastModifiedDate FROM Task", "queryAll")}
    assert rows[first]["SystemModstamp"] == rows[first]["LastModifiedDate"] == "2026-05-01T12:01:30.000+0000"
    assert rows[second]["SystemModstamp"] == rows[second]["LastModifiedDate"] == "2026-05-01T12:00:30.000+0000"


def test_the_bin_is_purged_after_fifteen_days(ann, sim):
    record_id = ann.create(Subject="a")
    ann.delete(record_id)
    assert sim.door.purge() == 0
    sim.door.advance(15 * 86_400)
    assert sim.door.purge() == 1
    assert sim.door.task(record_id) is None


def test_a_late_save_holds_back_what_is_covered(ann, sim):
    sim.door.put_tasks([{"Subject": "old", "OwnerId": ANN}])
    sim.door.add_fault("late", seconds=600, times=1)
    late = ann.create(Subject="late")
    sim.door.advance(300)
    span = (NOW - timedelta(minutes=5), NOW + timedelta(minutes=20))
    first = updated(ann, *span)
    assert late not in first["ids"]
    assert first["latestDateCovered"] == "2026-05-01T12:00:30.000+0000"
    sim.door.advance(301)
    second = updated(ann, *span)
    assert late in second["ids"]
    assert second["latestDateCovered"] == "2026-05-01T12:10:00.000+0000"
