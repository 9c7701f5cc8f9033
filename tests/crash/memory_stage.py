"""The stage in memory: every port, and a trial takes milliseconds."""

from remindersync.engine import Engine
from remindersync.errors import SalesforceUnclear
from remindersync.model import LinkState, Outcome, Reminder
from tests.crash.points import WatchedLocks, WatchedRuns, WatchedSession
from tests.crash.stage import Stage
from tests.fixtures.world import ADA, BOB, World

SALESFORCE_IDS = {"ada": ADA, "bob": BOB}


class MemoryStage(Stage):
    def __init__(self, *, keyed=True, settings=None):
        super().__init__()
        self.world = World(settings, "RemindersyncKey__c" if keyed else None)
        self.clock, self.org, self.state = self.world.clock, self.world.org, self.world.store.state
        self._added = 0
        self.engine = Engine(
            WatchedRuns(self.world.store, self.points),
            self._connect,
            WatchedLocks(self.world.locks, self.points),
            self.clock,
        )

    def _connect(self, user, *, background):
        return WatchedSession(self.org.connect(user, background=background), self.points, self._created, self.note)

    def _created(self, writes, answers):
        by_key = {intent.key: intent.reminder_id for _, intent, _ in self.state.intents.values() if intent.key}
        for write, answer in zip(writes, answers, strict=True):
            if answer.id is not None:
                self.made_for[answer.id] = by_key[write.key]

    # ── People ──

    def add(self, name, owner="ada", **fields):
        self._added += 1
        now = self.clock.now()
        reminder = Reminder(f"r{self._added}", "team", owner, name, now, now, **fields)
        self.state.reminders[reminder.id] = reminder
        self.world.store.edited_now(owner)
        return reminder.id

    def change(self, reminder_id, **fields):
        self.world.store.edit(reminder_id, **fields)

    def bin(self, reminder_id):
        self.change(reminder_id, deleted_at=self.clock.now())

    def restore(self, reminder_id):
        self.change(reminder_id, deleted_at=None)

    def assign(self, reminder_id, to):
        if self.reminder(reminder_id).owner_id == to:
            self.change(reminder_id, assign_to=None)
            return
        linked = any(one.reminder_id == reminder_id and one.state is LinkState.ACTIVE for one in self.links())
        sending = any(
            intent.reminder_id == reminder_id and result is None for _, intent, result in self.state.intents.values()
        )
        self.change(reminder_id, **{"assign_to" if linked or sending else "owner_id": to})

    def _create(self, owner, values):
        return self.org.create(SALESFORCE_IDS[owner], **values)

    def edit(self, task_id, **values):
        self.org.edit(task_id, **values)

    def give(self, task_id, to):
        self.org.edit(task_id, OwnerId=SALESFORCE_IDS[to])

    def delete(self, task_id):
        self.org.delete(task_id)

    def remove(self, task_id):
        self.org.remove(task_id)

    def _undelete(self, task_id):
        self.org.undelete(task_id)

    # ── What stands where ──

    def everything(self):
        return list(self.state.reminders.values())

    def links(self):
        return list(self.state.links.values())

    def tasks(self):
        return self.org.tasks

    def left_open(self):
        for user, intent, result in self.state.intents.values():
            if result is None:
                yield f"intent of {user} left open: {intent.kind} of {intent.reminder_id}"
        yield from (f"hand-over left: {key}" for key in self.state.handovers)

    def history(self):
        return self.state.history

    def parked(self):
        return [reminder_id for (_, code, reminder_id, _) in self.state.faults if code == "POSSIBLE_DUPLICATE"]

    def settings(self, owner_id):
        return self.state.users[owner_id].user.settings

    def person(self, owner_id):
        return owner_id

    def salesforce_id(self, name):
        return SALESFORCE_IDS[name]

    def unanswered(self, point):
        del point
        return _unanswered

    # ── Runs ──

    def _slice(self, user):
        return self.engine.sync_user(user).outcome is Outcome.MORE

    def _move_clock(self, until):
        self.clock.at = until

    def _locks_expire(self):
        self.world.locks.held.clear()

    def _done_so_far(self):
        return self.org.writes, self.world.store.commits


def _unanswered():
    raise SalesforceUnclear("The connection was cut.")
