"""No silent loss: every value the app accepted or a run read is there, was overwritten by an edit that saw it, or is in history.

After "Mysteries of Dropbox" (Hughes, Pierce, Arts, Norell): random histories of several people on both sides, then quiet.
Every value is written once only, so that it can be told where it went.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from remindersync.model import LinkState
from tests.conformance.hooks import Killed
from tests.conformance.memory_world import MemoryScene
from tests.conformance.scene import ADA, BOB

PAIRS = 3
SHOWN_AS = {"name": "Subject", "details": "Description"}
PEOPLE = {"ada": ADA, "bob": BOB}
PAIR, FIELD, PERSON = st.integers(0, PAIRS - 1), st.sampled_from(sorted(SHOWN_AS)), st.sampled_from(sorted(PEOPLE))
STEPS = st.one_of(
    st.tuples(st.just("edit_here"), PAIR, FIELD),
    st.tuples(st.just("edit_there"), PAIR, FIELD),
    st.tuples(st.just("edit_there"), PAIR, FIELD),
    st.tuples(st.just("bin"), PAIR),
    st.tuples(st.just("restore"), PAIR),
    st.tuples(st.just("delete"), PAIR),
    st.tuples(st.just("undelete"), PAIR),
    st.tuples(st.just("give"), PAIR, PERSON),
    st.tuples(st.just("wait"), st.sampled_from([1, 30, 800])),
    st.tuples(st.just("run"), PERSON),
    st.tuples(st.just("run"), PERSON),
    st.tuples(st.just("killed_run"), PERSON, st.integers(0, 14)),
)


@dataclass
class Ledger:
    """What was written, what later edits saw, and what runs read."""

    accepted: set = field(default_factory=set)
    written_there: set = field(default_factory=set)
    seen: set = field(default_factory=set)
    read: set = field(default_factory=set)
    deleted_there: set = field(default_factory=set)


class History:
    """Does steps on new pairs in a scene, and keeps the ledger of every value; `numbers` make them unlike all others."""

    def __init__(self, scene, numbers):
        self.scene, self.numbers = scene, numbers
        self.ledger = Ledger()
        self.tasks = [scene.create(by="ada", Subject=self._new()) for _ in range(PAIRS)]
        scene.run()
        self.reminders = [scene.reminder_of(task) for task in self.tasks]
        scene.hooks.shown = self._note

    def _note(self, page):
        for task in page.tasks:
            self.ledger.read |= {task.values[field] for field in SHOWN_AS.values()}
        return page

    def _new(self):
        return f"value {next(self.numbers)}"

    def edit_here(self, pair, field):
        reminder = self.scene.reminder(self.reminders[pair])
        if reminder.deleted_at is None:
            value = self._new()
            self.ledger.seen.add(getattr(reminder, field))
            self.ledger.accepted.add(value)
            self.scene.change(reminder.id, **{field: value})

    def _task(self, pair):
        """The Task the pair has now, or had last."""
        links = [one for one in self.scene.links() if one.reminder_id == self.reminders[pair]]
        return min(links, key=lambda link: link.state is LinkState.SUPERSEDED).task_id

    def edit_there(self, pair, field):
        task_id = self._task(pair)
        task = self.scene.task(task_id)
        if not task["IsDeleted"]:
            value = self._new()
            self.ledger.seen.add(task[SHOWN_AS[field]])
            self.ledger.written_there.add(value)
            self.scene.edit(task_id, **{SHOWN_AS[field]: value})

    def bin(self, pair):
        if self.scene.reminder(self.reminders[pair]).deleted_at is None:
            self.scene.bin(self.reminders[pair])

    def restore(self, pair):
        if self.scene.reminder(self.reminders[pair]).deleted_at is not None:
            self.scene.restore(self.reminders[pair])

    def delete(self, pair):
        if not self.scene.task(self._task(pair))["IsDeleted"]:
            self.ledger.deleted_there.add(self._task(pair))
            self.scene.delete(self._task(pair))

    def undelete(self, pair):
        if self.scene.task(self._task(pair))["IsDeleted"]:
            self.scene.undelete(self._task(pair))

    def give(self, pair, person):
        if not self.scene.task(self._task(pair))["IsDeleted"]:
            self.scene.edit(self._task(pair), OwnerId=PEOPLE[person])

    def wait(self, seconds):
        self.scene.wait(seconds)

    def run(self, person):
        self.scene.run(person)

    def killed_run(self, person, step):
        self.scene.hooks.kill_at(step)
        with suppress(Killed):
            self.scene.run(person)
        self.scene.hooks.reset()

    def do(self, steps):
        for name, *given_ in steps:
            getattr(self, name)(*given_)
        self.scene.wait(700)
        self.scene.settle()
        self.scene.settle(hours=1)

    def apart(self):
        """Every pair that is not in the same words on both sides, though both are there and somebody here syncs it."""
        shown = self.scene.every_task()
        for link in self.scene.links():
            reminder, task = self.scene.reminder(link.reminder_id), shown[link.task_id]
            if link.state is LinkState.ACTIVE and reminder.deleted_at is None and not task["IsDeleted"]:
                ours = {field: getattr(reminder, field) or "" for field in SHOWN_AS}
                theirs = {field: task[there] or "" for field, there in SHOWN_AS.items()}
                if ours != theirs:
                    yield ours, theirs

    def kept(self):
        """Every value that is there now, in a Task that a person deleted there, or in history.

        What only a Task holds that we deleted is lost: nobody would look for it in Salesforce's bin.
        """
        now = {getattr(one, field) for one in self.scene.everything() for field in SHOWN_AS}
        tasks = self.scene.every_task().items()
        theirs = [task for id_, task in tasks if not task["IsDeleted"] or id_ in self.ledger.deleted_there]
        shown = {task[field] for task in theirs for field in SHOWN_AS.values()}
        past = {one.old for reminder in self.reminders for one in self.scene.history(reminder)}
        past |= {one.new for reminder in self.reminders for one in self.scene.history(reminder)}
        return now | shown | past


def nothing_is_lost(steps, scene, numbers):
    """Do a history and assert that no value it owes is lost; return the values that are nowhere any more."""
    history = History(scene, numbers)
    history.do(steps)
    ledger, gone = history.ledger, history.ledger.written_there - history.kept()
    owed = ledger.accepted | (ledger.written_there & ledger.read)
    assert owed - history.kept() - ledger.seen == set()
    event("a race, as no reader ever saw a value" if gone - ledger.seen else "all was seen or is there")
    for person in PEOPLE:
        scene.quiet(person)
    assert list(history.apart()) == []
    return gone - ledger.seen


def over(examples):
    """Return a decorator that tries so many histories, always the same."""

    def decorate(check):
        bound = settings(
            max_examples=examples,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        return bound(given(st.lists(STEPS, max_size=25))(check))

    return decorate


@pytest.mark.parametrize("examples", [120, pytest.param(4000, marks=pytest.mark.full)])
@pytest.mark.parametrize("keyed", [True, False], ids=["key field", "no key field"])
def test_no_value_that_was_accepted_or_read_is_lost(examples, keyed):
    @over(examples)
    def check(steps):
        scene = MemoryScene(key_field="RemindersyncKey__c" if keyed else None)
        scene.begin()
        nothing_is_lost(steps, scene, count())

    check()


@pytest.mark.parametrize("examples", [6, pytest.param(40, marks=pytest.mark.full)])
@pytest.mark.parametrize("keyed", [True, False], ids=["key field", "no key field"])
def test_on_the_whole_pipeline_what_no_reader_saw_is_counted_as_a_race(make_pipeline, record_property, examples, keyed):
    numbers, unseen = count(), set()
    with make_pipeline("RemindersyncKey__c" if keyed else None) as scene:
        scene.begin()

        @over(examples)
        def check(steps):
            lost = nothing_is_lost(steps, scene, numbers)
            races = scene.sim.door.counters()["races"]
            assert lost <= {race["lost"] for race in races["last"]}
            unseen.update(lost)

        check()
        races = scene.sim.door.counters()["races"]
    counted = f"{races['total']} races counted by the org, by field {races['by_field']}"
    record_property("lost unseen", f"{len(unseen)} values that nobody here ever saw; {counted}")


def test_a_value_written_between_our_read_and_our_write_is_read_before_it_is_written_over(on_pipeline):
    scene = on_pipeline
    reminder, task = scene.pair(Subject="start")
    scene.change(reminder, name="ours")
    scene.hooks.once(lambda: scene.edit(task, Subject="in between"), at=("update",))
    scene.settle("ada")
    assert scene.sim.door.counters()["races"]["total"] == 0
    assert scene.reminder(reminder).name == scene.task(task)["Subject"]
    assert {"ours", "in between"} <= {scene.reminder(reminder).name, *(old for _, old, _ in scene.lost(reminder))}
