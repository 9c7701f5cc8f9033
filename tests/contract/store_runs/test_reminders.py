"""What every store promises of a run's reminders."""

from datetime import UTC, date, datetime, timedelta

import pytest

from remindersync.model import Person, Priority, ReminderType, Side, Status
from remindersync.ports import Change

ADA_LOVELACE = Person("Ada Lovelace", "lovelace@example.com", "003000000000001AAA")


def test_a_reminder_comes_back_as_it_was_stored(world, run):
    now = world.clock.now()
    reminder = world.reminder(
        run,
        type=ReminderType.CALL,
        status=Status.COMPLETED,
        priority=Priority.HIGH,
        due_date=date(2026, 1, 6),
        details="Two\nlines",
        person=ADA_LOVELACE,
        campaign_name="Spring",
        campaign_day=3,
        campaign_step=4,
        call_outcome="Reached",
        call_reason="Renewal",
        version=5,
        synced_version=4,
        parked_version=3,
        origin=Side.SALESFORCE,
        edited_at={"name": now - timedelta(hours=1, microseconds=7)},
        completed_at=now,
        deleted_at=now,
        assign_to=run.user.id,
    )
    assert world.stored(run, reminder.id) == reminder


def test_an_imported_reminder_is_added_once(world, run, tx):
    reminder = world.reminder(run)
    other = world.reminder(run, "Another")
    tx.reminders.add([reminder])
    assert tx.reminders.by_ids([reminder.id, other.id]) == {reminder.id: reminder, other.id: other}


def test_reminders_are_read_whoever_of_the_team_owns_them_and_nobody_else(world, run, bob, tx):
    colleague = world.reminder(world.start(bob))
    stranger = world.reminder(world.start(world.user("eve", team="rivals")))
    assert tx.reminders.by_ids([colleague.id, stranger.id]) == {colleague.id: colleague}
    assert tx.reminders.by_ids([]) == {}


# ── What Salesforce lacks ──


def test_unsynced_reminders_come_oldest_edit_first_and_no_more_than_asked_for(world, run):
    names = []
    for name in ("first", "second", "third"):
        world.clock.advance(1)
        names.append(world.reminder(run, name).name)
    with world.runs.transaction(run) as tx:
        assert [one.name for one in tx.reminders.unsynced(10)] == names
        assert [one.name for one in tx.reminders.unsynced(2)] == names[:2]


@pytest.mark.parametrize(
    "fields", [{"shared": False}, {"synced_version": 1}, {"parked_version": 1}], ids=["local", "in sync", "parked"]
)
def test_what_need_not_go_to_salesforce_is_not_unsynced(world, run, fields):
    world.reminder(run, **fields)
    with world.runs.transaction(run) as tx:
        assert tx.reminders.unsynced(10) == []


@pytest.mark.parametrize(
    "fields", [{"version": 2, "parked_version": 1}, {"version": 3, "synced_version": 2}, {"status": Status.COMPLETED}]
)
def test_what_changed_since_is_unsynced(world, run, fields):
    reminder = world.reminder(run, **fields)
    with world.runs.transaction(run) as tx:
        assert tx.reminders.unsynced(10) == [reminder]


def test_a_reminder_whose_task_is_gone_waits_to_be_sent_again(world, run, bob):
    mine = world.reminder(run, version=3, synced_version=3)
    theirs = world.reminder(world.start(bob), "theirs", synced_version=1)
    with world.runs.transaction(run) as tx:
        tx.reminders.resend(mine.id)
        tx.reminders.resend(theirs.id)
        assert [one.id for one in tx.reminders.unsynced(10)] == [mine.id]
    assert world.stored(run, theirs.id) == theirs


def test_a_colleague_s_reminders_are_not_this_run_s_to_send(world, run, bob):
    world.reminder(world.start(bob))
    with world.runs.transaction(run) as tx:
        assert tx.reminders.unsynced(10) == []


def test_a_held_reminder_waits_until_its_time_has_come(world, run):
    reminder = world.reminder(run)
    with world.runs.transaction(run) as tx:
        tx.reminders.hold(reminder.id, world.clock.now() + timedelta(seconds=5))
        assert tx.reminders.unsynced(10) == []
    world.clock.advance(5)
    with world.runs.transaction(run) as tx:
        assert [one.id for one in tx.reminders.unsynced(10)] == [reminder.id]


def test_what_salesforce_has_is_not_unsynced_any_more(world, run):
    done, newer = world.reminder(run, "done"), world.reminder(run, "newer", version=2)
    with world.runs.transaction(run) as tx:
        tx.reminders.synced({done.id: 1, newer.id: 1})
        assert [one.id for one in tx.reminders.unsynced(10)] == [newer.id]
        tx.reminders.synced({})


def test_an_older_version_never_replaces_a_newer_one_that_salesforce_has(world, run):
    reminder = world.reminder(run, version=3, synced_version=3)
    with world.runs.transaction(run) as tx:
        tx.reminders.synced({reminder.id: 2})
        assert tx.reminders.unsynced(10) == []


def test_a_parked_reminder_waits_until_it_changes(world, run):
    reminder = world.reminder(run)
    with world.runs.transaction(run) as tx:
        tx.reminders.park(reminder.id, 1)
        assert tx.reminders.unsynced(10) == []
        assert tx.reminders.change([Change(reminder.id, 1, {"details": "New"})])
        assert [one.id for one in tx.reminders.unsynced(10)] == [reminder.id]


# ── Salesforce's values ──


def test_a_change_sets_the_mapped_fields(world, run):
    reminder = world.reminder(run)
    values = {
        "name": "Call Bob",
        "details": "Soon",
        "priority": "high",
        "due_date": "2026-02-03",
        "status": "completed",
    }
    world.clock.advance(60)
    with world.runs.transaction(run) as tx:
        assert tx.reminders.change([Change(reminder.id, 1, values)])
    after = world.stored(run, reminder.id)
    assert (after.name, after.details, after.priority) == ("Call Bob", "Soon", Priority.HIGH)
    assert (after.due_date, after.status) == (date(2026, 2, 3), Status.COMPLETED)
    assert after.version == 2
    assert after.completed_at == after.updated_at == world.clock.now()


def test_no_value_empties_a_text_or_a_date(world, run):
    reminder = world.reminder(run, details="Soon", due_date=date(2026, 2, 3))
    with world.runs.transaction(run) as tx:
        assert tx.reminders.change([Change(reminder.id, 1, {"details": None, "due_date": None})])
    after = world.stored(run, reminder.id)
    assert (after.details, after.due_date) == ("", None)


def test_a_status_or_priority_that_does_not_sync_stays(world, run):
    reminder = world.reminder(run, priority=Priority.HIGH)
    with world.runs.transaction(run) as tx:
        assert tx.reminders.change([Change(reminder.id, 1, {"status": None, "priority": None})])
    after = world.stored(run, reminder.id)
    assert (after.status, after.priority) == (Status.OPEN, Priority.HIGH)


def test_reopening_clears_the_completion_time(world, run):
    reminder = world.reminder(run, status=Status.COMPLETED, completed_at=world.clock.now())
    with world.runs.transaction(run) as tx:
        assert tx.reminders.change([Change(reminder.id, 1, {"status": "open"})])
    assert world.stored(run, reminder.id).completed_at is None


def test_a_completed_reminder_keeps_its_completion_time(world, run):
    then = datetime(2025, 12, 24, 18, 0, tzinfo=UTC)
    reminder = world.reminder(run, status=Status.COMPLETED, completed_at=then)
    with world.runs.transaction(run) as tx:
        assert tx.reminders.change([Change(reminder.id, 1, {"status": "completed", "name": "New"})])
    assert world.stored(run, reminder.id).completed_at == then


def test_another_person_replaces_the_former_one(world, run):
    reminder = world.reminder(run, person=ADA_LOVELACE)
    with world.runs.transaction(run) as tx:
        assert tx.reminders.change(
            [Change(reminder.id, 1, {"person": "00Q000000000009AAA"}, person_name="Grace Hopper")]
        )
    assert world.stored(run, reminder.id).person == Person("Grace Hopper", "", "00Q000000000009AAA")


def test_a_person_salesforce_no_longer_names_keeps_name_and_address(world, run):
    reminder = world.reminder(run, person=ADA_LOVELACE)
    with world.runs.transaction(run) as tx:
        assert tx.reminders.change([Change(reminder.id, 1, {"person": None})])
    assert world.stored(run, reminder.id).person == Person("Ada Lovelace", "lovelace@example.com", None)


def test_a_person_of_whom_only_the_id_was_known_goes_with_it(world, run):
    reminder = world.reminder(run, person=Person(salesforce_id="003000000000001AAA"))
    with world.runs.transaction(run) as tx:
        assert tx.reminders.change([Change(reminder.id, 1, {"person": None})])
    assert world.stored(run, reminder.id).person is None


def test_a_change_leaves_the_times_of_people_s_edits(world, run):
    edited_at = {"name": world.clock.now()}
    reminder = world.reminder(run, edited_at=edited_at)
    with world.runs.transaction(run) as tx:
        assert tx.reminders.change([Change(reminder.id, 1, {"name": "Call Bob"})])
    assert world.stored(run, reminder.id).edited_at == edited_at


def test_of_many_changes_those_are_made_whose_reminder_still_has_its_version(world, run, bob):
    one, two, edited = (world.reminder(run, name, version=3) for name in ("one", "two", "edited"))
    others = world.reminder(world.start(bob), "a colleague's")
    changes = [
        Change(one.id, 3, {"name": "first"}),
        Change(two.id, 3, {"details": "second", "status": "completed"}),
        Change(edited.id, 2, {"name": "too late"}),
        Change(others.id, 1, {"name": "not ours"}),
    ]
    with world.runs.transaction(run) as tx:
        assert tx.reminders.change(changes) == {one.id, two.id}
        assert tx.reminders.change([]) == set()
    after = {each: world.stored(run, each) for each in (one.id, two.id)}
    assert [(each.name, each.details, each.version) for each in after.values()] == [
        ("first", "", 4),
        ("two", "second", 4),
    ]
    assert [each.completed_at for each in after.values()] == [None, world.clock.now()]
    assert world.stored(run, edited.id) == edited
    assert world.stored(run, others.id) == others


CHANGES = {
    "change": lambda reminders, *which: reminders.change([Change(*which, {"name": "Call Bob"})]),
    "bin": lambda reminders, *which: reminders.bin(dict([which])),
    "unbin": lambda reminders, *which: reminders.unbin(*which, {"name": "Call Bob"}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_reminder_edited_since_it_was_read_is_left_alone(world, run, change):
    reminder = world.reminder(run, version=2)
    with world.runs.transaction(run) as tx:
        assert not change(tx.reminders, reminder.id, 1)
    assert world.stored(run, reminder.id) == reminder


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_colleague_s_reminder_is_left_alone(world, run, bob, change):
    reminder = world.reminder(world.start(bob))
    with world.runs.transaction(run) as tx:
        assert not change(tx.reminders, reminder.id, 1)
    assert world.stored(run, reminder.id) == reminder


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_reminder_in_sync_stays_in_sync(world, run, change):
    reminder = world.reminder(run, version=4, synced_version=4)
    with world.runs.transaction(run) as tx:
        assert change(tx.reminders, reminder.id, 4)
        assert tx.reminders.unsynced(10) == []
    assert world.stored(run, reminder.id).synced_version == 5


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_edit_that_waits_to_be_sent_still_waits(world, run, change):
    reminder = world.reminder(run, version=4, synced_version=3)
    with world.runs.transaction(run) as tx:
        assert change(tx.reminders, reminder.id, 4)
        assert [one.id for one in tx.reminders.unsynced(10)] == [reminder.id]
    assert world.stored(run, reminder.id).synced_version == 3


def test_the_bin_takes_a_reminder_and_gives_it_back(world, run):
    reminder = world.reminder(run)
    with world.runs.transaction(run) as tx:
        assert tx.reminders.bin({reminder.id: 1}) == {reminder.id}
    assert world.stored(run, reminder.id).deleted_at == world.clock.now()
    with world.runs.transaction(run) as tx:
        assert tx.reminders.unbin(reminder.id, 2, {"name": "Call Bob"})
    after = world.stored(run, reminder.id)
    assert (after.deleted_at, after.name, after.version) == (None, "Call Bob", 3)


# ── Another owner ──


def test_a_move_gives_a_reminder_to_a_colleague(world, run, bob):
    reminder = world.reminder(run, assign_to=bob)
    with world.runs.transaction(run) as tx:
        assert tx.reminders.move(reminder.id, 1, bob)
        assert tx.reminders.unsynced(10) == []
    after = world.stored(run, reminder.id)
    assert (after.owner_id, after.assign_to, after.version) == (bob, None, 2)


def test_edits_that_wait_to_be_sent_move_too(world, run, bob):
    reminder = world.reminder(run)
    with world.runs.transaction(run) as tx:
        tx.reminders.move(reminder.id, 1, bob)
    with world.transaction(bob) as tx:
        assert [one.id for one in tx.reminders.unsynced(10)] == [reminder.id]


def test_a_move_makes_the_new_owner_due(world, run, bob):
    theirs = world.start(bob)
    reminder = world.reminder(run)
    with world.runs.transaction(run) as tx:
        tx.reminders.move(reminder.id, 1, bob)
    with world.runs.transaction(theirs) as tx:
        assert tx.reminders.by_ids([reminder.id])[reminder.id].owner_id == bob
    assert world.is_wanted_again(theirs)


def test_a_reminder_edited_since_it_was_read_is_not_moved(world, run, bob):
    reminder = world.reminder(run, version=2)
    with world.runs.transaction(run) as tx:
        assert not tx.reminders.move(reminder.id, 1, bob)
    assert world.stored(run, reminder.id) == reminder


def test_nothing_moves_to_another_team(world, run):
    eve = world.user("eve", team="rivals")
    reminder = world.reminder(run)
    with world.runs.transaction(run) as tx:
        assert not tx.reminders.move(reminder.id, 1, eve)
    assert world.stored(run, reminder.id) == reminder
