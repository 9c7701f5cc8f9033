"""SYNC-8: runs asked for by hand, of one reminder, full, dry; and that a dry run tells exactly what then happens."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remindersync import mapping
from remindersync.model import (
    BinReminder,
    ChangeReminder,
    ChangeTask,
    CreateTask,
    DeleteTask,
    ImportTask,
    LinkState,
    MoveReminder,
    Priority,
    RunKind,
    UnbinReminder,
)
from tests.conformance.memory_world import MemoryScene
from tests.conformance.scene import ADA, BOB, CARL


def test_sync_8_a_full_resync_reads_every_linked_task(scene):
    _, task = scene.pair(Subject="Call")
    scene.edit(task, OwnerId=CARL)
    scene.run()
    assert scene.link(task).state is LinkState.ACTIVE
    scene.ask("ada", RunKind.FULL)
    with scene.cost() as cost:
        scene.run()
    assert scene.link(task).state is LinkState.ASLEEP
    assert (cost.calls, cost.nothing) == (2, True)


def test_sync_8_a_dry_run_tells_what_then_happens_and_changes_nothing(scene):
    edited, task = scene.pair(Subject="edited")
    binned, gone = scene.pair(Subject="binned")
    scene.edit(task, Priority="High")
    scene.delete(gone)
    scene.create(Subject="theirs")
    scene.change(edited, details="note")
    ours = scene.add("ours")
    scene.ask("ada", RunKind.DRY)
    before = scene.everything(), scene.links(), scene.every_task()
    with scene.cost() as cost:
        (report,) = scene.run()
    assert cost.nothing
    assert (scene.everything(), scene.links(), scene.every_task()) == before
    planned = sorted(type(one).__name__ for one in (*report.plan.inbound, *report.plan.outbound))
    assert planned == ["BinReminder", "ChangeReminder", "ChangeTask", "CreateTask", "ImportTask"]
    (done,) = scene.run()
    counts = done.counts
    assert (counts.created_here, counts.updated_here, counts.deleted_here) == (1, 1, 1)
    assert (counts.created_there, counts.updated_there, counts.deleted_there) == (1, 1, 0)
    assert scene.task(task)["Description"] == "note"
    assert scene.reminder(binned).deleted_at is not None
    assert scene.task_of(ours) in scene.live()
    scene.quiet("ada")


# ── One reminder only ──


def test_sync_8_one_reminder_is_brought_in_step_and_no_other(scene):
    one, its_task = scene.pair(Subject="one")
    other, other_task = scene.pair(Subject="other")
    for reminder, task in ((one, its_task), (other, other_task)):
        scene.change(reminder, details="note")
        scene.edit(task, Priority="High")
    scene.create(Subject="new")
    scene.ask("ada", RunKind.ONE, only=one)
    scene.wait(5)
    with scene.cost() as cost:
        scene.slice("ada")
    assert (cost.calls, cost.writes_here, cost.writes_there) == (2, 1, 1)
    assert (scene.reminder(one).priority, scene.task(its_task)["Description"]) == ("high", "note")
    assert (scene.reminder(other).priority, scene.task(other_task)["Description"]) == ("normal", None)
    assert len(scene.reminders()) == 2
    scene.settle("ada")
    assert (scene.reminder(other).priority, scene.task(other_task)["Description"]) == ("high", "note")
    assert len(scene.reminders()) == 3
    scene.quiet("ada")


def test_sync_8_one_reminder_without_a_task_is_created_without_a_read(scene):
    reminder = scene.add("ours")
    other = scene.add("other")
    scene.ask("ada", RunKind.ONE, only=reminder)
    scene.wait(5)
    with scene.cost() as cost:
        scene.slice("ada")
    assert (cost.calls, cost.created_there) == (1, 1)
    assert scene.task_of(reminder) in scene.live()
    scene.run()
    assert scene.task_of(other) in scene.live()
    scene.quiet("ada")


def test_sync_8_one_reminder_whose_task_is_not_shown_any_more_is_not_written_to(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.change(reminder, details="note")
    scene.remove(task)
    scene.ask("ada", RunKind.ONE, only=reminder)
    scene.wait(5)
    with scene.cost() as cost:
        scene.slice("ada")
    assert (cost.calls, cost.writes_there) == (1, 0)
    assert scene.link(task).state is LinkState.UNREACHABLE
    assert scene.faults() == [] or {code for code, _ in scene.faults()} != {"INVALID_CROSS_REFERENCE_KEY"}


def test_sync_8_one_reminder_comes_between_the_slices_of_a_long_import(off):
    for number in range(450):
        off.store_task(Subject=str(number))
    off.turn_on("ada")
    off.hooks.before = lambda name: off.wait(11) if name == "first" else None
    off.slice("ada")
    off.hooks.reset()
    reminder = off.add("urgent")
    off.ask("ada", RunKind.ONE, only=reminder)
    off.slice("ada")
    assert off.task_of(reminder) in off.live()
    assert len(off.reminders()) < 451
    off.run()
    assert len(off.reminders()) == 451


def test_sync_8_a_dry_run_of_one_reminder_plans_for_it_alone(scene):
    one, _ = scene.pair(Subject="one")
    other, _ = scene.pair(Subject="other")
    for reminder in (one, other):
        scene.change(reminder, details="note")
    scene.ask("ada", RunKind.DRY, only=one)
    with scene.cost() as cost:
        (report,) = scene.run()
    assert cost.nothing
    assert [action.reminder_id for action in report.plan.outbound] == [one]
    scene.settle("ada")


# ── A dry run is what then happens ──


class Foretold:
    """What both sides will be once a plan was carried out, if it says all and nothing else.

    What no plan foresees is that a write is refused because its Task was given away unseen: it stays as it is.
    """

    def __init__(self, scene):
        self.reminders = {one.id: one for one in scene.everything()}
        self.tasks = {key: dict(task) for key, task in scene.every_task().items()}
        self.new = []
        self.written = set()
        self.given_away = {key: dict(task) for key, task in self.tasks.items() if task["OwnerId"] != ADA}

    def carry_out(self, plan):
        for action in (*plan.inbound, *plan.outbound):
            self._one(action)

    def _one(self, action):
        match action:
            case ImportTask():
                self.reminders[action.reminder.id] = action.reminder
            case ChangeReminder() | UnbinReminder():
                back = {"deleted_at": None} if isinstance(action, UnbinReminder) else {}
                self._reminder(action, lambda one: replace(mapping.apply(one, action.values), **back))
            case BinReminder():
                self._reminder(action, lambda one: replace(one, deleted_at="some time"))
            case MoveReminder():
                self._reminder(action, lambda one: replace(one, owner_id=action.to_user))
            case _:
                self._in_salesforce(action)

    def _in_salesforce(self, action):
        if isinstance(action, ChangeTask | DeleteTask):
            self.written.add(action.link.task_id)
        match action:
            case CreateTask():
                self.new.append(dict(action.payload))
            case ChangeTask():
                self.tasks[action.link.task_id] |= action.payload
                if action.move_to:
                    self._reminder(action, lambda one: replace(one, owner_id=action.move_to))
            case DeleteTask():
                self.tasks[action.link.task_id]["IsDeleted"] = True

    def _reminder(self, action, change):
        self.reminders[action.reminder_id] = change(self.reminders[action.reminder_id])

    def compare(self, scene):
        now = scene.every_task()
        refused = {key for key, task in self.given_away.items() if key in self.written and now[key] == task}
        theirs = {link.reminder_id for link in scene.links() if link.task_id in refused}
        assert {key: shown(one) for key, one in self.reminders.items() if key not in theirs} == {
            one.id: shown(one) for one in scene.everything() if one.id not in theirs
        }
        assert {key: now[key] for key in self.tasks if key not in refused} == {
            key: task for key, task in self.tasks.items() if key not in refused
        }
        made = [task for key, task in now.items() if key not in self.tasks]
        assert len(made) == len(self.new)
        for payload in self.new:
            assert any(payload.items() <= task.items() for task in made)


def shown(reminder):
    return mapping.values(reminder), reminder.deleted_at is not None, reminder.owner_id


def something_happens(scene, random, pairs):
    reminder, task = random.choice(pairs)
    live = not scene.task(task)["IsDeleted"]
    here = scene.reminder(reminder).deleted_at is None
    there = [
        lambda: scene.edit(task, Subject=f"theirs {random.random()}"),
        lambda: scene.edit(task, Priority=random.choice(["High", "Normal", "Low"])),
        lambda: scene.edit(task, Status=random.choice(["Completed", "Not Started", "In Progress"])),
        lambda: scene.edit(task, OwnerId=random.choice([BOB, CARL])),
        lambda: scene.delete(task),
    ]
    ours = [
        lambda: scene.change(reminder, name=f"ours {random.random()}"),
        lambda: scene.change(reminder, details="note", priority=Priority.HIGH),
        lambda: scene.bin(reminder),
        lambda: scene.assign(reminder, "bob"),
    ]
    others = [
        lambda: scene.add(f"new here {random.random()}"),
        lambda: scene.create(Subject=f"new there {random.random()}"),
        lambda: scene.wait(random.choice([1, 70, 1000])),
    ]
    random.choice([*(there if live else []), *(ours if here else []), *others])()


def dry_runs_tell_what_happens(scene, seed, *, full):
    random = Random(seed)
    pairs = [scene.pair(Subject=f"there {number}") for number in range(4)]
    pairs += [scene.pair_from_here(f"here {number}") for number in range(2)]
    scene.wait(random.choice([5, 4000]))
    for _ in range(8):
        something_happens(scene, random, pairs)
    scene.ask("ada", RunKind.DRY, full=full)
    foretold = Foretold(scene)
    before = scene.everything(), scene.links(), scene.every_task()
    (report,) = scene.run()
    assert (scene.everything(), scene.links(), scene.every_task()) == before
    foretold.carry_out(report.plan)
    scene.ask("ada", RunKind.FULL if full else RunKind.POLL)
    scene.slice("ada")
    foretold.compare(scene)


@given(seed=st.integers(0, 2**32), full=st.booleans())
@settings(max_examples=60, deadline=None)
def test_sync_8_a_dry_run_is_what_then_happens_item_by_item(seed, full):
    scene = MemoryScene()
    scene.begin()
    dry_runs_tell_what_happens(scene, seed, full=full)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("full", [False, True])
def test_sync_8_a_dry_run_is_what_then_happens_on_the_whole_pipeline_too(scene, seed, full):
    dry_runs_tell_what_happens(scene, seed, full=full)


def test_sync_8_a_full_dry_run_tells_what_only_reading_every_task_shows(scene):
    _, task = scene.pair(Subject="Call")
    scene.edit(task, OwnerId=CARL)
    scene.run()
    scene.ask("ada", RunKind.DRY)
    (plain,) = scene.run()
    scene.ask("ada", RunKind.DRY, full=True)
    (full,) = scene.run()
    assert [type(one).__name__ for one in plain.plan.inbound] == []
    assert [one.link.state for one in full.plan.inbound] == [LinkState.ASLEEP]
    assert scene.link(task).state is LinkState.ACTIVE
