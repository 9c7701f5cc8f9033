"""Owner moves: the runs of two users over one moving pair, interleaved at every pair of points."""

from itertools import product

import pytest

from remindersync.model import LinkState
from tests.conformance.interleaving import interleaved
from tests.conformance.memory_world import MemoryScene
from tests.conformance.scene import ADA, BOB, CARL, CONTACT, LEAD, QUEUE

FAR = 10_000


def given(scene, reminder, task):
    scene.edit(task, OwnerId=BOB)
    return "bob", None


def given_with_edits_on_both_sides(scene, reminder, task):
    scene.edit(task, OwnerId=BOB, Priority="High")
    scene.change(reminder, details="pending")
    return "bob", "pending"


def assigned_here(scene, reminder, task):
    scene.change(reminder, details="pending")
    scene.assign(reminder, "bob")
    return "bob", "pending"


def given_and_taken_back(scene, reminder, task):
    scene.edit(task, OwnerId=BOB)
    scene.run("bob")
    scene.change(reminder, details="pending")
    scene.edit(task, OwnerId=ADA)
    return "ada", "pending"


def given_and_deleted_here(scene, reminder, task):
    scene.edit(task, OwnerId=BOB)
    scene.bin(reminder)
    return "bob", None


def given_and_deleted_there(scene, reminder, task):
    scene.edit(task, OwnerId=BOB)
    scene.delete(task)
    return None, None


MOVES = [
    given,
    given_with_edits_on_both_sides,
    assigned_here,
    given_and_taken_back,
    given_and_deleted_here,
    given_and_deleted_there,
]


def tried(scene, move, order, points):
    """Let a pair move, take the two runs apart at two points, and check what is left; return how many points there were."""
    reminder, task = scene.pair(Subject="Call")
    owner, details = move(scene, reminder, task)
    scene.wait(5)
    passed = interleaved(scene, *order, points)
    scene.settle(hours=1)
    deleted = "deleted" in move.__name__
    assert (len(scene.everything()), len(scene.every_task())) == (1, 1)
    assert scene.task(task)["IsDeleted"] is deleted
    assert (scene.reminder(reminder).deleted_at is not None) is deleted
    if owner is not None:
        assert scene.owner(reminder) == owner
    if not deleted:
        assert scene.task(task)["Description"] == details
        assert scene.reminder(reminder).details == (details or "")
    assert scene.faults() == []
    scene.quiet()
    return passed


def every_pair(make, move, order):
    most = tried(make(), move, order, (FAR, FAR))
    for points in product(range(most[0] + 1), range(most[1] + 1)):
        tried(make(), move, order, points)
    assert min(most) > 3


def new_world():
    scene = MemoryScene()
    scene.begin()
    return scene


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("order", [("ada", "bob"), ("bob", "ada")], ids="-".join)
def test_two_users_runs_over_a_moving_pair_may_meet_at_any_two_points(move, order):
    every_pair(new_world, move, order)


@pytest.mark.parametrize("move", MOVES)
def test_they_may_on_the_whole_pipeline_too(scene, move):
    tried(scene, move, ("bob", "ada"), (2, 2))


# ── Away, back, and where nobody takes it ──


def test_sync_7_a_task_goes_to_another_user_and_back_with_every_edit(scene):
    reminder, task = scene.pair(Subject="Call")
    for number, (owner, name) in enumerate([(BOB, "bob"), (ADA, "ada"), (BOB, "bob")]):
        scene.edit(task, OwnerId=owner, Description=f"said {number}")
        scene.settle()
        assert (scene.owner(reminder), scene.reminder(reminder).details) == (name, f"said {number}")
    assert len(scene.everything()) == len(scene.every_task()) == 1
    scene.quiet()


@pytest.mark.parametrize("owner", [CARL, QUEUE], ids=["a person who does not sync", "a queue"])
def test_sync_7_a_task_taken_by_nobody_here_sleeps_and_wakes_for_whoever_gets_it(scene, owner):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, OwnerId=owner)
    scene.settle(hours=1)
    assert (scene.link(task).state, scene.owner(reminder)) == (LinkState.ASLEEP, "ada")
    assert scene.reminder(reminder).deleted_at is None
    scene.quiet()
    scene.edit(task, OwnerId=BOB, Subject="Bob's now")
    scene.settle()
    found = scene.reminder(reminder)
    assert (scene.link(task).state, scene.owner(reminder), found.name) == (LinkState.ACTIVE, "bob", "Bob's now")
    scene.quiet()


def test_sync_7_a_converted_lead_s_tasks_go_to_their_new_owner_at_once(scene):
    pairs = [scene.pair(Subject=f"Call {number}", WhoId=LEAD) for number in range(5)]
    scene.change(pairs[0][0], details="pending")
    scene.convert_lead("ada", "bob")
    scene.settle()
    assert {scene.owner(reminder) for reminder, _ in pairs} == {"bob"}
    assert {scene.reminder(reminder).person.salesforce_id for reminder, _ in pairs} == {CONTACT}
    assert scene.task(pairs[0][1])["Description"] == "pending"
    assert len(scene.everything()) == len(scene.every_task()) == 5
    scene.quiet()


def test_sync_7_a_reminder_assigned_to_who_is_inactive_in_salesforce_stays_and_says_why(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.leave_salesforce("bob")
    scene.refuse("INACTIVE_OWNER_OR_USER", task_id=task)
    scene.assign(reminder, "bob")
    scene.run()
    assert (scene.owner(reminder), scene.task(task)["OwnerId"]) == ("ada", ADA)
    assert ("INACTIVE_OWNER_OR_USER", reminder) in scene.faults()
    scene.refuse_nothing()
    scene.assign(reminder, "ada")
    scene.run()
    assert ("INACTIVE_OWNER_OR_USER", reminder) not in scene.faults()
    scene.quiet("ada")
