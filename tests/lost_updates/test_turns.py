"""Two workers who write for one person or company in Salesforce: its row is locked while each of them saves."""

import threading
from contextlib import contextmanager

import pytest

from remindersync.model import Person
from remindersync.send import FREE
from tests.conformance.scene import ADA, BOB, COLLEAGUES, COMPANY, EMAILS, LEAD
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


class AtPeople:
    """Turns at people only: what companies are for is seen without them."""

    def __init__(self, turns):
        self._turns = turns

    def take(self, org_id, parents, *, wait_seconds):
        people = frozenset(one for one in parents if one.startswith(("003", "00Q")))
        return self._turns.take(org_id, people, wait_seconds=wait_seconds)


# The in-memory org locks no rows.
ON_THE_BOX = pytest.mark.parametrize("make_scene", ["pipeline"], indirect=True)
ONE_PERSON = (LEAD, LEAD)
ABOUT = pytest.mark.parametrize("about", [ONE_PERSON, COLLEAGUES], ids=["one person", "one company"])


def pairs(scene, about):
    """Make a pair of Ada's and one of Bob's, each about one person, edited here."""
    people = zip((ADA, BOB), about, strict=True)
    tasks = [scene.create(Subject=f"Call {owner}", WhoId=person, OwnerId=owner) for owner, person in people]
    scene.settle()
    for task in tasks:
        scene.change(scene.reminder_of(task), details="ours")
    scene.wait(5)
    return tasks


def turns_of(scene):
    return scene.parts.engine._engine._turns


def at_once(scene, turns, *, second_comes):
    """Let Ada's save lock its rows until Bob's call comes, for a turn or with an answer of Salesforce's (its name)."""
    came = threading.Event()

    def comes(where):
        if threading.current_thread().name == "bob" and where == second_comes:
            came.set()

    scene.parts.engine._engine._turns = Told(turns, lambda: comes("turn"))
    scene.hooks.after = comes
    scene.sim.door.add_fault("hold", when="during", user=EMAILS["ada"], path="composite")
    workers = [threading.Thread(target=scene.slice, args=(who,), name=who) for who in ("ada", "bob")]
    workers[0].start()
    eventually(scene.sim.door.held)
    workers[1].start()
    came.wait()
    scene.sim.door.release()
    for worker in workers:
        worker.join()
    scene.hooks.reset()


@ON_THE_BOX
@ABOUT
def test_two_workers_who_write_for_one_person_or_company_do_not_meet_at_its_lock(scene, about):
    tasks = pairs(scene, about)
    at_once(scene, turns_of(scene), second_comes="turn")
    assert {scene.task(task)["Description"] for task in tasks} == {"ours"}
    assert (scene.faults(), [one.refusals for one in scene.everything()]) == ([], [0, 0])


@ON_THE_BOX
@ABOUT
def test_without_turns_the_second_is_refused_and_goes_through_within_seconds(scene, about):
    tasks = pairs(scene, about)
    at_once(scene, FREE, second_comes="update")
    refused = scene.reminder_of(tasks[1])
    assert scene.task(tasks[1])["Description"] is None
    assert (scene.faults(), scene.reminder(refused).refusals) == ([("UNABLE_TO_LOCK_ROW", refused)], 1)
    assert eventually(lambda: scene.rest("bob") < 4)
    scene.wait(4)
    scene.run("bob")
    assert scene.task(tasks[1])["Description"] == "ours"
    assert scene.faults() == []


@ON_THE_BOX
def test_with_turns_at_people_only_two_meet_at_their_company(scene):
    tasks = pairs(scene, COLLEAGUES)
    at_once(scene, AtPeople(turns_of(scene)), second_comes="update")
    assert scene.faults() == [("UNABLE_TO_LOCK_ROW", scene.reminder_of(tasks[1]))]


@ON_THE_BOX
@pytest.mark.parametrize("known", [True, False])
def test_the_company_of_a_new_task_is_the_one_that_other_tasks_about_its_person_tell(scene, known):
    if known:
        for owner, person in zip((ADA, BOB), COLLEAGUES, strict=True):
            scene.create(Subject="Before", WhoId=person, OwnerId=owner)
        scene.settle()
    due = scene.clock.now().date()
    for who, person in zip(("ada", "bob"), COLLEAGUES, strict=True):
        scene.add("New", by=who, person=Person(salesforce_id=person), due_date=due)
    scene.wait(5)
    at_once(scene, turns_of(scene), second_comes="turn" if known else "create")
    assert [code for code, _ in scene.faults()] == ([] if known else ["UNABLE_TO_LOCK_ROW"])
    scene.wait(4)
    scene.run("bob")
    assert [task["WhoId"] for task in scene.live().values() if task["Subject"] == "New"] == list(COLLEAGUES)


def test_a_pair_knows_the_company_of_its_task_once_a_read_showed_it(scene):
    imported = scene.create(Subject="Call", WhoId=COLLEAGUES[0])
    scene.run()
    ours, _ = scene.add("Visit", person=Person(salesforce_id=COLLEAGUES[1])), scene.run()
    assert scene.link(imported).company_id == COMPANY
    with scene.cost() as cost:
        scene.run()  # which reads what it created
    assert scene.link(scene.task_of(ours)).company_id == COMPANY
    assert cost.nothing
    scene.edit(imported, WhoId=LEAD)
    scene.run()
    assert scene.link(imported).company_id is None
    scene.quiet()


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
