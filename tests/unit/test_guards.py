"""Many deletions and completions that nobody here asked for wait for approval; the rest goes on (DIAG-6)."""

from dataclasses import replace

import pytest

from remindersync.model import GuardedChange, RunKind, Status, TeamSettings
from tests.fixtures.world import ADA, World

COUNT = 5


@pytest.fixture
def world():
    """Ten Tasks in step, of which five may go in a day, or three in ten."""
    world = World(TeamSettings(guard_count=COUNT))
    world.tasks = [world.org.create(ADA, Subject=f"Task {number}") for number in range(10)]
    world.sync("ada")
    world.clock.advance(3600)
    return world


def delete(world, *numbers):
    for number in numbers:
        world.org.delete(world.tasks[number])


def complete(world, *numbers):
    for number in numbers:
        world.org.edit(world.tasks[number], Status="Completed")


def binned(world):
    return sum(1 for one in world.store.state.reminders.values() if one.deleted_at is not None)


def waiting(world):
    return {one.name: one.held_change for one in world.store.state.reminders.values() if one.held_change is not None}


def notices(world):
    return [fault.code for fault, *_ in world.store.open_faults()]


def approve(world, *names):
    """Do what a person who approves does."""
    for one in list(world.store.state.reminders.values()):
        if one.name in names:
            world.store.state.reminders[one.id] = replace(one, approved_at=world.clock.now())
    world.store.ask("ada", RunKind.FULL)


def test_as_many_as_are_allowed_pass(world):
    delete(world, *range(COUNT))
    world.sync("ada")
    assert (binned(world), waiting(world), notices(world)) == (COUNT, {}, [])


def test_beyond_both_limits_all_of_them_wait_and_it_is_said_once(world):
    delete(world, *range(6))
    for _ in range(2):
        world.sync("ada")
    assert binned(world) == 0
    assert waiting(world) == {f"Task {number}": GuardedChange.DELETE for number in range(6)}
    assert notices(world) == ["GUARD"]


def test_a_small_part_of_many_open_reminders_passes(world):
    for number in range(20):
        world.org.create(ADA, Subject=f"More {number}")
    world.sync("ada")
    delete(world, *range(6))
    world.sync("ada")
    assert binned(world) == 6


def test_deletions_and_completions_of_a_day_count_together(world):
    delete(world, 0, 1, 2)
    world.sync("ada")
    world.clock.advance(3600)
    complete(world, 3, 4, 5)
    world.sync("ada")
    assert binned(world) == 3
    assert set(waiting(world).values()) == {GuardedChange.COMPLETE}
    assert world.reminder("Task 4").status is Status.OPEN


def test_what_was_done_a_day_ago_counts_no_more(world):
    delete(world, 0, 1, 2)
    world.sync("ada")
    world.clock.advance(25 * 3600)
    complete(world, 3, 4, 5)
    world.sync("ada")
    assert waiting(world) == {}


def test_a_deletion_of_what_was_approved_as_completed_counts(world):
    complete(world, *range(6))
    world.sync("ada")
    approve(world, *waiting(world))
    world.sync("ada")
    assert world.reminder("Task 0").status is Status.COMPLETED
    delete(world, *range(COUNT))
    world.sync("ada")
    assert binned(world) == COUNT
    delete(world, 5, 6)
    world.sync("ada")
    assert binned(world) == COUNT
    assert waiting(world) == dict.fromkeys(("Task 5", "Task 6"), GuardedChange.DELETE)


def test_the_rest_goes_on(world):
    delete(world, *range(6))
    world.org.edit(world.tasks[9], Subject="Renamed")
    world.org.create(ADA, Subject="New")
    world.add("Mine")
    world.sync("ada")
    assert world.reminder("Renamed")
    assert world.reminder("New")
    assert world.task("Mine")


def test_what_people_do_here_is_not_counted(world):
    for number in range(10):
        reminder = world.reminder(f"Task {number}")
        if number % 2:
            world.store.edit(reminder.id, status=Status.COMPLETED)
        else:
            world.store.edit(reminder.id, deleted_at=world.clock.now())
    world.sync("ada")
    assert (waiting(world), len(world.org.live())) == ({}, 5)


def test_approval_carries_out_exactly_what_was_listed(world):
    delete(world, *range(6))
    world.sync("ada")
    approve(world, "Task 0", "Task 1")
    world.sync("ada")
    assert binned(world) == 2
    assert len(waiting(world)) == 4
    approve(world, *waiting(world))
    world.sync("ada")
    assert (binned(world), waiting(world)) == (6, {})


def test_what_was_approved_is_not_counted_again(world):
    delete(world, *range(6))
    world.sync("ada")
    approve(world, *waiting(world))
    world.sync("ada")
    delete(world, 6)
    world.sync("ada")
    assert binned(world) == 7


def test_a_larger_number_asks_again(world):
    delete(world, *range(6))
    world.sync("ada")
    names = set(waiting(world))
    complete(world, 6)
    world.sync("ada")
    approve(world, *names)
    world.sync("ada")
    assert set(waiting(world)) <= {"Task 6"}
    assert binned(world) == 6


def test_what_is_undone_in_salesforce_waits_no_more(world):
    complete(world, *range(6))
    world.sync("ada")
    world.clock.advance(60)
    for number in range(6):
        world.org.edit(world.tasks[number], Status="Not Started")
    world.sync("ada")
    assert waiting(world) == {}
    assert all(one.status is Status.OPEN for one in world.store.state.reminders.values())


def test_an_edit_of_what_waits_is_kept_until_it_is_decided(world):
    complete(world, *range(6))
    world.sync("ada")
    edited = world.reminder("Task 0").id
    world.store.edit(edited, details="edited here")
    world.sync("ada")
    assert world.org.tasks[world.tasks[0]].values["Description"] is None
    approve(world, *waiting(world))
    world.sync("ada")
    world.sync("ada")
    assert world.org.tasks[world.tasks[0]].values["Description"] == "edited here"
    assert world.store.state.reminders[edited].status is Status.COMPLETED


def test_deletions_from_before_the_switch_pass_uncounted(world):
    world.store.turn_off("ada")
    delete(world, *range(8))
    world.clock.advance(60)
    for user in world.store.state.users.values():
        user.user = replace(user.user, turned_on_at=world.clock.now())
    world.store.turn_on("ada")
    world.sync("ada")
    assert (binned(world), waiting(world)) == (8, {})
    delete(world, 8)
    world.sync("ada")
    assert binned(world) == 9


def test_a_dry_run_leaves_out_what_would_wait_and_lets_nothing_wait(world):
    delete(world, *range(6))
    world.store.ask("ada", RunKind.DRY)
    report = world.sync("ada")
    assert report.plan.inbound == ()
    assert waiting(world) == {}


def test_a_quiet_run_asks_no_guard(world):
    world.sync("ada")
    commits = world.store.commits
    assert world.sync("ada").calls == 1
    assert world.store.commits == commits
