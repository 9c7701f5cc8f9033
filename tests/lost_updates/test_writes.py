"""What a person saves in Salesforce between our read and our write is never run over, and each way costs its calls."""

from math import ceil

import pytest

from remindersync.model import Outcome, Status
from remindersync.ports import CHECKED_DELETES, CHECKED_UPDATES
from tests.conformance.scene import ADA, CARL

YOUNG_SECONDS = 601


@pytest.fixture
def pairs(scene):
    """Make so many pairs; old ones were last saved more than ten minutes ago."""

    def make(count, *, old=False):
        tasks = [scene.create(Subject=f"Call {number}") for number in range(count)]
        scene.run()
        if old:
            scene.wait(YOUNG_SECONDS)
            scene.run()
        return [(scene.reminder_of(task), task) for task in tasks]

    return make


def calls_of(scene, work):
    """The calls some work makes, in order."""
    scene.hooks.calls.clear()
    work()
    return list(scene.hooks.calls)


def saved_by_somebody(scene, task, *, at, **values):
    """Let a person save a Task right before our next call of some kind, a second after our read."""

    def save():
        scene.wait(1)
        scene.edit(task, **values)
        # A read dates itself back to the second before: this one is surely later.
        scene.wait(2)

    scene.hooks.once(save, at=at)


def races(scene):
    """What the org in a box counts: values that we destroyed unseen. The memory world counts none."""
    counted = scene.sim.door.counters()["races"] if hasattr(scene, "sim") else {"total": 0, "past_condition": 0}
    return counted["total"], counted["past_condition"]


# ── Changes ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("count", [1, 3, CHECKED_UPDATES])
def test_a_field_saved_between_our_read_and_our_write_comes_in_within_the_same_run(scene, pairs, count):
    made = pairs(count)
    for reminder, _ in made:
        scene.change(reminder, details="ours")
    saved_by_somebody(scene, made[0][1], at=("update",), Priority="High")
    assert calls_of(scene, scene.run) == ["changed", "update", "by_ids", "update"]
    assert {scene.task(task)["Description"] for _, task in made} == {"ours"}
    assert scene.reminder(made[0][0]).priority == "high"
    assert races(scene) == (0, 0)
    scene.wait(3)
    scene.quiet("ada")


def test_of_one_field_saved_on_both_sides_the_later_edit_wins_and_the_other_is_in_history(scene, pairs):
    ((reminder, task),) = pairs(1)
    scene.change(reminder, details="ours")
    saved_by_somebody(scene, task, at=("update",), Description="theirs, later")
    scene.run()
    assert scene.task(task)["Description"] == scene.reminder(reminder).details == "theirs, later"
    assert scene.lost(reminder) == [("details", "ours", "latest edit")]
    assert races(scene) == (0, 0)
    scene.quiet("ada")


def test_a_task_completed_in_between_stays_completed(scene, pairs):
    ((reminder, task),) = pairs(1)
    scene.change(reminder, name="Call again")
    saved_by_somebody(scene, task, at=("update",), Status="Completed")
    scene.run()
    assert (scene.task(task)["Status"], scene.task(task)["Subject"]) == ("Completed", "Call again")
    assert scene.reminder(reminder).status is Status.COMPLETED


def test_a_task_deleted_in_between_stays_deleted_and_the_edit_is_in_history(scene, pairs):
    ((reminder, task),) = pairs(1)
    scene.change(reminder, details="ours")
    scene.hooks.once(lambda: scene.delete(task), at=("update",))
    scene.run()
    assert scene.task(task)["IsDeleted"]
    assert scene.reminder(reminder).deleted_at is not None
    assert scene.lost(reminder) == [("details", "ours", "deletion wins")]


def test_where_the_team_wants_it_an_edit_wins_over_a_deletion_in_between(scene, pairs):
    scene.set(deletion_wins=False)
    ((reminder, task),) = pairs(1)
    scene.change(reminder, details="ours")
    scene.hooks.once(lambda: scene.delete(task), at=("update",))
    scene.run()
    scene.run()
    assert scene.task(task)["IsDeleted"]
    assert [row["Description"] for row in scene.live().values()] == ["ours"]
    assert scene.reminder(reminder).deleted_at is None
    assert scene.task_of(reminder) != task


def test_a_task_given_away_in_between_is_not_written_for_its_former_owner(scene, pairs):
    ((reminder, task),) = pairs(1)
    scene.change(reminder, details="ours")
    saved_by_somebody(scene, task, at=("update",), OwnerId=CARL, Description="Carl's")
    scene.run()
    assert scene.task(task)["Description"] == "Carl's"
    assert races(scene) == (0, 0)


def test_a_task_given_away_unseen_long_ago_is_not_written_over(scene, pairs):
    ((reminder, task),) = pairs(1, old=True)
    scene.edit(task, OwnerId=CARL, Description="Carl's")
    scene.wait(300)
    scene.change(reminder, details="ours")
    scene.run()
    assert scene.task(task)["Description"] == "Carl's"
    assert races(scene) == (0, 0)


def test_what_is_saved_in_the_second_of_our_read_waits_until_that_second_is_over(scene, pairs):
    ((reminder, task),) = pairs(1)
    scene.wait(30)
    scene.change(reminder, details="ours")
    scene.edit(task, Priority="High")
    assert calls_of(scene, lambda: scene.slice("ada")) == ["changed"]
    assert scene.rest("ada") <= 2
    scene.edit(task, Description="theirs, of that very second")
    scene.wait(2)
    scene.slice("ada")
    assert scene.task(task)["Description"] in {"ours", "theirs, of that very second"}
    losing = {"ours", "theirs, of that very second"} - {scene.task(task)["Description"]}
    assert [old for _, old, _ in scene.lost(reminder)] == [*losing]
    assert races(scene) == (0, 0)


def test_somebody_who_saves_before_each_of_our_writes_is_not_run_over_and_does_not_keep_us_busy(scene, pairs):
    ((reminder, task),) = pairs(1)
    scene.change(reminder, details="ours")
    typed = iter(range(100))

    def save(name):
        if name == "update":
            scene.wait(1)
            scene.edit(task, Subject=f"Call {next(typed)}")
            scene.wait(2)

    scene.hooks.before = save
    scene.wait(5)
    report = scene.slice("ada")
    assert (report.outcome, scene.task(task)["Description"]) == (Outcome.DONE, None)
    assert scene.hooks.calls.count("update") == next(typed) <= 4
    assert scene.rest("ada") <= 2
    scene.hooks.reset()
    scene.run()
    assert scene.task(task)["Description"] == "ours"
    assert scene.reminder(reminder).name == scene.task(task)["Subject"]
    assert (scene.lost(reminder), races(scene)) == ([], (0, 0))
    scene.wait(3)
    scene.quiet("ada")


def test_a_task_whose_stamp_alone_moved_is_written_all_the_same(scene, pairs):
    ((reminder, task),) = pairs(1)
    scene.touch(task)
    scene.run()
    scene.change(reminder, details="ours")
    scene.run()
    assert scene.task(task)["Description"] == "ours"


# ── Deletions ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("count", [1, CHECKED_DELETES])
def test_what_is_saved_before_our_deletion_is_read_and_kept_before_it_goes(scene, pairs, count):
    made = pairs(count)
    for reminder, _ in made:
        scene.bin(reminder)
    saved_by_somebody(scene, made[0][1], at=("delete",), Description="read this first")
    assert calls_of(scene, scene.run) == ["changed", "delete", "by_ids", "delete"]
    assert all(scene.task(task)["IsDeleted"] for _, task in made)
    assert scene.lost(made[0][0]) == [("details", "read this first", "deletion wins")]
    assert races(scene) == (0, 0)


def test_where_the_team_wants_it_an_edit_saved_before_our_deletion_wins(scene, pairs):
    scene.set(deletion_wins=False)
    ((reminder, task),) = pairs(1)
    scene.bin(reminder)
    saved_by_somebody(scene, task, at=("delete",), Description="keep this")
    scene.run()
    assert (scene.task(task)["IsDeleted"], scene.reminder(reminder).deleted_at) == (False, None)
    assert scene.reminder(reminder).details == "keep this"


# ── Creates ─────────────────────────────────────────────────────────────────────────────────────────────────


def lost_create(scene, **seen):
    """Let a create be saved and its answer be lost, and somebody do something to the Task; return both ids."""
    reminder = scene.add("Send offer", details="ours")
    scene.lose(saved=True)
    scene.slice("ada")
    (task,) = [one for one, row in scene.live().items() if row["Subject"] == "Send offer"]
    scene.wait(1)
    scene.edit(task, **seen)
    scene.wait(30)
    return reminder, task


def test_a_create_without_an_answer_is_not_sent_again_over_what_somebody_made_of_it(scene):
    reminder, task = lost_create(scene, OwnerId=CARL, Description="Carl's")
    assert "create" not in calls_of(scene, scene.run)
    assert scene.task(task)["Description"] == "Carl's"
    assert len(scene.every_task()) == 1
    assert scene.task_of(reminder) == task
    assert races(scene) == (0, 0)


def test_a_create_without_an_answer_does_not_bring_back_what_somebody_deleted(scene):
    reminder, task = lost_create(scene, OwnerId=CARL)
    scene.delete(task)
    scene.run()
    assert scene.live() == {}
    assert scene.reminder(reminder).deleted_at is not None


def test_a_key_is_looked_for_only_before_a_create_is_repeated(scene):
    scene.add("First")
    assert calls_of(scene, scene.run) == ["changed", "create"]
    lost_create(scene, Priority="High")
    # It is among what changed: nobody has to look for it.
    assert calls_of(scene, scene.run) == ["changed"]


# ── What each way costs ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("old", [False, True])
def test_as_many_as_one_call_takes_on_conditions_cost_one_call_old_or_young(scene, pairs, old):
    for reminder, _ in pairs(CHECKED_UPDATES, old=old):
        scene.change(reminder, details="ours")
    assert calls_of(scene, scene.run) == ["changed", "update"]


def test_more_young_ones_cost_a_call_for_each_25_and_old_ones_one_for_all(scene, pairs):
    old, young = pairs(30, old=True), pairs(30)
    for reminder, _ in young:
        scene.change(reminder, details="ours")
    assert calls_of(scene, scene.run) == ["changed", *["update"] * ceil(30 / CHECKED_UPDATES)]
    for reminder, _ in old:
        scene.change(reminder, details="ours")
    assert calls_of(scene, scene.run) == ["changed", "update"]
    for reminder, _ in old:
        scene.bin(reminder)
    # Our own write a moment ago made them young.
    assert calls_of(scene, scene.run) == ["changed", *["delete"] * ceil(30 / CHECKED_DELETES)]


def test_old_ones_that_were_read_more_than_five_seconds_ago_are_looked_at_once_more(scene, pairs):
    made = pairs(30, old=True)
    for reminder, _ in made:
        scene.change(reminder, details="ours")
    scene.hooks.once(lambda: scene.wait(6), at=("changed",), when="after")
    assert calls_of(scene, scene.run) == ["changed", "stamps", "update"]
    assert {scene.task(task)["Description"] for _, task in made} == {"ours"}


def test_an_old_one_that_moved_since_is_planned_anew_and_the_others_go(scene, pairs):
    made = pairs(30, old=True)
    for reminder, _ in made:
        scene.change(reminder, details="ours")

    def meanwhile():
        scene.wait(6)
        scene.edit(made[0][1], Priority="High")
        scene.wait(2)

    scene.hooks.once(meanwhile, at=("changed",), when="after")
    assert calls_of(scene, scene.run) == ["changed", "stamps", "update", "by_ids", "update"]
    assert {scene.task(task)["Description"] for _, task in made} == {"ours"}
    assert scene.reminder(made[0][0]).priority == "high"
    assert races(scene) == (0, 0)


def test_a_run_with_nothing_to_send_makes_none_of_these_calls(scene, pairs):
    pairs(3)
    assert calls_of(scene, scene.run) == ["changed"]
    scene.create(by="ada", Subject="new", OwnerId=ADA)
    assert calls_of(scene, scene.run) == ["changed"]
