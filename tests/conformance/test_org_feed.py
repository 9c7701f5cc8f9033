"""The org feed: one reading of the org for all its users, what it stages for whom, and when nobody trusts it."""

from contextlib import suppress

import pytest

from remindersync.model import LinkState, Outcome, Status
from tests.conformance.hooks import Killed
from tests.conformance.scene import ADA, BOB, CARL

MINUTE = 60
DAY = 86_400


@pytest.fixture
def fed(scene):
    """A scene in which only the feed is read for Ada and Bob."""
    scene.feed()
    return scene


def tick(scene):
    """Let a moment pass and read the org; return how many rows were left for people."""
    scene.wait(5)
    report = scene.tick()
    assert report.outcome is Outcome.DONE, report
    return report.staged


def cost_of(scene, *people):
    """Run people; return what it cost."""
    with scene.cost() as cost:
        for person in people or ("ada", "bob"):
            scene.run(person)
    return cost


# ── SYNC-3 ──


def test_sync_3_idle_users_cost_no_calls(fed):
    with fed.cost() as cost:
        for _ in range(3):
            assert tick(fed) == 0
            fed.run("ada")
            fed.run("bob")
    assert (cost.calls, cost.nothing) == (3, True)


def test_sync_3_one_reading_serves_everybody_deletions_included(fed):
    there = {name: fed.create(by=name, Subject=f"of {name}") for name in ("ada", "bob")}
    gone = fed.create(Subject="soon gone")
    assert tick(fed) == 3
    assert (cost_of(fed).calls, len(fed.everything())) == (0, 3)
    fed.edit(there["ada"], Status="Completed")
    fed.edit(there["bob"], Subject="renamed")
    fed.delete(gone)
    assert tick(fed) == 3
    cost = cost_of(fed)
    assert (cost.calls, cost.writes_there, cost.writes_here) == (0, 0, 3)
    assert fed.reminder(fed.reminder_of(there["ada"])).status is Status.COMPLETED
    assert fed.reminder(fed.reminder_of(there["bob"])).name == "renamed"
    assert fed.reminder(fed.reminder_of(gone)).deleted_at is not None


def test_sync_3_a_change_makes_those_due_whom_it_concerns(fed):
    assert (fed.rest("ada") > 0, fed.rest("bob") > 0) == (True, True)
    fed.create(by="bob", Subject="of Bob")
    tick(fed)
    assert (fed.rest("ada") > 0, fed.rest("bob") > 0) == (True, False)


def test_sync_3_other_people_s_rows_are_not_stored(fed):
    fed.create(by="carl", Subject="private")
    assert tick(fed) == 0
    cost_of(fed)
    assert fed.everything() == []


def test_sync_3_a_linked_task_is_left_for_its_reminder_s_owner_too(fed):
    task = fed.create(Subject="Call")
    tick(fed)
    fed.run("ada")
    fed.edit(task, OwnerId=BOB)
    assert tick(fed) == 2
    cost_of(fed, "bob", "ada", "bob")
    assert fed.owner(fed.reminder_of(task)) == "bob"
    fed.edit(task, OwnerId=CARL)
    assert tick(fed) == 1
    fed.run("bob")
    assert fed.link(task).state is LinkState.ASLEEP


@pytest.mark.parametrize("to", ["ada", "carl"])
def test_sync_3_what_was_given_away_and_deleted_before_its_first_run_becomes_nobody_s_reminder(fed, to):
    task = fed.create(by="bob", Subject="Call")
    assert tick(fed) == 1
    fed.edit(task, OwnerId={"ada": ADA, "carl": CARL}[to])
    fed.delete(task)
    tick(fed)
    cost_of(fed, "ada", "bob")
    assert fed.everything() == []


def test_sync_3_a_row_that_waited_is_not_taken_in_after_a_later_one(fed):
    task = fed.create(by="bob", Subject="Call")
    tick(fed)
    fed.edit(task, OwnerId=ADA, Subject="Visit")
    tick(fed)
    cost_of(fed, "ada", "bob", "ada")
    (reminder,) = fed.everything()
    assert (fed.owner(reminder.id), reminder.name) == ("ada", "Visit")
    tick(fed)
    cost_of(fed, "bob", "ada")
    assert (fed.owner(reminder.id), fed.reminder(reminder.id).name) == ("ada", "Visit")


def test_merge_2_a_row_waits_until_the_deletion_is_sent_that_takes_its_edits_along(fed):
    for step in range(10, 20):
        reminder, task = fed.pair_from_here(f"Call {step}")
        fed.edit(task, Subject=f"theirs {step}")
        fed.bin(reminder)
        tick(fed)
        fed.hooks.kill_at(step)
        with suppress(Killed):
            fed.run("ada")
        fed.hooks.reset()
        fed.restore(reminder)
        for _ in range(2):
            fed.wait(2 * MINUTE)
            tick(fed)
            fed.run("ada")
        kept = fed.reminder(reminder).name == f"theirs {step}"
        assert kept or ("name", f"theirs {step}", "deletion wins") in fed.lost(reminder), step


def test_sync_3_what_is_sent_is_planned_from_a_reading_of_its_own(fed):
    task = fed.create(Subject="Call")
    tick(fed)
    fed.run("ada")
    reminder = fed.reminder_of(task)
    fed.change(reminder, details="ours")
    fed.edit(task, Priority="High")
    cost = cost_of(fed, "ada")
    assert (cost.calls, cost.updated_there) == (2, 1)
    assert fed.reminder(reminder).priority == "high"
    tick(fed)  # shows our own write, and what the run read for itself
    assert cost_of(fed, "ada").nothing


def test_sync_3_a_login_that_may_not_see_all_is_refused_and_users_ask_for_themselves(scene):
    scene.connect_feed(sees_all=False)
    report = scene.tick()
    assert (report.outcome, report.staged, report.calls) == (Outcome.FAILED, 0, 1)
    scene.create(by="ada", Subject="of Ada")
    assert (cost_of(scene, "ada").calls, len(scene.everything())) == (1, 1)


def test_sync_3_the_feed_goes_on_where_the_right_is_given(scene):
    scene.connect_feed(sees_all=False)
    scene.tick()
    scene.feed()
    scene.create(Subject="Call")
    assert tick(scene) == 1
    assert cost_of(scene, "ada").calls == 0


# ── SYNC-5 ──


def test_sync_5_the_feed_s_sweep_finds_rows_that_became_visible_late(fed):
    fed.create_late(5 * MINUTE, Subject="late")
    assert [tick(fed), tick(fed)] == [0, 0]
    found = []
    for _ in range(4):
        fed.wait(6 * MINUTE)
        found.append(tick(fed))
    assert sum(found) == 1
    cost_of(fed)
    assert [one.name for one in fed.reminders()] == ["late"]


def test_sync_5_a_row_the_feed_has_seen_is_left_for_nobody_again(fed):
    fed.create(Subject="Call")
    assert tick(fed) == 1
    cost_of(fed)
    for _ in range(4):
        fed.wait(6 * MINUTE)
        assert tick(fed) == 0
        assert cost_of(fed).nothing


def test_sync_5_a_hard_deletion_is_found_in_the_deletion_log(fed):
    task = fed.create(Subject="Call")
    tick(fed)
    fed.run("ada")
    fed.wait(MINUTE)
    fed.remove(task)
    fed.wait(15 * MINUTE)
    assert tick(fed) == 1
    cost_of(fed, "ada")
    assert fed.reminder(fed.reminder_of(task)).deleted_at is not None


def test_sync_5_a_feed_silent_for_longer_than_the_deletion_log_reads_everything_again(fed):
    edited, removed = fed.create(Subject="edited"), fed.create(Subject="removed")
    tick(fed)
    fed.run("ada")
    fed.edit(edited, Subject="edited meanwhile")
    fed.remove(removed)
    fed.wait(16 * DAY)
    tick(fed)
    fed.hooks.calls.clear()
    fed.run("ada")
    assert fed.hooks.calls.count("by_ids") == 1
    assert fed.reminder(fed.reminder_of(edited)).name == "edited meanwhile"
    assert fed.reminder(fed.reminder_of(removed)).deleted_at is None
    assert fed.link(removed).state is LinkState.UNREACHABLE


@pytest.mark.parametrize("ahead", [-MINUTE, MINUTE])
def test_sync_5_the_feed_s_now_is_salesforce_s(off, ahead):
    off.skew(ahead)
    off.begin()
    off.feed()
    task = off.create(Subject="Call")
    assert tick(off) == 1
    cost_of(off)
    off.edit(task, Subject="Visit")
    assert tick(off) == 1
    assert cost_of(off).calls == 0
    assert off.reminder(off.reminder_of(task)).name == "Visit"
