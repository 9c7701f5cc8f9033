"""Deletions and their undoing: undelete, restore, both after one another, refusals, and messages that come late."""

import pytest

from remindersync.model import ConflictRule, LinkState
from tests.conformance.scene import BOB

MINUTE = 60


def test_undelete_brings_the_reminder_back_with_what_changed_there_meanwhile(scene):
    reminder, task = scene.pair(Subject="Call", Description="before")
    scene.delete(task)
    scene.run()
    scene.undelete(task)
    scene.edit(task, Description="after")
    with scene.cost() as cost:
        scene.run()
    found = scene.reminder(reminder)
    assert (found.deleted_at, found.details) == (None, "after")
    assert (cost.writes_here, cost.writes_there) == (1, 0)
    assert scene.task_of(reminder) == task
    scene.quiet()


def test_undelete_sends_the_edit_that_had_lost_to_the_deletion(scene):
    reminder, task = scene.pair(Subject="Call", Description="before")
    scene.delete(task)
    scene.change(reminder, details="edited here")
    scene.run()
    assert scene.reminder(reminder).deleted_at is not None
    scene.wait(5)
    scene.undelete(task)
    scene.run()
    found = scene.reminder(reminder)
    assert (found.deleted_at, found.details, scene.task(task)["Description"]) == (None, "edited here", "edited here")
    scene.quiet()


def test_undelete_for_somebody_else_sends_the_edit_that_had_lost_as_theirs(scene):
    reminder, task = scene.pair(Subject="Call", Description="before")
    scene.delete(task)
    scene.change(reminder, details="edited here")
    scene.run()
    scene.wait(5)
    scene.undelete(task)
    scene.edit(task, OwnerId=BOB)
    scene.settle(hours=1)
    found = scene.reminder(reminder)
    assert (found.deleted_at, found.details, scene.task(task)["Description"]) == (None, "edited here", "edited here")
    scene.quiet("bob")


@pytest.mark.parametrize("rule", list(ConflictRule))
def test_what_lost_to_an_edit_here_and_then_to_a_deletion_here_is_in_history(scene, rule):
    scene.set(conflict_rule=rule)
    reminder, task = scene.pair(Subject="Call", Description="before")
    scene.change(reminder, details="edited here")
    scene.wait(1)
    scene.edit(task, Description="edited there")
    scene.bin(reminder)
    scene.run()
    assert scene.task(task)["IsDeleted"]
    lost = [one for one in scene.history(reminder) if not one.kept]
    assert [(one.field, one.old, one.rule) for one in lost] == [("details", "edited there", "deletion wins")]


def test_an_edit_there_wins_over_a_deletion_here_though_its_field_was_edited_here(scene):
    scene.set(deletion_wins=False, conflict_rule=ConflictRule.APP)
    reminder, task = scene.pair(Subject="Call", Description="before")
    scene.change(reminder, details="edited here")
    scene.wait(1)
    scene.edit(task, Description="edited there")
    scene.bin(reminder)
    scene.settle()
    assert (scene.reminder(reminder).deleted_at, scene.task(task)["Description"]) == (None, "edited here")
    assert ("details", "edited there", False) in {(one.field, one.old, one.kept) for one in scene.history(reminder)}
    scene.quiet()


def test_undelete_of_what_was_deleted_here(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.bin(reminder)
    scene.run()
    scene.wait(5)
    scene.undelete(task)
    scene.run()
    assert scene.reminder(reminder).deleted_at is None
    assert (scene.task_of(reminder), scene.link(task).state) == (task, LinkState.ACTIVE)
    scene.change(reminder, details="goes on")
    scene.run()
    assert scene.task(task)["Description"] == "goes on"
    scene.quiet()


def test_restore_of_what_was_deleted_here_makes_a_new_task(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.bin(reminder)
    scene.run()
    scene.restore(reminder)
    with scene.cost() as cost:
        scene.run()
    assert (cost.created_there, cost.writes_there) == (1, 1)
    assert scene.task_of(reminder) != task
    assert len(scene.live()) == 1
    scene.quiet()


def test_restore_ends_the_wait_of_a_deletion_that_a_late_create_could_undo(scene):
    reminder = scene.add("Call")
    scene.lose(saved=False)
    scene.run()
    scene.run()
    scene.bin(reminder)
    scene.run()
    assert scene.reminder(reminder).hold_until is not None
    scene.restore(reminder)
    scene.change(reminder, details="sent at once")
    scene.run()
    assert scene.task(scene.task_of(reminder))["Description"] == "sent at once"
    assert len(scene.live()) == 1
    scene.settle(hours=1)
    scene.quiet()


def test_restore_before_the_deletion_was_sent_leaves_everything_as_it_was(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.bin(reminder)
    scene.restore(reminder)
    with scene.cost() as cost:
        scene.run()
    assert (cost.calls, cost.nothing) == (1, True)
    assert scene.task_of(reminder) == task
    scene.quiet()


def test_restore_then_undelete_keeps_one_reminder_with_its_new_task(scene):
    reminder, old = scene.pair(Subject="Call")
    scene.delete(old)
    scene.run()
    scene.restore(reminder)
    scene.run()
    new = scene.task_of(reminder)
    scene.wait(5)
    scene.undelete(old)
    scene.edit(old, Subject="from the grave")
    with scene.cost() as cost:
        scene.run()
    assert (cost.calls, cost.nothing) == (1, True)
    assert (len(scene.everything()), scene.task_of(reminder), scene.reminder(reminder).name) == (1, new, "Call")
    assert scene.link(old).state is LinkState.SUPERSEDED
    scene.settle(hours=1)
    scene.quiet()


def test_undelete_then_restore_is_one_task(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.delete(task)
    scene.run()
    scene.wait(5)
    scene.undelete(task)
    scene.restore(reminder)
    scene.run()
    scene.settle(hours=1)
    assert scene.reminder(reminder).deleted_at is None
    assert len(scene.everything()) == 1
    assert scene.task_of(reminder) in scene.live()
    scene.quiet()


def test_a_refused_deletion_goes_through_once_it_is_tried_again(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.refuse("INSUFFICIENT_ACCESS_OR_READONLY", task_id=task)
    scene.bin(reminder)
    scene.run()
    assert not scene.task(task)["IsDeleted"]
    assert scene.reminder(reminder).deleted_at is not None
    scene.refuse_nothing()
    scene.restore(reminder)
    scene.bin(reminder)
    with scene.cost() as cost:
        scene.run()
    assert scene.task(task)["IsDeleted"]
    assert (cost.deleted_there, cost.writes_there) == (1, 1)
    assert scene.faults() == []
    scene.quiet()


def test_an_update_of_what_was_deleted_meanwhile_bins_the_reminder(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.change(reminder, details="too late")
    scene.hooks.once(lambda: scene.delete(task), at=("update",))
    scene.run()
    assert scene.reminder(reminder).deleted_at is not None
    assert scene.lost(reminder) == [("details", "too late", "deletion wins")]
    assert scene.link(task).state is LinkState.DELETED
    scene.settle(hours=1)
    assert len(scene.everything()) == 1
    scene.quiet()


def test_a_message_after_the_deletion_changes_nothing(scene):
    reminder, task = scene.pair(Subject="Call")
    earlier = scene.claim("ada")
    scene.wait(5)
    scene.delete(task)
    scene.run()
    with scene.cost() as cost:
        scene.deliver("ada", earlier)
    assert (cost.calls, cost.nothing) == (0, True)
    assert scene.reminder(reminder).deleted_at is not None
