"""Histories of what people and runs do to a few pairs, and the state that is left: the same words for every order of doing."""

from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

from remindersync import mapping
from remindersync.model import LinkState, Priority, Status
from tests.conformance.memory_world import MemoryScene
from tests.conformance.scene import ADA, BOB

PEOPLE = ("ada", "bob")
PAIRS = 4
# What a value is called on either side.
NAMES, DETAILS = ("Call", "Visit", "Offer"), ("", "soon", "two\nlines")
DATES = (None, date(2026, 1, 5), date(2026, 2, 1))
FIELDS = {
    "name": [(name, name) for name in NAMES],
    "status": [(Status.OPEN, "Not Started"), (Status.COMPLETED, "Completed")],
    "priority": [(Priority.NORMAL, "Normal"), (Priority.HIGH, "High")],
    "due_date": [(day, day and day.isoformat()) for day in DATES],
    "details": [(text, text or None) for text in DETAILS],
}
SALESFORCE_NAMES = {field.name: field.salesforce for field in mapping.FIELDS}


@dataclass(frozen=True)
class Op:
    """One edit of one field of one pair, on one side."""

    here: bool
    pair: int
    field: str
    value: int

    def do(self, scene, pairs):
        reminder, task = pairs[self.pair]
        ours, theirs = FIELDS[self.field][self.value % len(FIELDS[self.field])]
        if self.here:
            if scene.reminder(reminder).deleted_at is None:
                scene.change(reminder, **{self.field: ours})
        elif not scene.task(task)["IsDeleted"]:
            scene.edit(task, **{SALESFORCE_NAMES[self.field]: theirs})


@dataclass(frozen=True)
class Delete:
    here: bool
    pair: int

    def do(self, scene, pairs):
        reminder, task = pairs[self.pair]
        if self.here:
            scene.bin(reminder)
        elif not scene.task(task)["IsDeleted"]:
            scene.delete(task)


@dataclass(frozen=True)
class Give:
    """Another owner, in Salesforce."""

    pair: int
    to: str

    def do(self, scene, pairs):
        task = pairs[self.pair][1]
        if not scene.task(task)["IsDeleted"]:
            scene.edit(task, OwnerId={"ada": ADA, "bob": BOB}[self.to])


@dataclass(frozen=True)
class Run:
    """Both run, some time later; where `order` is turned around, Bob first."""

    seconds: int = 60
    turned: bool = False

    def do(self, scene, pairs):
        scene.wait(self.seconds)
        for person in reversed(PEOPLE) if self.turned else PEOPLE:
            scene.run(person)


def world(**options):
    """Open a scene in memory with a few pairs of both people; return it and the pairs, by number."""
    scene = MemoryScene(**options)
    scene.begin()
    tasks = [scene.create(by=PEOPLE[number % 2], Subject=f"pair {number}") for number in range(PAIRS)]
    scene.settle()
    return scene, [(scene.reminder_of(task), task) for task in tasks]


def left(scene, pairs):
    """Return what is left once all is quiet, in words that do not depend on how it came about."""
    # After an hour linked Tasks are read again by id, so that it falls into no run that must find nothing to do.
    scene.settle(hours=1)
    for person in PEOPLE:
        scene.quiet(person)
    state = []
    for reminder_id, task_id in pairs:
        reminder, task = scene.reminder(reminder_id), scene.task(task_id)
        gone = task["IsDeleted"]
        assert (reminder.deleted_at is not None) == gone
        values = mapping.values(reminder)
        shown = {name: task[SALESFORCE_NAMES[name]] for name in SALESFORCE_NAMES}
        if not gone:
            assert scene.link(task_id).state is LinkState.ACTIVE
            assert {"ada": ADA, "bob": BOB}[scene.owner(reminder_id)] == task["OwnerId"]
        state.append(gone or (values, shown, task["OwnerId"]))
    assert len(scene.everything()) == len(scene.every_task()) == len(pairs)
    return state


def after(history, **options):
    """Do a history in a new world; return what is left."""
    scene, pairs = world(**options)
    for step in history:
        step.do(scene, pairs)
    return left(scene, pairs)


PAIR_NUMBERS = st.integers(0, PAIRS - 1)
OPS = st.builds(Op, st.booleans(), PAIR_NUMBERS, st.sampled_from(sorted(FIELDS)), st.integers(0, 2))
DELETES = st.builds(Delete, st.booleans(), PAIR_NUMBERS)
GIVES = st.builds(Give, PAIR_NUMBERS, st.sampled_from(PEOPLE))
RUNS = st.builds(Run, st.sampled_from([1, 60, 1000]), st.booleans())
HISTORIES = st.lists(st.one_of(OPS, OPS, OPS, DELETES, GIVES, RUNS, RUNS), max_size=14)
