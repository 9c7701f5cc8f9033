"""Random edits, deletions, crashes and outages on both sides: runs converge, a further run plans nothing, nothing is echoed.

The idea is vdirsyncer's `SyncMachine`: the stores flake, go read-only, refuse single records and vanish.
"""

from contextlib import contextmanager
from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, multiple, rule

from remindersync import mapping, text
from remindersync.errors import Category, Destiny, Fault
from remindersync.mapping import FIELDS
from remindersync.memory.salesforce import lost_answer, refused
from remindersync.model import LinkState, Outcome, Priority, RunKind, Status, TeamSettings, WriteKind
from tests.fixtures.world import ADA, BOB, ORG, World

NAMES = st.text(
    st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Zs")), min_size=1, max_size=300
).filter(lambda value: value.strip() != "")
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=50)
DATES = st.none() | st.dates(date(2025, 12, 1), date(2026, 3, 1))
SALESFORCE_EDITS = st.fixed_dictionaries(
    {},
    optional={
        "Subject": st.none() | NAMES.map(lambda value: text.cut(text.flatten(value), 255)),
        "Status": st.sampled_from(["Not Started", "In Progress", "Completed", "Deferred"]),
        "Priority": st.sampled_from(["Low", "Normal", "High"]),
        "ActivityDate": DATES.map(lambda day: day and day.isoformat()),
        "Description": st.none() | TEXTS,
        "WhoId": st.sampled_from([None, "003000000000001AAA", "00Q000000000001AAA"]),
    },
).filter(bool)
APP_EDITS = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES,
        "status": st.sampled_from(Status),
        "priority": st.sampled_from(Priority),
        "due_date": DATES,
        "details": TEXTS,
    },
).filter(bool)


# How many deletions and completions a day pass unasked.
AT_ONCE = 2
READ_ONLY = Fault(
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
    "",
    Category.INTERMITTENT,
    "Salesforce is being maintained.",
    "Wait.",
    Destiny.RETRY,
)
REFUSALS = [
    Fault("UNABLE_TO_LOCK_ROW", "", Category.INTERMITTENT, "Locked.", "Wait.", Destiny.RETRY),
    Fault("FIELD_CUSTOM_VALIDATION_EXCEPTION", "", Category.ACCESS, "A rule says no.", "Meet it.", Destiny.PARK),
]


class Crash(BaseException):
    """The process is gone."""


class SyncMachine(RuleBasedStateMachine):
    tasks = Bundle("tasks")
    reminders = Bundle("reminders")

    @initialize(keyed=st.booleans())
    def start(self, keyed):
        self.keyed = keyed
        self.world = World(TeamSettings(guard_count=AT_ONCE), key_field="RemindersyncKey__c" if keyed else None)
        self.world.sync("ada", "bob")
        self.made = 0
        self.crash_in = None
        self._break_at_commits()
        self._mend()

    def _mend(self):
        """Let Salesforce take and show everything."""
        self.world.org.before = self.world.org.after = self._step
        self.world.org.shows = lambda task: True
        self.world.org.refuse.clear()

    def _break_at_commits(self):
        commit = self.world.store.transaction

        @contextmanager
        def transaction(run):
            with commit(run) as tx:
                yield tx
                self._step()
            self._step()

        self.world.store.transaction = transaction

    def _step(self):
        if self.crash_in is not None:
            self.crash_in -= 1
            if self.crash_in < 0:
                raise Crash

    @rule(target=tasks, owner=st.sampled_from([ADA, BOB]), values=SALESFORCE_EDITS)
    def create_there(self, owner, values):
        if values.get("Status") == "Completed":
            values = {**values, "Status": "Not Started"}  # a Task created closed is a log entry (MAP-7)
        task = self.world.org.create(owner, **values)
        self.world.clock.advance(1)
        return task

    @rule(target=reminders, owner=st.sampled_from(["ada", "bob"]), values=APP_EDITS)
    def create_here(self, owner, values):
        self.made += 1
        reminder_id = self.world.add(f"new {self.made}", owner)
        self.world.store.edit(reminder_id, **values)
        return reminder_id

    @rule(target=reminders)
    def look_here(self):
        return multiple(*self.world.store.state.reminders)

    @rule(task=tasks, values=SALESFORCE_EDITS)
    def edit_there(self, task, values):
        if not self.world.org.tasks[task].is_deleted:
            self.world.org.edit(task, **values)

    @rule(task=tasks, owner=st.sampled_from([ADA, BOB]))
    def give_there(self, task, owner):
        if not self.world.org.tasks[task].is_deleted:
            self.world.org.edit(task, OwnerId=owner)

    @rule(task=consumes(tasks))
    def delete_there(self, task):
        self.world.org.delete(task)

    @rule(reminder=reminders, values=APP_EDITS)
    def edit_here(self, reminder, values):
        if self.world.store.state.reminders[reminder].deleted_at is None:
            self.world.store.edit(reminder, **values)

    @rule(reminder=reminders)
    def delete_here(self, reminder):
        self.world.store.edit(reminder, deleted_at=self.world.clock.now())

    @rule(reminder=reminders)
    def restore_here(self, reminder):
        if self.world.store.state.reminders[reminder].deleted_at is not None:
            self.world.store.edit(reminder, deleted_at=None)

    @rule(seconds=st.floats(0, 2000))
    def wait(self, seconds):
        self.world.clock.advance(seconds)

    @rule(user=st.sampled_from(["ada", "bob"]))
    def sync(self, user):
        self.world.sync(user)

    @rule(user=st.sampled_from(["ada", "bob"]), steps=st.integers(0, 12))
    def sync_and_crash(self, user, steps):
        self.crash_in = steps
        try:
            self.world.sync(user)
        except Crash:
            self.world.locks.held.clear()
        self.crash_in = None

    @rule(user=st.sampled_from(["ada", "bob"]), saved=st.booleans())
    def sync_while_answers_are_lost(self, user, saved):
        if saved:
            self.world.org.after = lost_answer
        else:
            self.world.org.before = lost_answer
        self.world.sync(user)
        self._mend()

    @rule(user=st.sampled_from(["ada", "bob"]))
    def sync_while_nothing_can_be_written(self, user):
        self.world.org.before = refused(READ_ONLY)
        writes = self.world.org.writes
        self.world.sync(user)
        assert self.world.org.writes == writes
        self._mend()

    @rule(user=st.sampled_from(["ada", "bob"]), task=tasks, fault=st.sampled_from(REFUSALS))
    def sync_while_one_record_is_refused(self, user, task, fault):
        self.world.org.refuse[task] = fault
        self.world.sync(user)
        self._mend()

    @rule(user=st.sampled_from(["ada", "bob"]), hours=st.integers(0, 2))
    def sync_while_everything_is_gone(self, user, hours):
        """Nothing is shown or written: what is not shown is never taken for deleted. It comes back with new stamps."""
        if self._lost_for_good():
            return
        self.world.clock.advance(3600 * hours)
        # What waits here was shown before: a Task that was deleted then and is back by now comes again with a new stamp.
        shown = {row.task.id for row in self.world.store.state.handovers.values() if row.task.is_deleted}
        known = self._deleted() | shown
        self.world.org.shows = lambda task: False
        self.world.org.before = refused(READ_ONLY)
        self.world.sync(user)
        self._mend()
        assert all(self.world.org.tasks[one].is_deleted for one in self._deleted() - known)
        for task in self.world.org.tasks:
            self.world.org.touch(task)

    @rule(user=st.sampled_from(["ada", "bob"]), there=st.booleans())
    def sync_after_a_side_was_emptied(self, user, there):
        """All of a user's Tasks are deleted, or completed: no more than is usual follows, and then it is undone."""
        if self._lost_for_good():
            return
        owner = {"ada": ADA, "bob": BOB}[user]
        mine = [task.id for task in self.world.org.live(owner)]
        before = self._open(user)
        closed = {one for one in mine if self.world.org.tasks[one].is_closed}
        for task in mine:
            self.world.org.delete(task) if there else self.world.org.edit(task, Status="Completed")
        self.world.sync(user)
        theirs = [one for one in self.world.store.state.reminders.values() if one.owner_id == user]
        gone = {one.id for one in theirs if one.id in before - self._open(user) and "status" not in one.edited_at}
        assert len(gone) <= max(AT_ONCE, len(theirs) * TeamSettings().guard_percent / 100)
        self.world.clock.advance(2)
        for task in mine:
            if there:
                self.world.org.undelete(task)
            elif task not in closed:
                self.world.org.edit(task, Status="Not Started")

    def _lost_for_good(self):
        """Whether a Task that a create without an answer made would be left over, were it gone for a while.

        Nobody can tell it from one that was never made. With a key the next create finds it, if there is a next one.
        """
        state = self.world.store.state
        lost = [one for _, one, result in state.intents.values() if result is None and one.kind is WriteKind.CREATE]
        return any(not self.keyed or state.reminders[one.reminder_id].deleted_at for one in lost)

    def _deleted(self):
        return {one.task_id for one in self.world.store.state.links.values() if one.state is LinkState.DELETED}

    def _open(self, user):
        mine = [one for one in self.world.store.state.reminders.values() if one.owner_id == user]
        return {one.id for one in mine if one.deleted_at is None and one.status is Status.OPEN}

    def _approve(self):
        """Do what a person does about what waits: approve all of it."""
        for reminder in list(self.world.store.state.reminders.values()):
            if reminder.held_change is not None:
                approved = replace(reminder, approved_at=self.world.clock.now())
                self.world.store.state.reminders[reminder.id] = approved
        for user in ("ada", "bob"):
            self.world.store.ask(user, RunKind.FULL)

    def _retry(self):
        """Do what a person does about what was refused: try it again."""
        for reminder in list(self.world.store.state.reminders.values()):
            if reminder.parked_version == reminder.version:
                self.world.store.edit(reminder.id)

    def teardown(self):
        if not hasattr(self, "world"):
            return
        self._retry()
        self._settle()
        self._approve()
        self._settle()
        self._agree()
        writes, commits = self.world.org.writes, self.world.store.commits
        assert all(report.counts.changed == 0 for report in self.world.sync("ada", "bob"))
        assert (self.world.org.writes, self.world.store.commits) == (writes, commits)

    def _settle(self):
        for _ in range(12):
            self.world.clock.advance(700)
            reports = self.world.sync("ada", "bob")
            assert all(report.outcome is Outcome.DONE for report in reports)
        assert all(report.counts.changed == 0 for report in reports)

    def _agree(self):
        """Every live Task has one reminder with equal values, every live reminder one live Task, and no more."""
        state = self.world.store.state
        linked = {
            link.task_id: state.reminders[link.reminder_id]
            for link in state.links.values()
            if link.state is LinkState.ACTIVE
        }
        # The old Task of a restored reminder may be undeleted: it stays nobody's (MERGE-3).
        old = {link.task_id for link in state.links.values() if link.state is LinkState.SUPERSEDED}
        live = {task.id: task for task in self.world.org.live() if task.id not in old}
        assert set(live) == set(linked)
        assert {one.id for one in state.reminders.values() if one.deleted_at is None} == {
            one.id for one in linked.values()
        }
        for task_id, task in live.items():
            self._same(task, linked[task_id], state.links[ORG, task_id])

    def _same(self, task, reminder, link):
        settings_ = self.world.store.state.users[reminder.owner_id].user.settings
        values = mapping.values(reminder)
        for field in FIELDS:
            raw = task.values[field.salesforce]
            if field.name == "name":
                assert text.same(raw or "(no subject)", text.cut(text.flatten(reminder.name), 255))
            else:
                meaning = mapping.read(field, raw, link.base, settings_)
                assert meaning is mapping.UNSYNCED or text.same(meaning, values[field.name])
        assert {ADA: "ada", BOB: "bob"}[task.owner_id] == reminder.owner_id


TestSyncMachine = SyncMachine.TestCase
TestSyncMachine.settings = settings(
    max_examples=150, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
