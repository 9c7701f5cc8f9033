"""Steps of runs that only look: what a dry run would do, and what turning sync on would (FIRST-6)."""

from dataclasses import replace

from remindersync import newcomers
from remindersync.model import Place, Plan, Reminder, RunRef, Snapshot
from remindersync.pull import Pulled, Sources
from remindersync.screening import screened
from remindersync.slices.steps import Steps


class _Looking(Steps):
    def __init__(self, run: RunRef, sources: Sources, place: Place) -> None:
        super().__init__(run, sources, place)
        self.dry_plan = Plan()

    def in_time(self) -> bool:
        # A run that only looks saves no place, so it cannot go on later: it ends in one go.
        return True

    def edits_wait(self) -> bool:
        return False


class Planning(_Looking):
    """Plans each pull and does nothing."""

    def __init__(self, run: RunRef, sources: Sources, place: Place) -> None:
        super().__init__(run, sources, place)
        self._planned: set[str] = set()

    def _take(self, pulled: Pulled) -> bool:
        looked = screened(self._unplanned(pulled.snapshot), self._sources.salesforce)
        self.dry_plan = _joined(self.dry_plan or Plan(), self._judged(looked.snapshot).plan)
        self.place = pulled.place
        return True

    def _unplanned(self, snapshot: Snapshot) -> Snapshot:
        """Return what this run has not planned for already: nothing was done about that, so it shows once more."""
        fresh = tuple(pair for pair in snapshot.pairs if pair.task is None or pair.task.id not in self._planned)
        missing = tuple(link for link in snapshot.unreadable if link.task_id not in self._planned)
        self._planned |= {pair.task.id for pair in snapshot.pairs if pair.task is not None}
        return replace(snapshot, pairs=fresh, unreadable=missing)


class Previewing(_Looking):
    """Sees everything first, and plans it as one."""

    def __init__(self, run: RunRef, sources: Sources, place: Place) -> None:
        super().__init__(run, sources, place)
        self._look = newcomers.Look()

    def _take(self, pulled: Pulled) -> bool:
        self._look.see(screened(pulled.snapshot, self._sources.salesforce).snapshot)
        self.place = pulled.place
        return True

    def conclude(self) -> None:
        local: list[Reminder] = []
        if self.run.choice.match_existing:
            with self._sources.runs.transaction(self.run) as tx:
                local = tx.reminders.local()
        snapshot, found = self._look.whole(local)
        if snapshot is None:
            return
        planned = self._judged(snapshot).plan
        names = {one.id: one.name for one in local} | dict(self._look.names())
        self.dry_plan = replace(planned, skipped=planned.skipped + found.unclear, names=names)


def _joined(before: Plan, more: Plan) -> Plan:
    """Return both plans as one; what a dry run planned already it sees again, for nothing was done about it."""
    known = {action.reason + action.reminder_id for action in (*before.inbound, *before.outbound)}
    return Plan(
        before.inbound + tuple(one for one in more.inbound if one.reason + one.reminder_id not in known),
        before.outbound + tuple(one for one in more.outbound if one.reason + one.reminder_id not in known),
    )
