"""A team, its org and the engine, on which runs are cut and paused; and what must hold once all is quiet."""

from collections import Counter, defaultdict
from datetime import timedelta

from remindersync import mapping, text
from remindersync.engine import Engine
from remindersync.mapping import FIELDS
from remindersync.model import LinkState, Outcome, Reminder
from tests.crash.points import Gone, Points, WatchedLocks, WatchedRuns, WatchedSession
from tests.fixtures.world import ADA, BOB, ORG, World

SALESFORCE_IDS = {"ada": ADA, "bob": BOB}
LOCK_SECONDS = 61
MAY_LAND_SECONDS = 600
_ROUNDS = (30, 200, 400, 700, 3700)
_MORE_ROUNDS = 12
_SLICES = 20


class Stage:
    """Ada and Bob, in memory.

    `meanwhile` is what people do before a successor runs; `watch_successors` lets things happen to those, too.
    """

    def __init__(self, *, keyed=True, settings=None):
        self.world = World(settings, "RemindersyncKey__c" if keyed else None)
        self.clock, self.org, self.state = self.world.clock, self.world.org, self.world.store.state
        self.points = Points()
        self.meanwhile = lambda stage: None
        self.watch_successors = False
        self.afloat = []
        self.made_for = {}
        self.undeleted = set()
        self._added = 0
        self._running = []
        self.engine = Engine(
            WatchedRuns(self.world.store, self.points),
            self._connect,
            WatchedLocks(self.world.locks, self.points),
            self.clock,
        )

    def _connect(self, user, *, background):
        return WatchedSession(self.org.connect(user, background=background), self.points, self._created)

    def _created(self, writes, answers):
        by_key = {intent.key: intent.reminder_id for _, intent, _ in self.state.intents.values() if intent.key}
        for write, answer in zip(writes, answers, strict=True):
            if answer.id is not None:
                self.made_for[answer.id] = by_key[write.key]

    # ── People ──

    def add(self, name, owner="ada", **fields):
        """Add a reminder here; return its id."""
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
        """Give a reminder away: at once, or by its owner's run where Salesforce has a Task of it or may get one."""
        if self.reminder(reminder_id).owner_id == to:
            self.change(reminder_id, assign_to=None)
            return
        linked = any(one.reminder_id == reminder_id and one.state is LinkState.ACTIVE for one in self.links())
        sending = any(
            intent.reminder_id == reminder_id and result is None for _, intent, result in self.state.intents.values()
        )
        self.change(reminder_id, **{"assign_to" if linked or sending else "owner_id": to})

    def create(self, owner="ada", **values):
        """Create a Task there; return its id. One that is closed in the second of its creation is a log entry."""
        task_id = self.org.create(SALESFORCE_IDS[owner], **values)
        self.wait(1)
        return task_id

    def edit(self, task_id, **values):
        self.org.edit(task_id, **values)

    def give(self, task_id, to):
        self.org.edit(task_id, OwnerId=SALESFORCE_IDS[to])

    def delete(self, task_id):
        self.org.delete(task_id)

    def undelete(self, task_id):
        self.undeleted.add(task_id)
        # In the second of the deletion nobody could tell which came later.
        self.wait(1)
        self.org.undelete(task_id)

    # ── What stands where ──

    def links(self):
        return list(self.state.links.values())

    def reminder(self, reminder_id):
        return self.state.reminders[reminder_id]

    def reminder_of(self, task_id):
        return self.state.links[ORG, task_id].reminder_id

    def task(self, task_id):
        return self.org.tasks[task_id]

    def tasks_of(self, reminder_id):
        """Return the live Tasks made for or linked to a reminder."""
        linked = {link.task_id for link in self.links() if link.reminder_id == reminder_id}
        made = {task_id for task_id, one in self.made_for.items() if one == reminder_id}
        return [task for task in self.org.live() if task.id in linked | made]

    # ── Time and runs ──

    def wait(self, seconds):
        """Let time pass; what is afloat lands when it is due."""
        until = self.clock.now() + timedelta(seconds=seconds)
        for due, work in sorted((one for one in self.afloat if one[0] <= until), key=lambda one: one[0]):
            self.clock.at = max(self.clock.now(), due)
            work()
        self.afloat = [one for one in self.afloat if one[0] > until]
        self.clock.at = max(self.clock.now(), until)

    def float(self, seconds):
        """Return what puts a write afloat, to land so many seconds later."""
        assert seconds < MAY_LAND_SECONDS

        def put(work):
            self.afloat.append((self.clock.now() + timedelta(seconds=seconds), work))

        return put

    def run(self, *users):
        """Run users in turn, each until nothing is left to do at once."""
        self.wait(20)
        for user in users or ("ada", "bob"):
            self._run(user)

    def _run(self, user):
        for _ in range(_SLICES):
            self._running.append(user)
            try:
                if self.engine.sync_user(user).outcome is not Outcome.MORE:
                    return
            except Gone:
                self._successor(user)
                return
            finally:
                self._running.pop()
        raise AssertionError("The run does not end.")

    def take_over(self, runs=1):
        """Let so many successors of the run under way run to their end: its lock expired, it is paused.

        Raises `Gone` where that took so long that Salesforce has given its request up.
        """
        user, paused_at = self._running[-1], self.clock.now()
        self._successor(user)
        for _ in range(runs - 1):
            self.wait(100)
            self._unwatched(user)
        if self.clock.now() >= paused_at + timedelta(seconds=MAY_LAND_SECONDS):
            raise Gone

    def take_over_for_long(self):
        """Let successors run for nearly as long as a request may take to land."""
        self.take_over(runs=5)

    def _successor(self, user):
        self.wait(LOCK_SECONDS)
        self.world.locks.held.clear()
        self.meanwhile(self)
        self._unwatched(user)

    def _unwatched(self, user):
        watching, self.points.watching = self.points.watching, self.watch_successors
        self._run(user)
        self.points.watching = watching

    def settle(self):
        """Let time pass and everybody run until all is quiet; say whether it gets so."""
        self.points.watching = False
        self.world.locks.held.clear()
        for seconds in _ROUNDS:
            self.wait(seconds)
            self.run()
        for _ in range(_MORE_ROUNDS):
            before = self.org.writes, self.world.store.commits
            self.wait(60)
            self.run()
            if before == (self.org.writes, self.world.store.commits):
                return True
        return False


# ── What must hold ──────────────────────────────────────────────────────────────────────────────────────────


def problems(stage):
    """Return what is wrong once all is quiet, a sentence each; the second list holds what is parked."""
    parked = [rid for (_, code, rid, _) in stage.state.faults if code == "POSSIBLE_DUPLICATE"]
    found = [*_unpaired(stage, parked), *_doubles(stage, parked), *_leftovers(stage)]
    pairs = [link for link in stage.links() if link.state is LinkState.ACTIVE]
    for link in pairs:
        found += _differences(stage, link)
    return found, parked


def _unpaired(stage, parked):
    linked = {link.task_id: link.reminder_id for link in stage.links() if link.state is LinkState.ACTIVE}
    live = {task.id for task in _present(stage)}
    shown = {one.id for one in stage.state.reminders.values() if one.deleted_at is None}
    maybe = {task for task in live - set(linked) if stage.made_for.get(task) in parked}
    look_alikes = {task for task in live - set(linked) if parked and stage.task(task).created_by}
    yield from (f"orphan Task {one}" for one in sorted(live - set(linked) - maybe - look_alikes))
    yield from (f"pair of the deleted Task {one}" for one in sorted(set(linked) - live))
    yield from (f"orphan reminder {one}" for one in sorted(shown - set(linked.values()) - set(parked)))
    yield from (f"pair of the deleted reminder {one}" for one in sorted(set(linked.values()) - shown))


def _present(stage):
    """Return the live Tasks, but those a person brought back after a restored reminder got another (MERGE-3)."""
    old = {link.task_id for link in stage.links() if link.state is LinkState.SUPERSEDED}
    return [task for task in stage.org.live() if task.id not in old & stage.undeleted]


def _doubles(stage, parked):
    made = defaultdict(set)
    for link in stage.links():
        made[link.reminder_id].add(link.task_id)
    for task_id, reminder_id in stage.made_for.items():
        made[reminder_id].add(task_id)
        link = stage.state.links.get((ORG, task_id))
        if link is not None and link.reminder_id != reminder_id and reminder_id not in parked:
            yield f"Task {task_id} of {reminder_id} became another reminder, {link.reminder_id}"
    live = {task.id for task in _present(stage)}
    for reminder_id, task_ids in made.items():
        if len(task_ids & live) > 1 and reminder_id not in parked:
            yield f"duplicates of {reminder_id}: {sorted(task_ids & live)}"
    keys = Counter(task.key for task in stage.org.live() if task.key)
    yield from (f"key {key} used {times} times" for key, times in keys.items() if times > 1)


def _leftovers(stage):
    for user, intent, result in stage.state.intents.values():
        if result is None:
            yield f"intent of {user} left open: {intent.kind} of {intent.reminder_id}"
    yield from (f"hand-over left: {key}" for key in stage.state.handovers)
    for one in stage.state.reminders.values():
        if one.shared and one.version not in (one.synced_version, one.parked_version):
            yield f"{one.id} unsent: version {one.version}, synced {one.synced_version}"


def _differences(stage, link):
    reminder, task = stage.reminder(link.reminder_id), stage.task(link.task_id)
    settings = stage.state.users[reminder.owner_id].user.settings
    ours = mapping.values(reminder)
    for field in FIELDS:
        raw = task.values[field.salesforce]
        if field.name == "name":
            same = text.same(raw or "(no subject)", text.cut(text.flatten(reminder.name), 255))
        else:
            meaning = mapping.read(field, raw, link.base, settings)
            same = meaning is mapping.UNSYNCED or text.same(meaning, ours[field.name])
        if not same:
            yield f"{field.name} of {reminder.id}: {ours[field.name]!r} here, {raw!r} there"
    if SALESFORCE_IDS[reminder.owner_id] != task.owner_id:
        yield f"owner of {reminder.id}: {reminder.owner_id} here, {task.owner_id} there"
