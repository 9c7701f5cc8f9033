"""Random histories: people on both sides, runs, and runs that are cut off or paused at a random point."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random

from remindersync import mapping
from remindersync.mapping import FIELDS
from remindersync.model import ConflictRule, LinkState, Priority, Side, Status, TeamSettings
from tests.crash.fed_stage import FedStage
from tests.crash.ledger import Ledger
from tests.crash.memory_stage import MemoryStage
from tests.crash.points import At, Late, gone
from tests.crash.verdict import problems

STEPS = 25
# Of a run's points, one among so many is struck.
_REACH = 25
_LATER_SECONDS = 590
_PEOPLE = ("ada", "bob")
_RAW = {
    "status": {Status.OPEN: "Not Started", Status.COMPLETED: "Completed"},
    "priority": {Priority.NORMAL: "Normal", Priority.HIGH: "High"},
}


class History:
    """One random history; the same seed gives the same one. `story` tells what happened."""

    def __init__(self, seed, make=MemoryStage):
        self.random = Random(seed)
        keyed, fed = (self.random.random() < part for part in (0.5, 0.3))
        make = FedStage if fed and make is MemoryStage else make
        settings = TeamSettings(
            deletion_wins=self.random.random() < 0.7,
            conflict_rule=self.random.choice(list(ConflictRule)),
            tie_rule=self.random.choice(list(Side)),
        )
        self.stage = make(keyed=keyed, settings=settings)
        self.stage.watch_successors = True
        self.stage.meanwhile = self._meanwhile
        told = (f"seed {seed}", f"{'with' if keyed else 'without'} the key field", type(self.stage).__name__)
        rules = (f"deletion wins: {settings.deletion_wins}", settings.conflict_rule, f"tie: {settings.tie_rule}")
        self.story = [", ".join((*told, *rules))]
        self._numbers = 0
        self._keyed = keyed
        # What people last wanted of a field, by reminder or Task id and side; records that were ever deleted.
        self.wanted = defaultdict(dict)
        self.deleted = set()
        self.ledger = Ledger()

    def play(self):
        """Play it; return what is wrong in the end, and what is parked."""
        self.stage.run()
        for _ in range(STEPS):
            self.random.choice(_WHAT_HAPPENS)(self)
        quiet = self.stage.settle()
        found, parked = problems(self.stage)
        if not quiet:
            found.append("it never gets quiet")
        found += self._unwanted(parked)
        found += self.ledger.lost(self.stage)
        return found, parked

    # ── Runs ──

    def run(self):
        """Let a run go through, or let something happen to it."""
        points, user = self.stage.points, self.random.choice(_PEOPLE)
        points.watching = True
        points.strikes.clear()
        for _ in range(self.random.choice((0, 1, 1, 2))):
            points.strikes[len(points.seen) + self.random.randrange(_REACH)] = self._strike
        self.story.append(f"run {user}")
        self.stage.run(user)
        points.watching = False

    def _strike(self, point):
        endings = {"gone": gone, "unanswered": self.stage.unanswered(point)} if point.is_write else {"gone": gone}
        name, ending = self.random.choice(list(endings.items()))
        when = self.random.choice(("before", "after"))
        if self.stage.ticking:
            self.story.append(f"  {point.name}: gone {when}, ends")
            return At(when, gone)
        how = self.random.choice(("ends", "pauses", "pauses", "lands later" if point.is_write else "ends"))
        self.story.append(f"  {point.name}: {name} {when}, {how}")
        if how == "lands later":
            return Late(self.stage.float(self.random.randrange(_LATER_SECONDS)), ending)
        takes_over = self.random.choice((self.stage.take_over, self.stage.take_over_for_long))
        return At(when, ending if how == "ends" else takes_over)

    def _meanwhile(self, stage):
        del stage
        for _ in range(self.random.randrange(3)):
            self.random.choice(_WHAT_PEOPLE_DO)(self)

    def wait(self):
        seconds = self.random.choice((1, 5, 60, 300, 900))
        self.story.append(f"{seconds} s pass")
        self.stage.wait(seconds)

    # ── People here ──

    def _new_values(self):
        self._numbers += 1
        values = {
            "name": f"name {self._numbers}",
            "details": f"details {self._numbers}",
            "due_date": date(2026, 1, 1) + timedelta(days=self._numbers),
            "status": self.random.choice(list(Status)),
            "priority": self.random.choice(list(Priority)),
        }
        chosen = self.random.sample(list(values), self.random.randint(1, 2))
        return {name: values[name] for name in chosen}

    def _here(self, *, binned=False):
        all_ = sorted(self.stage.everything(), key=lambda one: one.id)
        found = [one for one in all_ if (one.deleted_at is not None) == binned]
        return self.random.choice(found) if found else None

    def add(self):
        self._numbers += 1
        reminder_id = self.stage.add(f"new {self._numbers}", self.random.choice(_PEOPLE))
        self.story.append(f"add {reminder_id}")

    def change(self):
        if (one := self._here()) is not None:
            values = self._new_values()
            self.ledger.wrote_here(one, values)
            self.stage.change(one.id, **values)
            self.wanted[one.id] |= {name: str(value) for name, value in values.items()}
            self.story.append(f"change {one.id} {_told(values)}")

    def bin(self):
        if (one := self._here()) is not None:
            self.stage.bin(one.id)
            self.deleted.add(one.id)
            self.story.append(f"bin {one.id}")

    def restore(self):
        if (one := self._here(binned=True)) is not None:
            self.stage.restore(one.id)
            self.story.append(f"restore {one.id}")

    def assign(self):
        if (one := self._here()) is not None:
            to = self.random.choice(_PEOPLE)
            self.stage.assign(one.id, to)
            self.story.append(f"assign {one.id} to {to}")

    # ── People there ──

    def _there(self, *, binned=False):
        linked = {link.task_id for link in self.stage.links()}
        found = [task for task in self.stage.tasks().values() if task.is_deleted == binned]
        if not self._keyed:
            # Nobody can recognise a Task that was changed before we knew of it: a documented limit.
            found = [task for task in found if task.id not in self.stage.made_for or task.id in linked]
        return self.random.choice(found) if found else None

    def create(self):
        self._numbers += 1
        task_id = self.stage.create(self.random.choice(_PEOPLE), Subject=f"new {self._numbers}")
        self.story.append(f"create {task_id}")

    def edit(self):
        if (task := self._there()) is not None:
            values = self._new_values()
            raw = {name: _raw(name, value) for name, value in values.items()}
            self.ledger.wrote_there(task, raw)
            self.stage.edit(task.id, **{_salesforce(name): value for name, value in raw.items()})
            self.wanted[task.id] |= {name: str(value) for name, value in values.items()}
            self.story.append(f"edit {task.id} {_told(values)}")

    def delete(self):
        if (task := self._there()) is not None:
            self.stage.delete(task.id)
            self.deleted.add(task.id)
            self.ledger.deleted_there.add(task.id)
            self.story.append(f"delete {task.id}")

    def undelete(self):
        task = self._there(binned=True)
        taken = {one.key for one in self.stage.live() if one.key}
        # Salesforce refuses what would be there twice.
        if task is not None and task.key not in taken:
            self.stage.undelete(task.id)
            self.story.append(f"undelete {task.id}")

    def give(self):
        if (task := self._there()) is not None:
            to = self.random.choice(_PEOPLE)
            self.stage.give(task.id, to)
            self.story.append(f"give {task.id} to {to}")

    # ── What people wanted ──

    def _unwanted(self, parked):
        """Say where a pair shows in the end what nobody wanted last, on either side: an edit that was taken back."""
        pairs = [link for link in self.stage.links() if link.state is LinkState.ACTIVE]
        for link in pairs:
            tasks = {one.task_id for one in self.stage.links() if one.reminder_id == link.reminder_id}
            if link.reminder_id in parked or self.deleted & {link.reminder_id, *tasks}:
                continue
            shown = mapping.values(self.stage.reminder(link.reminder_id))
            here, there = self.wanted[link.reminder_id], self.wanted[link.task_id]
            for name in sorted(here.keys() | there.keys()):
                wanted = {side[name] for side in (here, there) if name in side}
                # What a late request wrote over before anybody read it is a race.
                if shown[name] not in wanted and not wanted <= self.stage.raced and name not in _RAW:
                    yield f"{name} of {link.reminder_id}, {link.task_id}: {shown[name]!r}, wanted {sorted(wanted)}"


def _told(values):
    return {name: str(value) for name, value in values.items()}


def _salesforce(name):
    return next(field.salesforce for field in FIELDS if field.name == name)


def _raw(name, value):
    return _RAW[name][value] if name in _RAW else str(value)


_WHAT_PEOPLE_DO = (
    History.add,
    History.add,
    History.create,
    History.change,
    History.change,
    History.change,
    History.edit,
    History.edit,
    History.bin,
    History.restore,
    History.delete,
    History.undelete,
    History.assign,
    History.give,
)
_WHAT_HAPPENS = (*_WHAT_PEOPLE_DO, History.wait, History.wait, *[History.run] * 12)
