"""Section 6, no duplicates, no echo, no double-sync."""

from contextlib import suppress
from dataclasses import replace

import pytest

from remindersync.errors import Superseded, SyncError
from remindersync.model import LinkState, Outcome, WriteKind

MINUTE = 60


# ── ONCE-1 ──


def test_once_1_one_run_at_a_time(scene):
    scene.add("Call")
    seen = []
    scene.hooks.once(lambda: seen.append(scene.slice("ada")), at=("changed",), when="after")
    scene.run()
    assert [(one.outcome, one.calls) for one in seen] == [(Outcome.BUSY, 0)]
    assert len(scene.every_task()) == 1


def test_once_1_a_stale_run_may_write_nothing(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, Priority="High")
    scene.change(reminder, details="note")
    scene.hooks.once(lambda: scene.runs.start(scene.user_id("ada"), None), at=("changed",), when="after")
    scene.wait(5)
    with scene.cost() as cost:
        assert scene.deliver("ada", None).outcome is Outcome.SUPERSEDED
    assert (cost.calls, cost.nothing) == (1, True)
    scene.run()
    assert (scene.reminder(reminder).priority, scene.task(task)["Description"]) == ("high", "note")


@pytest.mark.parametrize("kind", WriteKind)
def test_once_1_every_write_is_announced_before_it_is_sent_and_closed_by_its_answer(scene, kind):
    reminder, _ = scene.pair(Subject="Call")
    {
        WriteKind.CREATE: lambda: scene.add("Visit"),
        WriteKind.UPDATE: lambda: scene.change(reminder, details="note"),
        WriteKind.DELETE: lambda: scene.bin(reminder),
    }[kind]()
    announced = []
    scene.hooks.once(lambda: announced.append(scene.open_intents()), at=(kind.value,))
    scene.run()
    assert (announced, scene.open_intents()) == ([1], 0)


@pytest.mark.parametrize("saved", [True, False])
def test_once_1_our_own_late_write_is_never_a_person_s_edit(scene, saved):
    reminder, task = scene.pair(Subject="Call")
    scene.change(reminder, name="first thought")
    scene.lose(saved=saved)
    assert scene.run()[0].outcome is Outcome.RETRY
    scene.change(reminder, name="second thought")
    if not saved:
        scene.edit(task, Subject="first thought")  # it lands now
    scene.run()
    assert scene.reminder(reminder).name == scene.task(task)["Subject"] == "second thought"
    assert scene.lost(reminder) == []
    scene.settle("ada", hours=1)
    scene.quiet("ada")


def test_once_1_what_lands_after_its_successor_is_written_over(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.change(reminder, name="first thought")
    scene.lose(saved=False)
    scene.run()
    scene.change(reminder, name="second thought")
    scene.run()
    scene.wait(MINUTE)
    scene.edit(task, Subject="first thought")  # it lands only now
    scene.run()
    assert scene.reminder(reminder).name == scene.task(task)["Subject"] == "second thought"
    scene.settle("ada", hours=1)
    scene.quiet("ada")


@pytest.mark.parametrize("trouble", ["lost", "cut off"])
def test_once_1_a_write_over_that_fails_comes_again_though_nobody_edited_the_reminder(scene, trouble):
    reminder, task = scene.pair(Subject="Call")
    scene.change(reminder, name="first thought")
    scene.lose(saved=False)
    scene.run()
    scene.change(reminder, name="second thought")
    scene.run()
    scene.wait(MINUTE)
    scene.edit(task, Subject="first thought")  # it lands only now
    if trouble == "lost":
        scene.lose(saved=False)
    else:
        scene.hooks.once(_end, at=("update",))
    with suppress(KeyboardInterrupt):
        scene.run()
    assert scene.task(task)["Subject"] == "first thought"
    scene.wait(2 * MINUTE)
    scene.run()
    assert scene.reminder(reminder).name == scene.task(task)["Subject"] == "second thought"
    scene.settle("ada", hours=1)
    scene.quiet("ada")


def _end():
    raise KeyboardInterrupt


# ── ONCE-2 ──


@pytest.mark.parametrize("saved", [True, False])
def test_once_2_with_the_key_field_a_lost_create_makes_one_task(scene, saved):
    reminder = scene.add("Once")
    scene.lose(saved=saved)
    assert scene.run()[0].outcome is Outcome.RETRY
    scene.run()
    assert len(scene.every_task()) == len(scene.everything()) == 1
    assert scene.task_of(reminder) in scene.live()
    scene.settle("ada", hours=1)
    scene.quiet("ada")


def test_once_2_what_is_added_while_an_answer_is_lost_is_sent(scene):
    reminder = scene.add("Once")
    scene.lose(saved=True)
    scene.run()
    scene.change(reminder, details="added")
    scene.settle("ada", hours=1)
    assert scene.task(scene.task_of(reminder))["Description"] == "added"


@pytest.mark.parametrize("minutes", [0, 5, 60])
def test_once_2_what_is_taken_away_while_an_answer_is_lost_is_taken_away_there(scene, minutes):
    reminder = scene.add("Once", details="to go")
    scene.lose(saved=True)
    scene.run()
    scene.change(reminder, details="")
    scene.wait(minutes * MINUTE)
    scene.settle("ada", hours=1)
    assert not scene.reminder(reminder).details
    assert not scene.task(scene.task_of(reminder))["Description"]


def test_once_2_a_subject_edited_while_an_answer_is_lost_is_taken_in(scene):
    scene.set(subject_template="To do: {{activity_subject}}")
    reminder = scene.add("Once")
    scene.lose(saved=True)
    scene.run()
    (task,) = scene.every_task()
    scene.wait(MINUTE)
    scene.edit(task, Subject="To do: Twice")
    scene.settle("ada", hours=1)
    assert scene.reminder(reminder).name == "Twice"
    assert scene.task(task)["Subject"] == "To do: Twice"


def test_once_2_a_deleted_task_s_key_is_never_used_again(scene):
    reminder, first = scene.pair_from_here("Call")
    for _ in range(3):
        scene.bin(reminder)
        scene.run()
        scene.restore(reminder)
        scene.run()
    keys = [task["Key"] for task in scene.every_task().values()]
    assert len(keys) == len(set(keys)) == 4
    assert len(scene.live()) == 1
    assert scene.task(first)["IsDeleted"]


@pytest.mark.parametrize("saved", [True, False])
def test_once_2_without_the_key_field_a_lost_create_is_settled_after_ten_minutes(unkeyed, saved):
    scene = unkeyed
    reminder = scene.add("Once")
    scene.lose(saved=saved)
    scene.run()
    scene.run()
    assert len(scene.every_task()) == int(saved)
    scene.wait(11 * MINUTE)
    scene.run()
    scene.run()
    assert len(scene.every_task()) == len(scene.everything()) == 1
    assert scene.task_of(reminder) in scene.live()
    scene.settle("ada", hours=1)
    scene.quiet("ada")


def test_once_2_the_others_do_not_wait_for_a_lost_create(unkeyed):
    unkeyed.add("lost")
    unkeyed.lose(saved=False)
    unkeyed.run()
    other = unkeyed.add("other")
    unkeyed.run()
    assert [task["Subject"] for task in unkeyed.live().values()] == ["other"]
    assert unkeyed.task_of(other)


def lost_with_twins(scene):
    """Lose the answer of a create that was saved, while its person makes the same Task by hand."""
    reminder = scene.add("Once", details="by us")
    scene.lose(saved=True)
    scene.run()
    scene.create(Subject="Once", Description="by us")
    scene.wait(11 * MINUTE)
    scene.run()
    return reminder


def test_once_2_tasks_that_may_be_a_lost_create_s_park_it_as_a_possible_duplicate(unkeyed):
    scene = unkeyed
    reminder = lost_with_twins(scene)
    assert scene.faults() == [("POSSIBLE_DUPLICATE", reminder)]
    assert len(scene.live()) == 2
    assert reminder not in {link.reminder_id for link in scene.links()}
    with scene.cost() as cost:
        scene.settle(hours=1)
    assert (cost.writes_there, len(scene.live())) == (0, 2)


def test_once_2_a_possible_duplicate_is_adopted_once_one_is_left(unkeyed):
    scene = unkeyed
    reminder = lost_with_twins(scene)
    twin = max(scene.live())
    scene.delete(twin)
    scene.change(reminder, details="tried again")
    with scene.cost() as cost:
        scene.settle()
    (left,) = scene.live()
    assert (scene.task_of(reminder), cost.created_there) == (left, 0)
    assert scene.task(left)["Description"] == "tried again"
    assert scene.faults() == []
    scene.settle("ada", hours=1)
    scene.quiet("ada")


@pytest.mark.parametrize("saved", [(False, True), (True, False)])
def test_once_2_one_task_of_two_equal_lost_creates_becomes_one_reminder_s_and_the_other_is_sent_again(unkeyed, saved):
    scene = unkeyed
    both = []
    for each in saved:
        both.append(scene.add("Once"))
        scene.lose(saved=each)
        scene.run()
    assert len(scene.live()) == 1
    scene.settle("ada", hours=1)
    assert len(scene.live()) == 2
    assert {scene.task_of(reminder) for reminder in both} == set(scene.live())
    scene.quiet("ada")


def test_once_2_as_many_equal_tasks_as_were_sent_are_adopted_one_each(unkeyed):
    scene = unkeyed
    reminders = [scene.add("Twice"), scene.add("Twice")]
    scene.lose(saved=True)
    scene.run()
    scene.run()
    assert len({scene.task_of(one) for one in reminders}) == len(scene.live()) == len(scene.everything()) == 2
    scene.wait(11 * MINUTE)
    scene.settle("ada")
    scene.settle("ada", hours=1)
    assert (len(scene.live()), scene.faults()) == (2, [])
    scene.quiet("ada")


# ── ONCE-3 ──


def test_once_3_a_message_that_comes_twice_does_nothing_the_second_time(scene):
    scene.add("Call")
    scene.wait(5)
    claim = scene.claim("ada")
    assert scene.deliver("ada", claim).outcome is Outcome.DONE
    with scene.cost() as cost:
        assert scene.deliver("ada", claim).outcome is Outcome.STALE_CLAIM
    assert (cost.calls, cost.nothing) == (0, True)


def test_once_3_messages_out_of_order_run_once(scene):
    scene.add("Call")
    scene.wait(5)
    earlier, later = scene.claim("ada"), scene.claim("ada")
    assert scene.deliver("ada", later).outcome is Outcome.DONE
    assert scene.deliver("ada", earlier).outcome is Outcome.STALE_CLAIM
    assert len(scene.every_task()) == 1


def test_once_3_a_message_that_never_comes_leaves_its_user_due(scene):
    reminder = scene.add("Call")
    scene.claim("ada")
    assert scene.rest("ada") <= 0
    scene.run()
    assert scene.task_of(reminder) in scene.live()


# ── ONCE-4 ──


def test_once_4_one_reminder_has_one_task_and_one_task_one_reminder(scene):
    one, its_task = scene.pair(Subject="one")
    other, other_task = scene.pair(Subject="other")
    run = scene.runs.start(scene.user_id("ada"), None)
    for wrong in (
        replace(scene.link(its_task), reminder_id=other),
        replace(scene.link(its_task), task_id=other_task),
        replace(scene.link(its_task), task_id="00TSM0000009999AAA"),
    ):
        with pytest.raises(SyncError), scene.runs.transaction(run) as tx:
            tx.links.put([wrong])
    assert (scene.task_of(one), scene.task_of(other)) == (its_task, other_task)
    assert all(link.state is LinkState.ACTIVE for link in scene.links())
    scene.runs.start(scene.user_id("ada"), None)
    with pytest.raises(Superseded), scene.runs.transaction(run):
        pass
