"""Steps that are carried out: what happens here in one transaction with the place, then what is sent."""

from remindersync import pull
from remindersync.apply import Inbox, save
from remindersync.guards import Verdict
from remindersync.model import DeleteTask, Outbound, Place, Plan, RunRef
from remindersync.ports import Lease, Transaction, Turns
from remindersync.pull import Pulled, Sources
from remindersync.screening import screened
from remindersync.send import Sender, known_of
from remindersync.slices.steps import Steps

# So often a run plans a pair anew that somebody saved in Salesforce between its read and its write.
RACES = 2


class Doing(Steps):
    """Does what is planned for each pull, for `seconds` from now."""

    def __init__(self, run: RunRef, sources: Sources, place: Place, lease: Lease, turns: Turns, seconds: float) -> None:
        super().__init__(run, sources, place)
        self._lease = lease
        self._turns = turns
        self._deadline = sources.clock.monotonic() + seconds

    def in_time(self) -> bool:
        return self._sources.clock.monotonic() < self._deadline

    def edits_wait(self) -> bool:
        with self._sources.runs.transaction(self.run) as tx:
            return bool(tx.reminders.unsynced(1))

    def _take(self, pulled: Pulled, tries: int = RACES) -> bool:
        looked = screened(pulled.snapshot, self._sources.salesforce)
        verdict = self._judged(looked.snapshot)
        if looked.fault is not None:
            with self._sources.runs.transaction(self.run) as tx:
                tx.journal.fault(looked.fault)
        stale = self._do_here(verdict, pulled)
        fresh: list[Outbound] = [action for action in verdict.plan.outbound if action.reminder_id not in stale]
        return self._send(fresh, pulled, tries)

    def _do_here(self, verdict: Verdict, pulled: Pulled) -> set[str]:
        """Carry out the inbound half; return the reminders that were edited since they were read."""
        planned, told_here_only = verdict.plan, _told_by_their_row_only(verdict.plan)
        changes = planned.inbound or planned.owed or verdict.hold or verdict.release
        chores = changes or told_here_only or pulled.has_chores
        if not chores and _only_bookkeeping(self.place, pulled.place):
            self.place = pulled.place
            return set()
        with (
            self._sources.watch.during("apply", actions=len(planned.inbound)),
            self._sources.runs.transaction(self.run) as tx,
        ):
            inbox = self._inbox(tx, pulled)
            inbox.take(planned.inbound)
            inbox.owe(sorted(planned.owed))
            inbox.guard(verdict)
            # Nothing was taken in of a pair that was edited in between or waits: it is planned again, with its intents.
            untaken = inbox.stale | set(verdict.hold)
            tx.intents.close([one.id for one in pulled.resolved if one.reminder_id not in untaken], "void")
            tx.listed.done(_settled(pulled, inbox.stale))
            place = _settle_rows(tx, pulled, inbox.stale | told_here_only)
        # Not before the commit: a run that goes on after one that failed must not pass over what was rolled back.
        self.place = place
        return inbox.stale

    def _inbox(self, tx: Transaction, pulled: Pulled) -> Inbox:
        login, offset_seconds = self._sources.salesforce.login, pulled.snapshot.clock_offset_seconds
        return Inbox(tx, self.tally, self.run.user.email, login, offset_seconds)

    def _send(self, actions: list[Outbound], pulled: Pulled, tries: int) -> bool:
        """Write to Salesforce; say whether all was reached in time."""
        if not actions:
            return True
        sender = Sender(
            self._sources.runs,
            self.run,
            self._sources.salesforce,
            self._lease,
            self._sources.clock,
            self.tally,
            pulled.snapshot.clock_offset_seconds,
            known_of(pulled.snapshot),
            self._turns,
        )
        with self._sources.watch.during("send", actions=len(actions)):
            sent = sender.send(actions, until=self.in_time)
            self._sources.watch.note(all=sent.all, moved=len(sent.moved))
        self.read_again = self.read_again or sent.later
        return sent.all and self._plan_anew(sent.moved, pulled, tries)

    def _plan_anew(self, moved: set[str], before: Pulled, tries: int) -> bool:
        """Read and plan once more what somebody saved in Salesforce since it was read; nothing of it was written."""
        if not moved:
            return True
        if tries == 0 or not self.in_time():
            self.read_again = True
            return True
        pulled = pull.by_ids(self._sources, self.run, self.place, moved, rerender=before.snapshot.rerender)
        self.read_again = self.read_again or pulled.dropped
        return self._take(pulled, tries - 1)


def _only_bookkeeping(before: Place, after: Place) -> bool:
    """Say whether a place may wait for the run's last statement: reading again from the old one costs nothing."""
    return before.first == after.first and before.reread_after == after.reread_after


def _told_by_their_row_only(planned: Plan) -> set[str]:
    """Return the reminders whose Task is to be deleted with edits of people: until it is, only their row tells them.

    The reminder may be restored before, or the run end.
    """
    return {one.reminder_id for one in planned.outbound if isinstance(one, DeleteTask) and one.losses}


def _settle_rows(tx: Transaction, pulled: Pulled, again: set[str]) -> Place:
    """Note which rows need no further run: all but those of reminders to be planned `again`; return the place."""
    pairs = [pair for pair in pulled.snapshot.pairs if pair.reminder is not None and pair.reminder.id in again]
    rows = [pair.task for pair in pairs if pair.task is not None]
    left = {task.id for task in rows}
    tx.handovers.done([task_id for task_id in pulled.handed if task_id not in left])
    tx.feed.used([row for row in pulled.staged if row.task.id not in left])
    return save(tx, pulled.place, [task.stamp for task in rows])


def _settled(pulled: Pulled, stale: set[str]) -> list[str]:
    """Return the Tasks chosen by name that need no further read: all but those of reminders edited in between."""
    left = {pair.task.id for pair in pulled.snapshot.pairs if pair.task and pair.match and pair.match.id in stale}
    return [one for one in pulled.listed if one not in left]
