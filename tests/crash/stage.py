"""A team, its org and the engine, on which runs are cut and paused. Two worlds fill in what is left open here."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta

from tests.crash.points import Gone, Points

LOCK_SECONDS = 61
MAY_LAND_SECONDS = 600
_ROUNDS = (30, 200, 400, 700, 3700)
_MORE_ROUNDS = 12
_SLICES = 20


@dataclass(frozen=True)
class SeenTask:
    """A Task as it stands in the org."""

    id: str
    owner_id: str
    values: dict
    is_deleted: bool
    is_closed: bool
    key: str | None


class Stage(ABC):
    """Ada and Bob.

    `meanwhile` is what people do before a successor runs; `watch_successors` lets things happen to those, too.
    `made_for` names the reminder for which each Task was created by a run. `read` holds every value that runs were
    shown, `raced` those that a write of ours which landed late wrote over or deleted. `ticking` says that an org feed's
    reading is under way.
    """

    def __init__(self):
        self.points = Points()
        self.meanwhile = lambda stage: None
        self.watch_successors = False
        self.afloat = []
        self.made_for = {}
        self.undeleted = set()
        self.read = set()
        self.raced = set()
        self.ticking = False
        self._running = []

    # ── What a world says ──

    @abstractmethod
    def add(self, name, owner="ada", **fields):
        """Add a reminder here; return its id."""

    @abstractmethod
    def change(self, reminder_id, **fields): ...

    @abstractmethod
    def bin(self, reminder_id): ...

    @abstractmethod
    def restore(self, reminder_id): ...

    @abstractmethod
    def assign(self, reminder_id, to):
        """Give a reminder away: at once, or by its owner's run where Salesforce has a Task of it or may get one."""

    @abstractmethod
    def edit(self, task_id, **values): ...

    @abstractmethod
    def give(self, task_id, to): ...

    @abstractmethod
    def delete(self, task_id): ...

    @abstractmethod
    def remove(self, task_id):
        """Delete a Task for good."""

    @abstractmethod
    def everything(self):
        """Return all reminders, those in the bin too."""

    @abstractmethod
    def links(self): ...

    @abstractmethod
    def tasks(self):
        """Return all Tasks by id, deleted ones too."""

    @abstractmethod
    def left_open(self):
        """Return a sentence for each intent without an answer, and for each hand-over."""

    @abstractmethod
    def parked(self):
        """Return the reminders that are parked as possible duplicates."""

    @abstractmethod
    def history(self):
        """Return every event of every reminder's history."""

    @abstractmethod
    def settings(self, owner_id):
        """Return the settings of a reminder's owner's team."""

    @abstractmethod
    def person(self, owner_id):
        """Return the name of a reminder's owner."""

    @abstractmethod
    def salesforce_id(self, name): ...

    @abstractmethod
    def unanswered(self, point):
        """Return what cuts the connection at a point: what was sent may have been done."""

    @abstractmethod
    def _create(self, owner, values): ...

    @abstractmethod
    def _undelete(self, task_id): ...

    @abstractmethod
    def _slice(self, user):
        """Run one slice of a user; say whether something is left."""

    @abstractmethod
    def _move_clock(self, until): ...

    @abstractmethod
    def _locks_expire(self):
        """Let the locks and leases of whoever holds them run out."""

    @abstractmethod
    def _done_so_far(self):
        """Return something that changes whenever a run does something."""

    # ── People there ──

    def create(self, owner="ada", **values):
        """Create a Task there; return its id. One that is closed in the second of its creation is a log entry."""
        task_id = self._create(owner, values)
        self.wait(1)
        return task_id

    def undelete(self, task_id):
        self.undeleted.add(task_id)
        # In the second of the deletion nobody could tell which came later.
        self.wait(1)
        self._undelete(task_id)

    # ── What stands where ──

    def note(self, tasks):
        """Keep what a run was shown of Tasks that were there."""
        self.read |= {value for task in tasks if not task.is_deleted for value in task.values.values()}

    def live(self):
        """Return the Tasks that are not deleted."""
        return [task for task in self.tasks().values() if not task.is_deleted]

    def reminder(self, reminder_id):
        return next(one for one in self.everything() if one.id == reminder_id)

    def reminder_of(self, task_id):
        return next(link.reminder_id for link in self.links() if link.task_id == task_id)

    def task(self, task_id):
        return self.tasks()[task_id]

    # ── Time and runs ──

    def wait(self, seconds):
        """Let time pass; what is afloat lands when it is due."""
        until = self.clock.now() + timedelta(seconds=seconds)
        for due, lands in sorted((one for one in self.afloat if one[0] <= until), key=lambda one: one[0]):
            self._move_clock(max(self.clock.now(), due))
            before = self._shown_there()
            lands()
            self.raced |= before - self._shown_there()
        self.afloat = [one for one in self.afloat if one[0] > until]
        self._move_clock(max(self.clock.now(), until))

    def _shown_there(self):
        return {value for task in self.live() for value in task.values.values()}

    def float(self, seconds):
        """Return what puts a write afloat, to land so many seconds later."""
        assert seconds < MAY_LAND_SECONDS

        def put(work):
            self.afloat.append((self.clock.now() + timedelta(seconds=seconds), self._afloat(work, seconds)))

        return put

    def _afloat(self, work, seconds):
        """Send a write that lands later; return what waits until it has landed once the clock stands there."""
        del seconds
        return work

    def run(self, *users):
        """Run users in turn, each until nothing is left to do at once."""
        self.wait(20)
        for user in users or ("ada", "bob"):
            self._run(user)

    def _run(self, user):
        for _ in range(_SLICES):
            self._running.append(user)
            try:
                if not self._slice(user):
                    return
            except Gone:
                self.points.is_dead = False
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
        with self.points.outside_of_runs():
            self.wait(LOCK_SECONDS)
            self._locks_expire()
            self.meanwhile(self)
        self._unwatched(user)

    def _unwatched(self, user):
        watching, self.points.watching = self.points.watching, self.watch_successors
        self._run(user)
        self.points.watching = watching

    def settle(self):
        """Let time pass and everybody run until all is quiet; say whether it gets so."""
        self.points.watching = False
        self._locks_expire()
        for seconds in _ROUNDS:
            self.wait(seconds)
            self.run()
        for _ in range(_MORE_ROUNDS):
            before = self._done_so_far()
            self.wait(60)
            self.run()
            if before == self._done_so_far():
                return True
        return False
