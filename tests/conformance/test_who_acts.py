"""SYNC-9 and SYNC-10: whose login acts, users who leave, and what becomes of what they leave."""

import pytest

from remindersync.model import LinkState, Outcome, Status
from tests.conformance.hooks import Killed
from tests.conformance.scene import ADA, BOB, CARL

# ── SYNC-9 ──


def test_sync_9_a_user_on_the_integration_login_is_kept_in_step_through_it(scene):
    scene.use_integration("bob")
    task = scene.create(by="bob", Subject="theirs")
    ours = scene.add("ours", by="bob")
    scene.run("bob")
    theirs = scene.reminder_of(task)
    assert scene.owner(theirs) == "bob"
    assert scene.task(scene.task_of(ours))["OwnerId"] == BOB
    scene.change(theirs, details="note")
    scene.run("bob")
    assert scene.task(task)["Description"] == "note"
    written = [one for one in scene.history(theirs) if one.login is not None]
    assert {one.login for one in written} == {scene.integration_username}
    scene.run("bob")
    scene.quiet("bob")


def test_sync_9_it_reads_their_own_tasks_and_no_other_though_it_sees_all(scene):
    scene.use_integration("bob")
    scene.create(by="carl", Subject="Carl's")
    scene.create(by="ada", Subject="Ada's")
    scene.run("bob")
    assert scene.reminders("bob") == []


def test_sync_9_a_lost_login_is_never_replaced_by_the_integration_login(scene):
    scene.use_integration("ada")
    reminder = scene.add("ours", by="bob")
    scene.leave_salesforce("bob")
    assert [one.outcome for one in scene.run("bob")] == [Outcome.RECONNECT]
    assert not any(one.reminder_id == reminder for one in scene.links())
    assert scene.live() == {}


def test_sync_9_whoever_loses_the_integration_login_is_told_and_the_others_go_on(scene):
    scene.use_integration("bob")
    scene.add("Ada's")
    scene.run("bob")
    assert [one.outcome for one in scene.run("ada")] == [Outcome.DONE]
    assert len(scene.live()) == 1


# ── SYNC-10 ──


@pytest.fixture
def left(scene):
    """Bob has a pair with an edit that waits, and is deactivated."""
    task = scene.create(by="bob", Subject="Call")
    scene.run("bob")
    reminder = scene.reminder_of(task)
    scene.change(reminder, details="pending")
    scene.deactivate("bob")
    return reminder, task


def test_sync_10_who_is_deactivated_pauses_and_nothing_is_deleted_or_moved(scene, left):
    reminder, task = left
    scene.edit(task, Subject="Visit")
    before = scene.everything(), scene.links(), scene.every_task()
    with scene.cost() as cost:
        assert scene.slice("bob").outcome is Outcome.OFF
        scene.settle("ada", hours=2)
    assert cost.nothing
    assert (scene.everything(), scene.links(), scene.every_task()) == before
    assert (scene.owner(reminder), scene.link(task).state) == ("bob", LinkState.ACTIVE)


def test_sync_10_active_again_everything_that_happened_meanwhile_is_taken_in(scene, left):
    reminder, task = left
    given_away = scene.create(by="bob", Subject="new")
    scene.edit(task, Subject="Visit")
    scene.wait(3600)
    scene.activate("bob")
    scene.settle("bob")
    assert scene.reminder(reminder).name == "Visit"
    assert scene.task(task)["Description"] == "pending"
    assert scene.owner(scene.reminder_of(given_away)) == "bob"
    scene.quiet()


@pytest.mark.parametrize("leave", ["deactivate", "leave_salesforce"])
def test_sync_10_a_task_reassigned_from_who_left_takes_its_reminder_along_with_what_is_pending(scene, leave):
    task = scene.create(by="bob", Subject="Call")
    scene.run("bob")
    reminder = scene.reminder_of(task)
    if leave == "deactivate":
        scene.change(reminder, details="pending")
    getattr(scene, leave)("bob")
    if leave == "leave_salesforce":
        scene.change(reminder, details="pending")
    scene.edit(task, OwnerId=ADA, Priority="High")
    scene.settle("ada")
    found = scene.reminder(reminder)
    assert (scene.owner(reminder), found.priority, found.details) == ("ada", "high", "pending")
    assert scene.task(task)["Description"] == "pending"
    assert len(scene.everything()) == len(scene.every_task()) == 1
    scene.quiet("ada")


def test_sync_10_a_move_seen_before_its_owner_left_is_carried_out_afterwards(scene):
    task = scene.create(by="bob", Subject="Call")
    scene.run("bob")
    scene.edit(task, OwnerId=ADA)
    scene.run("ada")  # who leaves it to Bob's run
    reminder = scene.reminder_of(task)
    assert scene.owner(reminder) == "bob"
    scene.deactivate("bob")
    scene.settle("ada")
    assert scene.owner(reminder) == "ada"
    scene.quiet("ada")


def test_sync_10_a_task_given_to_somebody_who_does_not_sync_leaves_the_reminder_where_it_is(scene, left):
    reminder, task = left
    scene.edit(task, OwnerId=CARL)
    scene.settle("ada", hours=1)
    assert (scene.owner(reminder), scene.reminder(reminder).deleted_at) == ("bob", None)


@pytest.mark.parametrize("works", [True, False])
def test_sync_10_what_somebody_leaves_is_handed_over_with_their_login_or_the_team_s(scene, left, works):
    reminder, task = left
    local = scene.add("without a Task", by="ada")
    scene.assign(local, "ada")
    if not works:
        scene.use_integration("ada")
        scene.activate("bob")
        scene.leave_salesforce("bob")
        scene.deactivate("bob")
    login = scene.integration_username if not works else None
    scene.wait(5)
    scene.hand_over("bob", "ada")
    scene.run("bob")
    assert scene.task(task)["OwnerId"] == ADA
    assert scene.task(task)["Description"] == "pending"
    assert scene.owner(reminder) == "ada"
    (given,) = [one for one in scene.history(reminder) if one.field == "OwnerId"]
    assert (given.old, given.new) == (BOB, ADA)
    assert login is None or given.login == login
    assert scene.slice("bob").outcome is Outcome.OFF
    scene.settle("ada")
    scene.quiet("ada")


@pytest.fixture
def paused(scene):
    """Bob, for whom the team's login acts, has a pair, and is no longer active in Salesforce."""
    scene.use_integration("bob")
    scene.feed()
    task = scene.create(by="bob", Subject="Call")
    scene.tick()
    scene.run("bob")
    scene.leave_salesforce("bob")
    scene.wait(600)
    scene.tick()
    return scene.reminder_of(task), task


def test_sync_10_who_is_not_active_in_salesforce_pauses_though_the_team_s_login_acts_for_them(scene, paused):
    reminder, task = paused
    scene.change(reminder, details="pending")
    scene.edit(task, Priority="High")
    before = scene.links(), scene.every_task()
    with scene.cost() as cost:
        for _ in range(3):
            scene.wait(600)
            scene.tick()
            assert scene.slice("bob").outcome is Outcome.OFF
        scene.settle("ada")
    assert cost.nothing
    assert (scene.links(), scene.every_task()) == before
    assert scene.faults() == [("NOT_ACTIVE_THERE", None)]


def test_sync_10_active_in_salesforce_again_they_go_on_by_themselves(scene, paused):
    reminder, task = paused
    scene.change(reminder, details="pending")
    scene.edit(task, Priority="High")
    scene.return_to_salesforce("bob")
    scene.wait(600)
    scene.tick()
    assert scene.faults() == []
    scene.settle("bob")
    assert scene.reminder(reminder).priority == "high"
    assert scene.task(task)["Description"] == "pending"
    with scene.cost() as cost:
        scene.settle()
    assert cost.nothing


def test_sync_10_a_task_reassigned_from_who_is_paused_takes_its_reminder_along(scene, paused):
    reminder, task = paused
    scene.change(reminder, details="pending")
    scene.edit(task, OwnerId=ADA)
    scene.wait(20)
    scene.tick()
    scene.settle("ada")
    assert (scene.owner(reminder), scene.task(task)["Description"]) == ("ada", "pending")


def test_sync_10_what_somebody_who_is_paused_leaves_is_handed_over(scene, paused):
    reminder, task = paused
    scene.hand_over("bob", "ada")
    scene.wait(5)
    scene.run("bob")
    assert (scene.task(task)["OwnerId"], scene.owner(reminder)) == (ADA, "ada")
    assert scene.slice("bob").outcome is Outcome.OFF
    assert scene.faults() == [("NOT_ACTIVE_THERE", None)]


def test_sync_10_a_run_under_way_writes_nothing_more_once_its_owner_is_found_inactive(scene):
    scene.use_integration("bob")
    scene.feed()
    task = scene.create(by="bob", Subject="Call")
    scene.tick()
    scene.run("bob")
    scene.change(scene.reminder_of(task), details="pending")

    def leave():
        scene.deactivate_there("bob")
        scene.wait(600)
        scene.tick()

    scene.wait(5)
    scene.hooks.once(leave, at=("changed",), when="after")
    assert scene.slice("bob").outcome is Outcome.SUPERSEDED
    assert scene.task(task)["Description"] is None


def test_sync_10_only_open_reminders_are_handed_over(scene, left):
    done = scene.create(by="bob", Subject="done")
    scene.activate("bob")
    scene.settle("bob")
    scene.edit(done, Status="Completed")
    scene.run("bob")
    scene.deactivate("bob")
    scene.hand_over("bob", "ada")
    scene.wait(5)
    scene.run("bob")
    kept = scene.reminder(scene.reminder_of(done))
    assert (kept.status, scene.owner(kept.id), scene.task(done)["OwnerId"]) == (Status.COMPLETED, "bob", BOB)


def test_sync_10_erasing_a_user_deletes_nothing_in_salesforce(scene, left):
    _, task = left
    with scene.cost() as cost:
        scene.erase("bob")
        scene.settle("ada", hours=2)
    assert cost.writes_there == 0
    assert not scene.task(task)["IsDeleted"]
    assert scene.everything() == []


# ── Cut anywhere ──


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["changed", "update"])
def test_sync_10_a_reminder_is_taken_whole_wherever_its_owner_s_run_is_when_they_leave(scene, call, when):
    task = scene.create(by="bob", Subject="Call")
    scene.run("bob")
    reminder = scene.reminder_of(task)
    scene.edit(task, Priority="High")
    scene.change(reminder, details="pending")

    def leave():
        scene.deactivate("bob")
        scene.edit(task, OwnerId=ADA)

    scene.wait(5)
    scene.hooks.once(leave, at=(call,), when=when)
    assert scene.slice("bob").outcome is Outcome.SUPERSEDED
    scene.settle("ada")
    found = scene.reminder(reminder)
    assert (scene.owner(reminder), found.priority, found.details) == ("ada", "high", "pending")
    assert scene.task(task)["Description"] == "pending"
    assert len(scene.everything()) == len(scene.every_task()) == 1
    assert scene.lost(reminder) == []
    scene.settle("ada", hours=1)
    scene.quiet("ada")


def test_sync_10_a_hand_over_may_be_cut_anywhere_and_goes_on(scene):
    for step in range(40):
        task = scene.create(by="bob", Subject=f"Call {step}")
        scene.run("bob")
        reminder = scene.reminder_of(task)
        scene.change(reminder, details="pending")
        scene.deactivate("bob")
        scene.hand_over("bob", "ada")
        scene.wait(5)
        scene.hooks.kill_at(step)
        try:
            scene.slice("bob")
            killed = False
        except Killed:
            killed = True
        scene.hooks.reset()
        scene.run("bob")
        for _ in range(2):
            scene.run("ada")  # who takes what was given away just before the cut
        assert (scene.task(task)["OwnerId"], scene.owner(reminder)) == (ADA, "ada")
        assert scene.task(task)["Description"] == "pending"
        assert len(scene.everything()) == len(scene.every_task()) == step + 1
        scene.activate("bob")
        scene.run("bob")
        if not killed:
            break
    assert not killed
    assert step > 6
    scene.settle(hours=1)
    assert scene.open_intents() == 0
    scene.quiet()
