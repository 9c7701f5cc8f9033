"""The store in dicts: the book of runs, and what people in the app do. For one thread."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from types import MappingProxyType
from uuid import uuid4

from remindersync.apply import OUT_OF_REACH
from remindersync.errors import Fault, Superseded
from remindersync.memory.asked import waits
from remindersync.memory.locks import MemoryClock
from remindersync.memory.scope import Scope
from remindersync.memory.state import Asked, MemoryUser, State
from remindersync.memory.transaction import MemoryTransaction
from remindersync.model import ActsAs, Choice, LinkState, Outcome, Place, Reminder, RunKind, RunRef, Status, SyncUser
from remindersync.newcomers import begun
from remindersync.ports import Finish

_ASKED_FOR = (RunKind.FIRST, RunKind.FULL, RunKind.DRY, RunKind.ONE, RunKind.HAND_OVER)


@dataclass
class MemoryStore:
    """Fulfils `ports.Runs`; `state` is what a test looks at, `commits` counts the blocks that changed it."""

    clock: MemoryClock
    state: State = field(default_factory=State)
    commits: int = 0
    _claims: Iterator[int] = field(default_factory=lambda: count(1))

    # ── What happens outside of runs ──

    def add_user(self, user: SyncUser, place: Place) -> MemoryUser:
        """Add a user whose sync is on."""
        self.state.users[user.id] = MemoryUser(user, place, due_at=self.clock.now())
        return self.state.users[user.id]

    def turn_off(self, user_id: str) -> None:
        """Switch a user's sync off: a run under way may write nothing more (FIRST-7)."""
        user = self.state.users[user_id]
        self.state.users[user_id] = replace(user, on=False, due_at=None, claim=None, asked=[])
        for key in [one for one in self.state.listed if one[0] == user_id]:
            del self.state.listed[key]

    def turn_on(
        self, user_id: str, choice: Choice | None = None, listed: Mapping[str, str | None] = MappingProxyType({})
    ) -> None:
        """Switch a user's sync on again: every linked Task is re-read (FIRST-4); who never synced begins.

        `listed` are Tasks chosen by name: to be imported, or matched with a reminder (FIRST-6).
        """
        user, now = self.state.users[user_id], self.clock.now()
        place = begun(user.place, now, choice or Choice(), len(listed))
        on = replace(user, on=True, user=replace(user.user, turned_on_at=now), place=place, due_at=now, asked=[])
        self.state.users[user_id] = on
        self.state.listed |= {(user_id, task_id): reminder_id for task_id, reminder_id in listed.items()}
        if place.first is not None:
            self.ask(user_id, RunKind.FIRST)
        if user.place != Place():
            self.ask(user_id, RunKind.FULL)

    def preview(self, user_id: str, choice: Choice) -> None:
        """Ask for a look at what turning on would do; the plan is in the report of the run."""
        self.state.users[user_id].asked.append(Asked(str(uuid4()), RunKind.PREVIEW, full=True, choice=choice))

    def deactivate(self, user_id: str) -> None:
        """Deactivate a user: their sync is off until they are active again (SYNC-10)."""
        self.turn_off(user_id)
        self.state.users[user_id].active = False

    def activate(self, user_id: str) -> None:
        """Activate a user again, and turn their sync on."""
        self.state.users[user_id].active = True
        self.turn_on(user_id)

    def claim(self, user_id: str) -> int:
        """Return the number that may start the user's next run, in place of any earlier one."""
        claim = self.state.users[user_id].claim = next(self._claims)
        return claim

    def ask(self, user_id: str, kind: RunKind, *, full: bool = False, only: str | None = None) -> str:
        """Ask for a run, `full` or of one reminder `only`; return its id."""
        asked = Asked(str(uuid4()), kind, full=full or kind is RunKind.FULL, only=only)
        self.state.users[user_id].asked.append(asked)
        return asked.id

    def edit(self, reminder_id: str, **changes: object) -> Reminder:
        """Change a reminder as a person in the app would: version, edit times and due mark follow."""
        before = self.state.reminders[reminder_id]
        now = self.clock.now()
        times = {**before.edited_at, **dict.fromkeys(changes, now)}
        restored = before.deleted_at is not None and changes.get("deleted_at", before.deleted_at) is None
        hold = {"hold_until": None, "refusals": 0} if before.refusals or restored else {}
        news = {**hold, **changes, "version": before.version + 1, "edited_at": times, "updated_at": now}
        after = replace(before, **news)  # type: ignore[arg-type]  # field names of Reminder
        if after.status is not before.status:
            after = replace(after, completed_at=now if after.status is Status.COMPLETED else None)
        self.state.reminders[reminder_id] = after
        self.edited_now(after.owner_id)
        return after

    def edited_now(self, user_id: str) -> None:
        """Make a user due as an edit does."""
        self.state.users[user_id].mark_due(self.clock.now(), interactive=True)

    def open_faults(self) -> list[tuple[Fault, str | None, str | None, int]]:
        """Return the open diagnostics: fault, reminder, Task and how often each was met."""
        return [(fault, cause[2], cause[3], times) for cause, (fault, times) in self.state.faults.items()]

    # ── Runs ──

    def start(self, user_id: str, claim: int | None) -> RunRef | Outcome:
        user = self.state.users.get(user_id)
        if user is None or not user.may_run:
            return Outcome.OFF
        if claim not in (None, user.claim):
            return Outcome.STALE_CLAIM
        kind = RunKind.FIRST if user.place.first else RunKind.EDIT if user.interactive else RunKind.POLL
        asked = _next(user)
        if asked is not None:
            user.asked = [replace(one, running=True) if one == asked else one for one in user.asked]
        user.fence, user.claim, user.again, user.interactive = user.fence + 1, None, False, False
        run = RunRef(str(uuid4()), user.user, user.fence, kind, user.place, self.clock.now(), user.poll_seconds)
        run = replace(run, asked=waits(self.state, user_id))
        if asked is None:
            return run
        who = run.user
        if asked.kind is RunKind.HAND_OVER and who.acts_as is ActsAs.OWN:
            who = replace(who, acts_as=ActsAs.EITHER)
        return replace(
            run, id=asked.id, kind=asked.kind, user=who, full=asked.full, only=asked.only, choice=asked.choice
        )

    def again(self, user_id: str, claim: int | None) -> None:
        user = self.state.users[user_id]
        if claim in (None, user.claim):
            user.claim = None
            user.mark_due(self.clock.now())

    @contextmanager
    def transaction(self, run: RunRef) -> Iterator[MemoryTransaction]:
        self._holding(run)
        scope = Scope(self.state, run, self.clock.now())
        try:
            yield MemoryTransaction(scope)
        except BaseException:
            scope.undo.take_back()
            raise
        self.commits += bool(scope.undo)
        for user_id in scope.woken:
            self.state.users[user_id].mark_due(self.clock.now())

    def finish(self, run: RunRef, end: Finish) -> datetime | None:
        user = self._holding(run)
        if end.plan is None:
            user.place = end.place
        user.poll_seconds = end.poll_seconds
        if end.outcome in (Outcome.DONE, Outcome.MORE) and not self._out_of_reach(run.user.id):
            self.state.faults.pop((run.user.id, OUT_OF_REACH.code, None, None), None)
        user.asked = list(_left(user, run, end.outcome))
        further = any(one.id != run.id for one in user.asked) and end.outcome in (Outcome.DONE, Outcome.MORE)
        wait = 0 if user.again or further else end.wait_seconds
        user.due_at = self.clock.now() + timedelta(seconds=wait)
        return user.due_at

    def _out_of_reach(self, user_id: str) -> bool:
        away = (one.reminder_id for one in self.state.links.values() if one.state is LinkState.UNREACHABLE)
        mine = (self.state.reminders[one] for one in away)
        return any(one.owner_id == user_id and one.deleted_at is None for one in mine)

    def _holding(self, run: RunRef) -> MemoryUser:
        user = self.state.users[run.user.id]
        if user.fence != run.fence or not user.may_run:
            raise Superseded("A later run took over, or sync was turned off.")
        return user


def _next(user: MemoryUser) -> Asked | None:
    """Return the asked-for run to take up: one a person waits for, one that has begun, else the oldest."""
    return min(user.asked, key=lambda one: (not one.comes_between, not one.running), default=None)


def _left(user: MemoryUser, run: RunRef, outcome: Outcome) -> Iterator[Asked]:
    """Yield the asked-for runs that are left after one ended: it stays if it goes on or has to wait."""
    put_off = outcome in (Outcome.RETRY, Outcome.WAITING) and run.kind in _ASKED_FOR
    for one in user.asked:
        if one.id != run.id:
            yield one
        elif outcome is Outcome.MORE or put_off:
            yield replace(one, running=outcome is Outcome.MORE)
