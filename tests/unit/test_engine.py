"""The engine on the in-memory ports: what a run does to both sides."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from remindersync.memory.session import MemorySession
from remindersync.model import (
    LinkState,
    Outcome,
    Person,
    Priority,
    RunKind,
    Side,
    Status,
    TeamSettings,
)
from remindersync.pull import FIRST_PAGE_ROWS
from tests.fixtures.world import ADA, BOB, ORG, World


@pytest.fixture
def world():
    return World()


def test_first_sync_imports_open_tasks_and_is_quiet_afterwards(world):
    world.org.create(ADA, Subject="Call Ada", ActivityDate="2026-01-05", Priority="High", Description="  two\r\nlines ")
    world.org.create(ADA, Subject="Later", ActivityDate="2026-02-01")
    world.org.create(ADA, Subject=None)
    report = world.sync("ada")
    assert report.outcome is Outcome.DONE
    assert report.counts.created_here == 3
    call = world.reminder("Call Ada")
    assert (call.due_date, call.priority, call.details, call.origin) == (
        date(2026, 1, 5),
        Priority.HIGH,
        "two\nlines",
        Side.SALESFORCE,
    )
    assert world.reminder("(no subject)").synced_version == 1
    commits, writes = world.store.commits, world.org.writes
    again = world.sync("ada")
    assert (again.outcome, again.calls, again.counts.changed) == (Outcome.DONE, 1, 0)
    assert (world.store.commits, world.org.writes) == (commits, writes)


def test_reminder_created_here_becomes_one_task_under_its_key(world):
    world.sync("ada")
    world.add(
        "Send offer", details="asap", due_date=date(2026, 3, 1), person=Person(salesforce_id="003000000000001AAA")
    )
    world.sync("ada")
    task = world.task("Send offer")
    assert (task.owner_id, task.values["Description"], task.values["ActivityDate"]) == (ADA, "asap", "2026-03-01")
    assert task.values["WhoId"] == "003000000000001AAA"
    assert task.key
    assert world.sync("ada").counts.changed == 0


def test_each_side_keeps_its_own_edit_of_different_fields(world):
    task = world.org.create(ADA, Subject="Call Ada")
    world.sync("ada")
    world.org.edit(task, Priority="High")
    world.store.edit(world.reminder("Call Ada").id, name="Call Ada back")
    world.sync("ada")
    assert world.reminder("Call Ada back").priority is Priority.HIGH
    assert world.org.tasks[task].values["Subject"] == "Call Ada back"
    assert world.org.tasks[task].values["Priority"] == "High"


@pytest.mark.parametrize(("app_first", "winner"), [(True, "from Salesforce"), (False, "from the app")])
def test_later_edit_wins_and_the_loser_is_kept(world, app_first, winner):
    task = world.org.create(ADA, Subject="Call")
    world.sync("ada")
    world.clock.advance(60)
    world.sync("ada")
    edits = [
        lambda: world.store.edit(world.reminder("Call").id, name="from the app"),
        lambda: world.org.edit(task, Subject="from Salesforce"),
    ]
    if not app_first:
        edits.reverse()
    edits[0]()
    world.clock.advance(5)
    if app_first:
        world.store.state.users["ada"].place = replace(world.store.state.users["ada"].place, front=world.org.now())
        world.clock.advance(5)
    edits[1]()
    world.sync("ada")
    assert world.reminder(winner)
    assert world.org.tasks[task].values["Subject"] == winner
    lost = [event for event in world.store.state.history if not event.kept]
    assert {lost[0].old, winner} == {"from the app", "from Salesforce"}


def test_same_second_is_a_tie_that_the_app_wins(world):
    task = world.org.create(ADA, Subject="Call")
    world.sync("ada")
    world.clock.advance(60)
    world.store.edit(world.reminder("Call").id, name="from the app")
    world.org.edit(task, Subject="from Salesforce")
    world.sync("ada")
    assert world.org.tasks[task].values["Subject"] == "from the app"
    assert [event.rule for event in world.store.state.history if not event.kept] == ["order unknown: app wins"]


def test_unmapped_status_survives_an_edit_of_another_field(world):
    task = world.org.create(ADA, Subject="Call", Status="Waiting on someone else", Priority="Low")
    world.sync("ada")
    world.store.edit(world.reminder("Call").id, details="note")
    world.sync("ada")
    assert world.org.tasks[task].values["Status"] == "Waiting on someone else"
    assert world.org.tasks[task].values["Priority"] == "Low"
    world.store.edit(world.reminder("Call").id, status=Status.COMPLETED)
    world.sync("ada")
    assert world.org.tasks[task].values["Status"] == "Completed"
    world.store.edit(world.reminder("Call").id, status=Status.OPEN)
    world.sync("ada")
    assert world.org.tasks[task].values["Status"] == "Waiting on someone else"


def test_deletion_travels_both_ways_and_wins_over_an_edit(world):
    gone_there = world.org.create(ADA, Subject="gone there")
    gone_here = world.org.create(ADA, Subject="gone here")
    world.sync("ada")
    world.org.delete(gone_there)
    world.store.edit(world.reminder("gone there").id, details="too late")
    world.store.edit(world.reminder("gone here").id, deleted_at=world.clock.now())
    world.org.edit(gone_here, Priority="High")
    world.sync("ada")
    assert world.reminder("gone there").deleted_at is not None
    assert world.org.tasks[gone_here].is_deleted
    assert {(one.field, one.old) for one in world.store.state.history if not one.kept} == {
        ("details", "too late"),
        ("priority", "high"),
    }
    assert all(one.counts.changed == 0 for one in world.sync())


def test_undelete_takes_the_reminder_out_of_the_bin_with_the_same_link(world):
    task = world.org.create(ADA, Subject="back")
    world.sync("ada")
    world.org.delete(task)
    world.sync("ada")
    assert world.reminder("back").deleted_at is not None
    world.clock.advance(5)
    world.org.undelete(task)
    world.sync("ada")
    assert world.reminder("back").deleted_at is None
    assert world.store.state.links[ORG, task].state is LinkState.ACTIVE


def test_what_an_undeleted_task_shows_otherwise_overwrites_nothing_silently(world):
    task = world.org.create(ADA, Subject="before")
    world.sync("ada")
    world.org.delete(task)
    world.sync("ada")
    world.clock.advance(5)
    world.org.undelete(task)
    world.org.edit(task, Subject="after")
    world.sync("ada")
    reminder = world.reminder("after")
    assert reminder.deleted_at is None
    assert ("name", "before", "after") in {(one.field, one.old, one.new) for one in world.store.state.history}


def test_restore_here_makes_a_new_task_under_a_new_key(world):
    world.sync("ada")
    reminder_id = world.add("again")
    world.sync("ada")
    first = world.task("again")
    world.store.edit(reminder_id, deleted_at=world.clock.now())
    world.sync("ada")
    world.store.edit(reminder_id, deleted_at=None)
    world.sync("ada")
    second = world.task("again")
    assert second.id != first.id
    assert second.key != first.key
    assert world.store.state.links[ORG, first.id].state is LinkState.SUPERSEDED


def test_task_given_to_another_syncing_user_moves_the_reminder_with_its_pending_edit(world):
    task = world.org.create(ADA, Subject="Moving")
    world.sync()
    world.org.edit(task, OwnerId=BOB)
    world.store.edit(world.reminder("Moving").id, details="said before the move")
    world.sync("bob")
    world.sync("ada")
    world.sync("bob")
    assert world.reminder("Moving").owner_id == "bob"
    assert world.org.tasks[task].values["Description"] == "said before the move"
    assert len(world.store.state.reminders) == 1
    assert all(report.counts.changed == 0 for report in world.sync())


def test_reminder_assigned_here_gives_the_task_to_the_new_owner(world):
    task = world.org.create(ADA, Subject="Yours")
    world.sync()
    world.store.edit(world.reminder("Yours").id, assign_to="bob", details="please")
    world.sync("ada")
    assert world.org.tasks[task].owner_id == BOB
    assert world.org.tasks[task].values["Description"] == "please"
    assert world.reminder("Yours").owner_id == "bob"
    assert all(report.counts.changed == 0 for report in world.sync())


def test_dry_run_plans_and_changes_nothing(world):
    world.sync("ada")
    world.add("new")
    world.org.create(ADA, Subject="theirs")
    world.store.ask("ada", RunKind.DRY)
    commits, writes = world.store.commits, world.org.writes
    report = world.sync("ada")
    assert len(report.plan.inbound) == 1
    assert len(report.plan.outbound) == 1
    assert (world.store.commits, world.org.writes) == (commits, writes)
    done = world.sync("ada")
    assert (done.counts.created_here, done.counts.created_there) == (1, 1)


def test_full_resync_finds_a_task_that_left_unseen(world):
    task = world.org.create(ADA, Subject="left")
    world.sync("ada")
    world.org.edit(task, OwnerId="005000000000009AAA")
    world.sync("ada")
    assert world.store.state.links[ORG, task].state is LinkState.ACTIVE
    world.store.ask("ada", RunKind.FULL)
    world.sync("ada")
    assert world.store.state.links[ORG, task].state is LinkState.ASLEEP
    world.org.edit(task, OwnerId=ADA, Subject="back")
    world.sync("ada")
    assert world.reminder("back").owner_id == "ada"
    assert world.store.state.links[ORG, task].state is LinkState.ACTIVE


def test_more_edits_than_one_run_takes_are_sent_by_the_runs_that_follow_at_once(world):
    world.sync("ada")
    for number in range(250):
        world.add(f"n{number}")
    assert world.sync("ada").outcome is Outcome.MORE
    assert world.store.state.users["ada"].due_at == world.clock.now()
    assert world.sync("ada").outcome is Outcome.DONE
    assert len(world.org.live()) == 250


@pytest.mark.parametrize("change", [{"status": Status.COMPLETED}, {"deleted_at": "now"}])
def test_undo_time_holds_a_change_back_also_when_its_task_is_read(world, change):
    task = world.org.create(ADA, Subject="Undo me")
    world.sync("ada")
    reminder_id = world.reminder("Undo me").id
    change = {name: world.clock.now() if value == "now" else value for name, value in change.items()}
    world.store.edit(reminder_id, hold_until=world.clock.now() + timedelta(seconds=60), **change)
    world.org.edit(task, Priority="High")
    world.sync("ada")
    assert not world.org.tasks[task].is_deleted
    assert world.org.tasks[task].values["Status"] == "Not Started"
    assert world.reminder("Undo me").priority is Priority.HIGH
    world.clock.advance(60)
    world.sync("ada")
    assert world.org.tasks[task].is_deleted or world.org.tasks[task].values["Status"] == "Completed"


def test_where_the_team_wants_it_an_edit_wins_over_a_deletion():
    world = World(TeamSettings(deletion_wins=False))
    deleted_there = world.org.create(ADA, Subject="deleted there")
    deleted_here = world.org.create(ADA, Subject="deleted here")
    world.sync("ada")
    world.org.delete(deleted_there)
    world.store.edit(world.reminder("deleted there").id, details="still needed")
    world.store.edit(world.reminder("deleted here").id, deleted_at=world.clock.now())
    world.org.edit(deleted_here, Priority="High")
    world.sync("ada")
    world.sync("ada")
    again = world.task("deleted there")
    assert again.id != deleted_there
    assert again.values["Description"] == "still needed"
    assert world.reminder("deleted here").deleted_at is None
    assert world.reminder("deleted here").priority is Priority.HIGH
    assert not world.org.tasks[deleted_here].is_deleted
    assert world.sync("ada").counts.changed == 0


def test_sync_2_an_edit_made_amid_a_first_sync_goes_out_after_one_page(world, monkeypatch):
    for number in range(3 * FIRST_PAGE_ROWS):
        world.org.create(ADA, Subject=f"Task {number}")
    seen, first, create = [], MemorySession.first, MemorySession.create

    def page(session, *asked, **named):
        seen.append("page")
        if len(seen) == 2:
            world.add("Made here")
        return first(session, *asked, **named)

    def sent(session, writes):
        seen.append("sent")
        return create(session, writes)

    monkeypatch.setattr(MemorySession, "first", page)
    monkeypatch.setattr(MemorySession, "create", sent)
    world.sync("ada")
    assert seen[:4] == ["page", "page", "sent", "page"]


def test_first_1_progress_counts_the_last_day_on_salesforces_clock(world, monkeypatch):
    world.org.offset_seconds = -25 * 3600
    for number in range(FIRST_PAGE_ROWS + 1):
        world.org.create(ADA, Subject=f"Task {number}")
    world.org.offset_seconds = -2 * 3600
    seen, first = [], MemorySession.first

    def page(session, asked, *rest, **named):
        seen.append(asked)
        return first(session, asked, *rest, **named)

    monkeypatch.setattr(MemorySession, "first", page)
    world.sync("ada")
    assert [(one.done, one.total) for one in seen[-2:]] == [(0, 201), (200, 201)]


def test_diag_3_an_edits_run_leaves_the_hourly_read_by_id_to_background_work(world):
    world.org.create(ADA, Subject="Call")
    world.sync("ada")
    world.sync("ada")
    world.clock.advance(3600)
    world.store.edit(world.reminder("Call").id, details="soon")
    edited = world.sync("ada")
    assert (edited.counts.updated_there, edited.calls) == (1, 2)
    assert edited.next_due_at - world.clock.now() <= timedelta(seconds=2)
    assert world.sync("ada").calls == 2
