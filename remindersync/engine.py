"""One run of one user: lock, fence, then pull, plan and apply in steps until nothing is left or the slice is over."""

import logging
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from remindersync import newcomers, pull
from remindersync.apply import Inbox, Tally, save
from remindersync.errors import (
    AllowanceSpent,
    Busy,
    Destiny,
    LoginLost,
    RunRefused,
    SalesforceRefused,
    SalesforceUnclear,
    Superseded,
    SyncError,
)
from remindersync.guards import Verdict, judge
from remindersync.mapping import following
from remindersync.model import (
    Action,
    AskedItem,
    HandOver,
    ImportTask,
    Ledger,
    Outbound,
    Outcome,
    Place,
    Plan,
    Rebase,
    Reminder,
    Report,
    RunKind,
    RunRef,
    Snapshot,
)
from remindersync.pace import Pace
from remindersync.plan import plan
from remindersync.ports import AskedPlace, Clock, Connect, Finish, Lease, Locks, Runs, SalesforceTasks, Staged, Turns
from remindersync.pull import Pulled, Sources
from remindersync.screening import screened
from remindersync.send import FREE, Sender, known_of
from remindersync.subject import renewing

log = logging.getLogger(__name__)

SLICE_SECONDS = 20.0
# Somebody has to act first in Salesforce, which no message tells: a look an hour. An edit here comes sooner.
HOPELESS_SECONDS = 3600.0
# Stamps and the Date header are whole seconds: after this long a row's read is surely later than our write of it.
READ_AGAIN_SECONDS = 2.0
# So often a run plans a pair anew that somebody saved in Salesforce between its read and its write.
RACES = 2


class Engine:
    """Keeps one user's reminders and Tasks in step, a slice at a time. Safe to share between threads."""

    def __init__(  # noqa: PLR0913 the ports, each once
        self,
        runs: Runs,
        connect: Connect,
        locks: Locks,
        clock: Clock,
        pace: Pace | None = None,
        slice_seconds: float = SLICE_SECONDS,
        *,
        turns: Turns = FREE,
    ) -> None:
        self._runs = runs
        self._connect = connect
        self._locks = locks
        self._clock = clock
        self._pace = pace or Pace()
        self._slice_seconds = slice_seconds
        self._turns = turns

    def sync_user(self, user_id: str, claim: int | None = None) -> Report:
        """Run one slice for a user and say how it ended; expected trouble is an outcome, never an exception.

        `claim` is the number that came with the message, None for a run asked for directly. Where another run
        holds the lock, the user is noted as due once more and nothing is done.
        """
        try:
            lease = self._locks.acquire(f"user:{user_id}")
        except RunRefused as refused:
            return Report(user_id, Outcome.RETRY, error=str(refused))
        if lease is None:
            self._runs.again(user_id, claim)
            return Report(user_id, Outcome.BUSY)
        try:
            run = self._runs.start(user_id, claim)
            if isinstance(run, Outcome):
                return Report(user_id, run)
            return self._run(run, lease)
        finally:
            lease.release()

    def _run(self, run: RunRef, lease: Lease, *, again: bool = False) -> Report:
        slice_ = None
        try:
            salesforce = self._connect(run.user, background=run.kind not in (RunKind.EDIT, RunKind.PREVIEW))
            slice_ = Slice(self._runs, run, salesforce, lease, self._clock, self._slice_seconds, turns=self._turns)
            more = slice_.go()
            return self._finish(run, slice_, Outcome.MORE if more else Outcome.DONE)
        except Superseded:
            return Report(run.user.id, Outcome.SUPERSEDED)
        except LoginLost as lost:
            if run.kind is not RunKind.HAND_OVER or again:
                return self._failed(run, slice_, lost)
        except SyncError as error:
            return self._failed(run, slice_, error)
        # The login of who leaves was their own until now; from here on it is the team's (SYNC-10).
        return self._run(run, lease, again=True)

    def _failed(self, run: RunRef, slice_: "Slice | None", error: SyncError) -> Report:
        try:
            fault = error.fault if isinstance(error, SalesforceRefused | SalesforceUnclear) else None
            if fault is not None:
                with self._runs.transaction(run) as tx:
                    tx.journal.fault(fault)
            return self._finish(run, slice_, _outcome(error), error, _wait_seconds(run, error))
        except Superseded:
            return Report(run.user.id, Outcome.SUPERSEDED)

    def _finish(
        self,
        run: RunRef,
        slice_: "Slice | None",
        outcome: Outcome,
        error: SyncError | None = None,
        wait_seconds: float | None = None,
    ) -> Report:
        tally = slice_.tally if slice_ else Tally()
        rest = self._pace.rest(
            outcome,
            run.poll_seconds,
            changed=tally.counts.changed > 0,
            # A run that failed is repeated at a moment of its own, else those that failed together meet again (DIAG-1).
            spread=_spread(run.user.id if error is None else f"{run.user.id} {run.fence}"),
            fed=slice_ is not None and slice_.fed,
            calls_each=self._pace.calls_each(run.user.org_id),
        )
        wait = rest.wait_seconds if wait_seconds is None else max(wait_seconds, 1.0)
        if slice_ is not None and slice_.read_again:
            wait = READ_AGAIN_SECONDS if run.kind is RunKind.HAND_OVER else min(wait, READ_AGAIN_SECONDS)
        end = Finish(
            outcome,
            slice_.place if slice_ else run.place,
            tally.counts,
            slice_.salesforce.calls if slice_ else 0,
            wait,
            rest.poll_seconds,
            str(error) if error else None,
            _plan(slice_, error) if slice_ else None,
        )
        due = self._runs.finish(run, end)
        return Report(run.user.id, outcome, end.counts, end.calls, due, end.error, end.plan)


def _plan(slice_: "Slice", error: SyncError | None) -> Plan | None:
    # Half a preview is none.
    return Plan() if error is not None and slice_.run.kind is RunKind.PREVIEW else slice_.dry_plan


def _outcome(error: SyncError) -> Outcome:
    if isinstance(error, LoginLost):
        return Outcome.RECONNECT
    if isinstance(error, AllowanceSpent):
        return Outcome.WAITING
    if isinstance(error, SalesforceRefused) and error.fault.destiny is Destiny.PARK:
        return Outcome.FAILED
    if isinstance(error, SalesforceRefused | SalesforceUnclear | RunRefused | Busy):
        return Outcome.RETRY
    return Outcome.FAILED


def _wait_seconds(run: RunRef, error: SyncError) -> float | None:
    """Return seconds until another try where the error says so, None where the pace does."""
    if isinstance(error, AllowanceSpent):
        return error.wait_seconds
    if _outcome(error) is Outcome.FAILED and isinstance(error, SalesforceRefused):
        return HOPELESS_SECONDS * (1 + _spread(f"{run.user.id} {run.fence}") / 10)
    return None


def _spread(who: str) -> float:
    """Return a number in [0, 1), the same for the same `who`: herds that once formed do not re-form."""
    return int.from_bytes(sha256(who.encode()).digest()[:4]) / 2**32


class Slice:
    """The work of one run: at most `seconds` of steps, each of which saves its place."""

    def __init__(  # noqa: PLR0913 the ports, each once
        self,
        runs: Runs,
        run: RunRef,
        salesforce: SalesforceTasks,
        lease: Lease,
        clock: Clock,
        seconds: float,
        *,
        turns: Turns,
    ) -> None:
        self.run = run
        self.salesforce = salesforce
        self.tally = Tally()
        self.place = run.place
        self.read_again = False
        self.fed = False
        self.dry_plan: Plan | None = Plan() if run.kind in (RunKind.DRY, RunKind.PREVIEW) else None
        self._look = newcomers.Look() if run.kind is RunKind.PREVIEW else None
        self._planned: set[str] = set()
        self._runs = runs
        self._lease = lease
        self._turns = turns
        self._clock = clock
        self._deadline = clock.monotonic() + seconds
        self._sources = Sources(runs, salesforce, clock)
        if self._look is not None:
            self.run = replace(run, user=replace(run.user, turned_on_at=run.started_at))
            self.place = newcomers.previewed(run.place, run.started_at, run.choice)
        if run.full and self.place.reread_after is None and (self.place.first is None or self.place.front is not None):
            self.place = replace(self.place, reread_after="")

    def go(self) -> bool:
        """Work until nothing is left or time is up; say whether something is left."""
        if self.run.only is not None or self.run.kind is RunKind.HAND_OVER:
            return self._chosen()
        more = self._all()
        if self._look is not None:
            self.dry_plan = self._seen(self._look)
        return more

    def _all(self) -> bool:
        if self.place.front is None and self.place.first is not None:
            self._step(pull.first_page(self._sources, self.run, self.place))
        while self._pass():
            if self.place.first is None:
                return self._carry_out_asked() or self._reread()
            if not self._in_time():
                return True
            self._first_sync()
        return True

    def _seen(self, look: newcomers.Look) -> Plan:
        """Return what turning on would do about all that was read (FIRST-6)."""
        local: list[Reminder] = []
        if self.run.choice.match_existing:
            with self._runs.transaction(self.run) as tx:
                local = tx.reminders.local()
        snapshot, found = look.whole(local)
        if snapshot is None:
            return Plan()
        planned = judge(plan(snapshot), snapshot, self._ledger).plan
        names = {one.id: one.name for one in local} | dict(look.names())
        return replace(planned, skipped=planned.skipped + found.unclear, names=names)

    def _chosen(self) -> bool:
        """Bring one reminder in step, or give away what was assigned to others; each is tried once."""
        tried: set[str] = set()
        while True:
            pulled, chosen = pull.chosen(self._sources, self.run, self.place, tried)
            if not chosen:
                return False
            tried |= chosen
            self.read_again = self.read_again or pulled.dropped
            if not self._step(pulled):
                return True
            if self.run.only is not None or not self._in_time():
                return self.run.only is None

    def _pass(self) -> bool:
        """Read every change once and carry it out with the edits made here; say whether all was done in time."""
        fed = self._from_feed()
        if fed is not None:
            return fed
        reading = pull.new_pass(self.place) if self.place.front is not None else None
        while reading is not None:
            pulled = pull.changes(self._sources, self.run, self.place, reading)
            self.read_again = self.read_again or pulled.dropped
            if not self._step(pulled) or pulled.more_edits:
                return False
            reading = pulled.onward
            if reading is not None and (pulled.dropped or _earlier(self.place, pulled.place)):
                reading = replace(reading, kept=self.place.front)
            if reading is not None and not self._in_time():
                return False
        return True

    def _from_feed(self) -> bool | None:
        """Carry out what the org feed left here; say whether all was in time, None if Salesforce has to be asked.

        It has to for everything that is sent: that is planned from a read made right before (SYNC-4).
        """
        self.fed = False
        while self.dry_plan is None:
            pulled = pull.staged(self._sources, self.run, self.place)
            if pulled is None or plan(pulled.snapshot).outbound:
                return None
            self._step(pulled)
            self.fed = not pulled.more_staged
            if self.fed or not self._in_time():
                return self.fed
        return None

    def _first_sync(self) -> None:
        """Import pages until the first sync is done, time is up, or an edit waits for its turn."""
        while self.place.first is not None and self._in_time():
            self._step(pull.first_page(self._sources, self.run, self.place))
            if self._edits_wait():
                return

    def _reread(self) -> bool:
        """Read linked Tasks by id where that is due; say whether some are left."""
        now = self.place.front
        while now is not None and pull.reread_due(self.place, now):
            if not self._in_time():
                return True
            self._step(pull.reread(self._sources, self.run, self.place))
        return False

    def _carry_out_asked(self) -> bool:
        """Carry out what an admin asked for after a preview, a page at a time; say whether some is left for later."""
        if self.run.asked and self.run.kind is RunKind.EDIT:
            # It is background work, which stops before people's own edits do (DIAG-3): the next run's.
            self.read_again = True
            return False
        after: AskedPlace | None = None
        while self.run.asked and self.dry_plan is None:
            if not self._in_time():
                return True
            with self._runs.transaction(self.run) as tx:
                items = tx.asked.waiting(after, pull.EDITS)
                followed = following.take(tx, items, self.run.user)
            if not items:
                return False
            self.tally.add("updated_here", followed)
            self._render_anew(items)
            after = items[-1].reminder_id, items[-1].action_id
            if self._edits_wait():
                return True
        return False

    def _render_anew(self, items: list[AskedItem]) -> None:
        with self._runs.transaction(self.run) as tx:
            links = renewing.take(tx, items, self.run.user)
        if not links:
            return
        pulled = pull.renewed(self._sources, self.run, self.place, links)
        self.read_again = self.read_again or pulled.dropped
        self._step(pulled)
        with self._runs.transaction(self.run) as tx:
            renewing.take(tx, items, self.run.user)

    def _edits_wait(self) -> bool:
        if self.dry_plan is not None:
            return False
        with self._runs.transaction(self.run) as tx:
            return bool(tx.reminders.unsynced(1))

    def _in_time(self) -> bool:
        # A dry run saves no place, so it cannot go on later: it ends in one go.
        return self.dry_plan is not None or self._clock.monotonic() < self._deadline

    def _step(self, pulled: Pulled, tries: int = RACES) -> bool:
        """Plan and carry out one pull; say whether all of it was carried out."""
        if self._look is not None:
            self._look.see(screened(pulled.snapshot, self.salesforce).snapshot)
            self.place = pulled.place
            return True
        looked = screened(self._unplanned(pulled.snapshot), self.salesforce)
        verdict = judge(plan(looked.snapshot), looked.snapshot, self._ledger)
        planned = verdict.plan
        if self.dry_plan is not None:
            self.dry_plan = _joined(self.dry_plan, planned)
            self.place = pulled.place
            return True
        if looked.fault is not None:
            with self._runs.transaction(self.run) as tx:
                tx.journal.fault(looked.fault)
        offset = pulled.snapshot.clock_offset_seconds
        stale = self._take(verdict, pulled, offset)
        fresh: list[Outbound] = [action for action in planned.outbound if action.reminder_id not in stale]
        return self._send(fresh, pulled, tries)

    def _send(self, actions: list[Outbound], pulled: Pulled, tries: int) -> bool:
        """Write to Salesforce; say whether all was reached in time."""
        sender = Sender(
            self._runs,
            self.run,
            self.salesforce,
            self._lease,
            self._clock,
            self.tally,
            pulled.snapshot.clock_offset_seconds,
            known_of(pulled.snapshot),
            self._turns,
        )
        sent = sender.send(actions, until=self._in_time)
        self.read_again = self.read_again or sent.later
        return sent.all and self._plan_anew(sent.moved, pulled, tries)

    def _plan_anew(self, moved: set[str], before: Pulled, tries: int) -> bool:
        """Read and plan once more what somebody saved in Salesforce since it was read; nothing of it was written."""
        if not moved:
            return True
        if tries == 0 or not self._in_time():
            self.read_again = True
            return True
        pulled = pull.by_ids(self._sources, self.run, self.place, moved, rerender=before.snapshot.rerender)
        self.read_again = self.read_again or pulled.dropped
        return self._step(pulled, tries - 1)

    def _unplanned(self, snapshot: Snapshot) -> Snapshot:
        """Return what this dry run has not planned for already: nothing was done about that, so it shows once more."""
        if self.dry_plan is None:
            return snapshot
        fresh = tuple(pair for pair in snapshot.pairs if pair.task is None or pair.task.id not in self._planned)
        missing = tuple(link for link in snapshot.unreadable if link.task_id not in self._planned)
        self._planned |= {pair.task.id for pair in snapshot.pairs if pair.task is not None}
        return replace(snapshot, pairs=fresh, unreadable=missing)

    def _ledger(self) -> Ledger:
        with self._runs.transaction(self.run) as tx:
            return tx.guards.ledger()

    def _take(self, verdict: Verdict, pulled: Pulled, offset_seconds: float) -> set[str]:
        """Carry out the inbound half; return the reminders that were edited since they were read."""
        planned = verdict.plan
        chores = planned.inbound or planned.owed or verdict.hold or verdict.release or pulled.has_chores
        if not chores and _only_bookkeeping(self.place, pulled.place):
            self.place = pulled.place
            return set()
        with self._runs.transaction(self.run) as tx:
            inbox = Inbox(tx, self.tally, self.run.user.email, offset_seconds)
            inbox.take(planned.inbound)
            inbox.owe(sorted(planned.owed))
            inbox.guard(verdict)
            # Nothing was taken in of a pair that was edited in between or waits: it is planned again, with its intents.
            untaken = inbox.stale | set(verdict.hold)
            tx.intents.close([one.id for one in pulled.resolved if one.reminder_id not in untaken], "void")
            tx.handovers.done(pulled.handed)
            tx.feed.used(_dealt_with(pulled, inbox.stale))
            tx.listed.done(_settled(pulled, inbox.stale))
            place = save(tx, pulled.place, _stamps(pulled, inbox.stale))
        # Not before the commit: a run that goes on after one that failed must not pass over what was rolled back.
        self.place = place
        return inbox.stale


def _joined(before: Plan, more: Plan) -> Plan:
    """Return both plans as one; what a dry run planned already it sees again, for nothing was done about it."""
    known = {action.reason + str(_subject_of(action)) for action in (*before.inbound, *before.outbound)}
    return Plan(
        before.inbound + tuple(one for one in more.inbound if one.reason + str(_subject_of(one)) not in known),
        before.outbound + tuple(one for one in more.outbound if one.reason + str(_subject_of(one)) not in known),
    )


def _subject_of(action: Action) -> str:
    match action:
        case ImportTask():
            return action.reminder.id
        case Rebase() | HandOver():
            return action.link.reminder_id
        case _:
            return action.reminder_id


def _only_bookkeeping(before: Place, after: Place) -> bool:
    """Say whether a place may wait for the run's last statement: reading again from the old one costs nothing."""
    return before.first == after.first and before.reread_after == after.reread_after


def _earlier(place: Place, planned: Place) -> bool:
    """Say whether rows have to come again that a page's own place would pass over."""
    return place.front is not None and planned.front is not None and place.front < planned.front


def _dealt_with(pulled: Pulled, stale: set[str]) -> list[Staged]:
    """Return the staged rows that need no further run: all but those of reminders edited in between."""
    left = {pair.task.id for pair in pulled.snapshot.pairs if pair.task and pair.reminder and pair.reminder.id in stale}
    return [row for row in pulled.staged if row.task.id not in left]


def _settled(pulled: Pulled, stale: set[str]) -> list[str]:
    """Return the Tasks chosen by name that need no further read: all but those of reminders edited in between."""
    left = {pair.task.id for pair in pulled.snapshot.pairs if pair.task and pair.match and pair.match.id in stale}
    return [one for one in pulled.listed if one not in left]


def _stamps(pulled: Pulled, stale: set[str]) -> list[datetime]:
    """Return the stamps of rows whose reminder was edited in between: they have to come again."""
    return [
        pair.task.stamp
        for pair in pulled.snapshot.pairs
        if pair.task is not None and pair.reminder is not None and pair.reminder.id in stale
    ]
