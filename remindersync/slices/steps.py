"""What a step is: one pull, planned, and carried out unless the run only looks."""

from abc import ABC, abstractmethod

from remindersync.apply import Tally
from remindersync.guards import Verdict, judge
from remindersync.model import Ledger, Place, Plan, RunRef, Snapshot
from remindersync.plan import plan
from remindersync.pull import Pulled, Sources


class Steps(ABC):
    """Takes the pulls of one run in order; after each, `place` is where the next one begins.

    `read_again` says that something has to be read once more soon, though this run is over. `dry_plan` is what a run
    that only looks would do, None where things are done.
    """

    dry_plan: Plan | None = None

    def __init__(self, run: RunRef, sources: Sources, place: Place) -> None:
        self.run = run
        self.place = place
        self.tally = Tally()
        self.read_again = False
        self._sources = sources

    def step(self, pulled: Pulled) -> bool:
        """Take one pull; say whether all of it was carried out."""
        self.read_again = self.read_again or pulled.dropped
        return self._take(pulled)

    @abstractmethod
    def in_time(self) -> bool:
        """Say whether there is time for another step."""

    @abstractmethod
    def edits_wait(self) -> bool:
        """Say whether an edit made here waits for its turn."""

    def conclude(self) -> None:  # noqa: B027 a preview alone has to
        """Draw what can be drawn only once everything was read."""

    @abstractmethod
    def _take(self, pulled: Pulled) -> bool: ...

    def _judged(self, snapshot: Snapshot) -> Verdict:
        watch = self._sources.watch
        with watch.during("plan", pairs=len(snapshot.pairs)):
            verdict = judge(plan(snapshot), snapshot, self._ledger)
            planned = verdict.plan
            watch.note(here=len(planned.inbound), there=len(planned.outbound), held=len(verdict.hold))
        return verdict

    def _ledger(self) -> Ledger:
        with self._sources.runs.transaction(self.run) as tx:
            return tx.guards.ledger()
