"""MERGE-2 where a write's answer was lost: history tells what it did, and keeps what it wrote over or took with it."""

import pytest

from remindersync.model import Outcome, Status


def told_there(scene, reminder):
    """What history tells of writes to Salesforce: field, value before and after."""
    return [(one.field, one.old, one.new) for one in scene.history(reminder) if one.login is not None]


def lose_the_answer(scene, *, saved=True):
    """Let the run's next write lose its answer, and the runs after it find out what became of it."""
    scene.lose(saved=saved)
    assert scene.run()[0].outcome is Outcome.RETRY
    scene.settle("ada", hours=1)
    scene.quiet("ada")


def test_merge_2_what_a_deletion_of_ours_took_with_it_is_kept(scene):
    reminder, task = scene.pair(Subject="Call", Description="first")
    scene.edit(task, Description="second", Status="Waiting on someone else")
    scene.bin(reminder)
    lose_the_answer(scene)
    assert scene.task(task)["IsDeleted"]
    lost = {("details", "second", "deletion wins"), ("Status", "Waiting on someone else", "deletion wins")}
    assert set(scene.lost(reminder)) == lost
    assert told_there(scene, reminder) == [("deleted", None, "yes")]


def test_merge_2_what_was_edited_there_before_our_deletion_landed_is_kept_though_it_was_restored(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, Subject="theirs")
    scene.bin(reminder)
    scene.lose(saved=True)
    scene.run()
    scene.restore(reminder)
    scene.settle("ada", hours=1)
    assert scene.task(scene.task_of(reminder))["Subject"] == scene.reminder(reminder).name == "Call"
    assert scene.lost(reminder) == [("name", "theirs", "deletion wins")]
    assert ("deleted", None, "yes") in told_there(scene, reminder)
    scene.quiet("ada")


def test_merge_2_what_was_edited_and_deleted_there_between_two_reads_is_kept(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, Subject="theirs")
    scene.delete(task)
    scene.run()
    assert scene.reminder(reminder).deleted_at is not None
    assert scene.lost(reminder) == [("name", "theirs", "deletion wins")]


def test_merge_2_what_a_change_of_ours_wrote_over_is_kept(scene):
    reminder, task = scene.pair(Subject="Call", Status="Waiting on someone else")
    scene.change(reminder, name="Visit", status=Status.COMPLETED)
    lose_the_answer(scene)
    assert scene.task(task)["Status"] == "Completed"
    told = [("Subject", "Call", "Visit"), ("Status", "Waiting on someone else", "Completed")]
    assert sorted(told_there(scene, reminder)) == sorted(told)
    assert scene.lost(reminder) == []


@pytest.mark.parametrize("saved", [True, False])
def test_merge_2_a_creation_is_told_once(scene, saved):
    reminder = scene.add("Call", details="soon")
    lose_the_answer(scene, saved=saved)
    task = scene.task(scene.task_of(reminder))
    assert (task["Subject"], task["Description"]) == ("Call", "soon")
    told = [one for one in told_there(scene, reminder) if one[2] is not None and one[0] in ("Subject", "Description")]
    assert sorted(told) == [("Description", None, "soon"), ("Subject", None, "Call")]


@pytest.mark.parametrize("answered", [True, False])
def test_merge_3_an_edit_that_went_with_our_deletion_comes_back_with_the_undeleted_task(scene, answered):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, Subject="theirs")
    scene.bin(reminder)
    if answered:
        scene.run()
    else:
        lose_the_answer(scene)
    scene.settle("ada")
    assert scene.lost(reminder) == [("name", "theirs", "deletion wins")]
    scene.undelete(task)
    scene.settle("ada")
    assert scene.reminder(reminder).deleted_at is None
    assert scene.reminder(reminder).name == scene.task(task)["Subject"] == "theirs"
    scene.quiet("ada")
