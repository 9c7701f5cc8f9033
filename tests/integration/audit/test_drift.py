"""An audit finds each kind of drift and nothing else, and the engine mends it when asked."""

from datetime import date, timedelta

import pytest

from remindersync.model import Status
from tests.integration.audit.conftest import BOB, CARL, CONTACT, LEAD


@pytest.fixture
def pairs(desk):
    """Two pairs in step, one from each side."""
    here = desk.pair_from_here("Write to Cora", details="About the offer", due_date=date(2026, 3, 4))
    there = desk.pair(Subject="Call Ada", Description="Soon", Priority="High", ActivityDate="2026-03-05", WhoId=LEAD)
    desk.settle()
    return here, there


def test_a_world_in_step_has_no_drift_and_nothing_pending(desk, pairs):
    found = desk.look()
    assert found.findings == ()
    assert found.expected.pairs == 2
    assert desk.pauses == []


def test_a_lost_edit_of_any_field_in_salesforce_is_found_and_taken_in(desk, pairs):
    changes = {
        "Subject": ("name", "Call Bob"),
        "Status": ("status", "Completed"),
        "Priority": ("priority", "Normal"),
        "ActivityDate": ("due_date", "2026-04-01"),
        "Description": ("details", "Later"),
        "WhoId": ("person", CONTACT),
    }
    _, (reminder, task) = pairs
    for name, (field, value) in changes.items():
        desk.corrupt_task(task, **{name: value})
        assert desk.drift() == [("field", field)]
        assert desk.repair() == []
    found = desk.reminder(reminder)
    assert (found.name, found.status, found.due_date, found.details) == (
        "Call Bob",
        "completed",
        date(2026, 4, 1),
        "Later",
    )


def test_a_lost_edit_of_any_field_here_is_found_and_sent(desk, pairs):
    changes = {
        "name": ("Subject", "Call Bob", "Call Bob"),
        "status": ("Status", "completed", "Completed"),
        "priority": ("Priority", "normal", "Normal"),
        "due_date": ("ActivityDate", date(2026, 4, 1), "2026-04-01"),
        "details": ("Description", "Later", "Later"),
        "person": ("WhoId", {"name": "", "email": "", "salesforce_id": CONTACT}, CONTACT),
    }
    _, (reminder, task) = pairs
    for field, (name, value, shown) in changes.items():
        desk.corrupt_reminder(reminder, **{field: value})
        assert desk.drift() == [("field", field)]
        assert desk.repair() == []
        assert desk.task(task)[name] == shown


def test_a_completed_pair_is_compared_and_mended_too(desk, pairs):
    _, (reminder, task) = pairs
    desk.change(reminder, status=Status.COMPLETED)
    desk.settle()
    desk.corrupt_task(task, Description="Said afterwards")
    assert desk.drift() == [("field", "details")]
    assert desk.repair() == []
    assert desk.reminder(reminder).details == "Said afterwards"


def test_what_both_sides_are_wrongly_taken_to_agree_on_is_found_and_salesforce_is_believed(desk, pairs):
    (reminder, task), _ = pairs
    for name, field, value in (("Description", "details", "Other"), ("ActivityDate", "due_date", "2026-05-05")):
        desk.corrupt_task(task, **{name: value})
        desk.corrupt_base(task, **{name: value})
        assert desk.drift() == [("memory", field)]
        assert desk.repair() == []
    found = desk.reminder(reminder)
    assert (found.details, found.due_date) == ("Other", date(2026, 5, 5))


def test_a_deletion_in_salesforce_nobody_read_is_found_and_carried_out(desk, pairs):
    _, (reminder, task) = pairs
    desk.corrupt_task(task, IsDeleted=True)
    assert desk.drift() == [("deleted", None)]
    assert desk.repair() == []
    assert desk.reminder(reminder).deleted_at is not None


@pytest.mark.parametrize("status", Status)
def test_a_task_that_is_gone_for_good_is_found_and_its_reminder_goes_to_the_bin(desk, pairs, status):
    _, (reminder, task) = pairs
    desk.change(reminder, status=status)
    desk.settle()
    desk.sim.door.hard_delete(task)
    assert desk.drift() == [("gone", None)]
    assert desk.repair() == []
    # The deletion log proves it (FIRST-4).
    assert desk.link(task).state == "deleted"
    assert desk.reminder(reminder).deleted_at is not None


def test_a_task_of_somebody_who_does_not_sync_is_found_and_its_pair_put_to_sleep(desk, pairs):
    _, (_, task) = pairs
    desk.corrupt_task(task, OwnerId=CARL)
    assert desk.drift() == [("owner", None)]
    assert desk.repair() == []
    assert desk.link(task).state == "asleep"


def test_a_task_of_a_colleague_is_found_from_their_side_and_its_reminder_moved(desk, pairs):
    _, (reminder, task) = pairs
    desk.corrupt_task(task, OwnerId=BOB)
    # Ada may not see Bob's Tasks: to her it is gone.
    assert desk.drift() == [("gone", None)]
    assert desk.drift("bob") == [("owner", None)]
    assert desk.repair("bob") == []
    desk.run("ada")
    assert desk.reminder(reminder).owner_id == desk.users["bob"].id
    assert desk.drift() == desk.drift("bob") == []


def test_a_pair_that_sleeps_although_its_task_is_theirs_is_found_and_woken(desk, pairs):
    _, (_, task) = pairs
    desk.corrupt_link(task, state="asleep")
    assert desk.drift() == [("awake", None)]
    assert desk.repair() == []
    assert desk.link(task).state == "active"


def test_a_deletion_here_that_never_went_out_is_found_and_sent(desk, pairs):
    _, (reminder, task) = pairs
    desk.corrupt_reminder(reminder, deleted_at=desk.clock.now())
    assert desk.drift() == [("bin", None)]
    assert desk.repair() == []
    assert desk.task(task)["IsDeleted"]


def test_a_task_that_lives_again_is_found_and_its_reminder_leaves_the_bin(desk, pairs):
    _, (reminder, task) = pairs
    desk.admin.delete(task)
    desk.settle()
    deleted_at = desk.link(task).stamp
    desk.corrupt_task(task, IsDeleted=False, SystemModstamp=(deleted_at + timedelta(seconds=5)).isoformat())
    assert desk.drift() == [("undeleted", None)]
    assert desk.repair() == []
    assert desk.reminder(reminder).deleted_at is None


def test_a_task_that_was_never_imported_is_found_and_imported(desk, pairs):
    copy = desk.copy_task(pairs[1][1], Subject="Never seen")
    assert desk.drift() == [("import", None)]
    assert desk.repair() == []
    assert desk.reminder(desk.link(copy).reminder_id).name == "Never seen"


def test_a_shared_reminder_that_never_got_a_task_is_found_and_sent(desk, pairs):
    (reminder, task), _ = pairs
    desk.corrupt_link(task, state="superseded")
    desk.sim.door.hard_delete(task)
    assert desk.drift() == [("no_task", None)]
    assert desk.repair() == []
    assert desk.task(desk.task_of(reminder))["Subject"] == "Write to Cora"


def test_two_tasks_with_one_key_are_found_and_left_to_a_person(desk, pairs):
    (_, task), _ = pairs
    twin = desk.copy_task(task, Subject="Twin")
    desk.settle()
    # The copy came in by the next sweep, as any new Task does.
    found = desk.look()
    assert ("key", None) in [(one.what.value, one.field) for one in found.drift]
    assert set(next(one for one in found.drift if one.what == "key").task_ids) == {task, twin}
    desk.admin.delete(twin)
    desk.settle()
    assert desk.drift() == []


def test_what_a_create_made_twice_is_a_possible_duplicate(make_desk):
    desk = make_desk(key_field=None)
    _, task = desk.pair_from_here("Write to Cora")
    desk.create(Subject="Write to Cora")
    desk.settle()
    found = desk.look()
    assert [(one.what.value, len(one.task_ids)) for one in found.drift] == [("duplicate", 2)]
    assert task in found.drift[0].task_ids


def test_equal_tasks_that_people_made_are_a_notice_and_no_drift(desk, pairs):
    for _ in range(2):
        desk.create(Subject="Ring")
    for _ in range(2):
        desk.add("Write")
    desk.settle()
    found = desk.look()
    assert [(one.weight.value, one.what.value) for one in found.findings] == [("notice", "duplicate")] * 2
