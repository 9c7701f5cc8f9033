"""Two workers who write for one person in Salesforce: its row is locked while each of them saves."""

import threading
from contextlib import contextmanager

import pytest

from remindersync.send import FREE
from tests.conformance.scene import ADA, BOB, LEAD
from tests.fixtures.waiting import eventually


class Told:
    """Turns that tell who comes for one."""

    def __init__(self, turns, came):
        self._turns, self._came = turns, came

    @contextmanager
    def take(self, org_id, parents, *, wait_seconds):
        self._came()
        with self._turns.take(org_id, parents, wait_seconds=wait_seconds) as mine:
            yield mine


# The in-memory org locks no rows.
ON_THE_BOX = pytest.mark.parametrize("make_scene", ["pipeline"], indirect=True)


def pairs(scene):
    """Make a pair of Ada's and one of Bob's, both about one person, edited here."""
    tasks = [scene.create(Subject=f"Call {owner}", WhoId=LEAD, OwnerId=owner) for owner in (ADA, BOB)]
    scene.settle()
    for task in tasks:
        scene.change(scene.reminder_of(task), details="ours")
    scene.wait(5)
    return tasks


def at_once(scene, turns, *, second_comes):
    """Let Ada's save hold the person's row until Bob's call comes, for a turn or (`update`) to Salesforce."""
    engine, begun, came = scene.parts.engine._engine, threading.Event(), threading.Event()

    def comes(where):
        if threading.current_thread().name == "bob" and where == second_comes:
            came.set()

    def saved(name):
        comes(name)
        if name == "update" and threading.current_thread().name == "ada":
            scene.sim.door.lock_rows(LEAD, seconds=60)
            begun.set()
            came.wait()
            scene.sim.door.unlock(LEAD)

    engine._turns = Told(turns, lambda: comes("turn"))
    scene.hooks.after = saved
    workers = [threading.Thread(target=scene.slice, args=(who,), name=who) for who in ("ada", "bob")]
    workers[0].start()
    begun.wait()
    workers[1].start()
    for worker in workers:
        worker.join()
    scene.hooks.reset()


@ON_THE_BOX
def test_two_workers_who_write_for_one_person_do_not_meet_at_its_lock(scene):
    tasks = pairs(scene)
    at_once(scene, scene.parts.engine._engine._turns, second_comes="turn")
    assert {scene.task(task)["Description"] for task in tasks} == {"ours"}
    assert (scene.faults(), [one.refusals for one in scene.everything()]) == ([], [0, 0])


@ON_THE_BOX
def test_without_turns_the_second_is_refused_and_goes_through_within_seconds(scene):
    tasks = pairs(scene)
    at_once(scene, FREE, second_comes="update")
    refused = scene.reminder_of(tasks[1])
    assert scene.task(tasks[1])["Description"] is None
    assert (scene.faults(), scene.reminder(refused).refusals) == ([("UNABLE_TO_LOCK_ROW", refused)], 1)
    assert eventually(lambda: scene.rest("bob") < 4)
    scene.wait(4)
    scene.run("bob")
    assert scene.task(tasks[1])["Description"] == "ours"
    assert scene.faults() == []


def test_who_waits_too_long_for_a_turn_leaves_the_record_to_the_next_run(scene, monkeypatch):
    monkeypatch.setattr("remindersync.send.sender.TURN_SECONDS", 0.01)
    reminder, task = scene.pair(Subject="Call", WhoId=LEAD)
    scene.change(reminder, details="ours")
    engine = getattr(getattr(scene, "parts", scene).engine, "_engine", getattr(scene, "engine", None))

    class Taken:
        @contextmanager
        def take(self, org_id, parents, *, wait_seconds):
            assert (parents, wait_seconds) == ({LEAD}, 0.01)
            yield False

    turns, engine._turns = engine._turns, Taken()
    scene.wait(5)
    scene.hooks.calls.clear()
    scene.slice("ada")
    assert (scene.hooks.calls, scene.open_intents(), scene.task(task)["Description"]) == (["changed"], 0, None)
    assert scene.rest("ada") <= 2
    engine._turns = turns
    scene.run()
    assert scene.task(task)["Description"] == "ours"
