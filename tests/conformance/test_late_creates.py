"""ONCE-2 and SYNC-7 where a create whose answer was lost lands late, or its Task went its own way since."""

import pytest

from remindersync.model import Outcome
from tests.conformance.scene import BOB, CARL


@pytest.fixture
def sent_twice(scene):
    """A scene, a reminder and its Task, whose first create is under way still: the second one, by its key, made it."""
    reminder = scene.add("Once")
    scene.lose(saved=False)
    assert scene.run()[0].outcome is Outcome.RETRY
    scene.run()
    return scene, reminder, scene.task_of(reminder)


def ticked(scene, *people):
    """Let the org feed read, and these people run."""
    scene.wait(5)
    scene.tick()
    for person in people:
        scene.run(person)


def land(scene, task):
    """Let the first create land: its Task was deleted, so it makes another one."""
    return scene.store_task(Subject="Once", Status="Not Started", Priority="Normal", Key=scene.task(task)["Key"])


@pytest.mark.parametrize("read_before", [True, False])
def test_once_2_what_a_late_create_makes_after_a_deletion_is_deleted_with_its_reminder(sent_twice, read_before):
    scene, reminder, task = sent_twice
    scene.delete(task)
    if read_before:
        scene.run()
    land(scene, task)
    scene.settle(hours=1)
    assert [one.id for one in scene.everything()] == [reminder]
    assert scene.reminder(reminder).deleted_at is not None
    assert scene.live() == {}
    scene.quiet()


@pytest.mark.parametrize("lands", [True, False])
def test_once_2_who_is_restored_gets_another_task_only_once_no_earlier_create_can_land(sent_twice, lands):
    scene, reminder, task = sent_twice
    scene.delete(task)
    scene.run()
    scene.restore(reminder)
    scene.run()
    assert scene.live() == {}
    if lands:
        late = land(scene, task)
    scene.settle(hours=1)
    (now,) = scene.live()
    assert scene.task_of(reminder) == now
    assert (now == late) if lands else (scene.task(now)["Key"] != scene.task(task)["Key"])
    scene.quiet()


def test_once_2_what_a_lost_create_made_is_never_a_colleague_s_newcomer(scene):
    reminder = scene.add("Once")
    scene.lose(saved=True)
    scene.run()
    (task,) = scene.live()
    scene.edit(task, OwnerId=BOB)
    scene.run("bob")
    assert [one.id for one in scene.everything()] == [reminder]
    scene.settle(hours=1)
    assert [one.id for one in scene.everything()] == [reminder]
    assert (scene.task_of(reminder), scene.owner(reminder)) == (task, "bob")
    scene.quiet()


def test_sync_7_an_edit_that_lost_to_a_deletion_goes_to_the_new_owner_of_the_undeleted_task(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.change(reminder, details="ours")
    scene.edit(task, OwnerId=BOB, Status="Completed")
    scene.delete(task)
    for person in ("bob", "ada"):
        scene.run(person)
    assert ("details", "ours", "deletion wins") in scene.lost(reminder)
    scene.undelete(task)
    for person in ("bob", "ada", "bob"):
        scene.run(person)
    assert scene.owner(reminder) == "bob"
    assert scene.task(task)["Description"] == "ours"
    scene.settle(hours=1)
    scene.quiet()


@pytest.mark.parametrize("to", ["bob", "carl"])
@pytest.mark.parametrize("restored", [True, False])
def test_sync_7_a_task_undeleted_for_somebody_else_takes_its_reminder_along(scene, restored, to):
    scene.feed()
    task = scene.create(Subject="Call")
    ticked(scene, "ada")
    reminder = scene.reminder_of(task)
    scene.delete(task)
    ticked(scene, "ada")
    scene.wait(5)
    if restored:
        scene.restore(reminder)
    scene.undelete(task)
    scene.edit(task, OwnerId={"bob": BOB, "carl": CARL}[to], Subject="Visit")
    ticked(scene, "bob", "ada", "bob")
    scene.wait(3600)
    ticked(scene, "ada", "bob", "ada", "bob")
    if to == "bob":
        assert (scene.owner(reminder), scene.reminder(reminder).name) == ("bob", "Visit")
        assert scene.reminder(reminder).deleted_at is None
        assert len(scene.live()) == 1
