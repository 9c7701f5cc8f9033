"""The order in which a slice reads: first what changed, then a first sync, then linked Tasks by id."""

from dataclasses import dataclass, field, fields, replace

from remindersync import newcomers, pull
from remindersync.model import Counts, Place, Plan, RunKind, RunRef
from remindersync.plan import plan
from remindersync.ports import Lease, Turns
from remindersync.pull import Pass, Pulled, Sources
from remindersync.slices import asked
from remindersync.slices.doing import Doing
from remindersync.slices.dry import Planning, Previewing
from remindersync.slices.steps import Steps


@dataclass(frozen=True, slots=True)
class Done:
    """What a slice did so far.

    `place` is where the next one begins. `fed` says that the org feed told all there was, `read_again` that something
    has to be read once more soon. `dry_plan` is what a run that only looks would do.
    """

    place: Place
    counts: Counts = field(default_factory=Counts)
    calls: int = 0
    fed: bool = False
    read_again: bool = False
    dry_plan: Plan | None = None

    def behind(self, before: "Done") -> "Done":
        """Return what two slices of one run did, of which this is the second."""
        names = (name.name for name in fields(Counts))
        counts = Counts(**{name: getattr(before.counts, name) + getattr(self.counts, name) for name in names})
        again = before.read_again or self.read_again
        return replace(before, place=self.place, counts=counts, calls=before.calls + self.calls, read_again=again)


class Slice:
    """The work of one run: steps, each of which saves its place."""

    def __init__(self, sources: Sources, steps: Steps) -> None:
        self._sources = sources
        self._steps = steps
        self._run = steps.run
        self._fed = False

    @property
    def done(self) -> Done:
        steps = self._steps
        calls = self._sources.salesforce.calls
        return Done(steps.place, steps.tally.counts, calls, self._fed, steps.read_again, steps.dry_plan)

    def go(self) -> bool:
        """Work until nothing is left or time is up; say whether something is left."""
        if self._run.only is not None or self._run.kind is RunKind.HAND_OVER:
            return self._chosen()
        more = self._all()
        self._steps.conclude()
        return more

    def edits(self) -> None:
        """Carry out the edits made here, with what changed in Salesforce, and nothing else."""
        if not self._pass():
            self._steps.read_again = True

    @property
    def _place(self) -> Place:
        return self._steps.place

    def _all(self) -> bool:
        if self._place.front is None and self._place.first is not None:
            self._steps.step(pull.first_page(self._sources, self._run, self._place))
        while self._pass():
            if self._place.first is None:
                return asked.carry_out(self._steps, self._sources) or self._reread()
            if not self._steps.in_time():
                return True
            self._first_sync()
        return True

    def _chosen(self) -> bool:
        """Bring one reminder in step, or give away what was assigned to others; each is tried once."""
        tried: set[str] = set()
        while True:
            pulled, chosen = pull.chosen(self._sources, self._run, self._place, tried)
            if not chosen:
                return False
            tried |= chosen
            if not self._steps.step(pulled):
                return True
            if self._run.only is not None or not self._steps.in_time():
                return self._run.only is None

    def _pass(self) -> bool:
        """Read every change once and carry it out with the edits made here; say whether all was done in time."""
        fed = self._from_feed()
        if fed is not None:
            return fed
        reading = pull.new_pass(self._place) if self._place.front is not None else None
        while reading is not None:
            pulled = pull.changes(self._sources, self._run, self._place, reading)
            if not self._steps.step(pulled) or pulled.more_edits:
                return False
            reading = self._onward(pulled)
            if reading is not None and not self._steps.in_time():
                return False
        return True

    def _onward(self, pulled: Pulled) -> Pass | None:
        """Return the rest of a pass, which remembers where rows have to come again that its own place passes over."""
        reading = pulled.onward
        if reading is not None and (pulled.dropped or _earlier(self._place, pulled.place)):
            return replace(reading, kept=self._place.front)
        return reading

    def _from_feed(self) -> bool | None:
        """Carry out what the org feed left here; say whether all was in time, None if Salesforce has to be asked.

        It has to for everything that is sent: that is planned from a read made right before (SYNC-4).
        """
        self._fed = False
        while self._steps.dry_plan is None:
            pulled = pull.staged(self._sources, self._run, self._place)
            if pulled is None or plan(pulled.snapshot).outbound:
                return None
            self._steps.step(pulled)
            self._fed = not pulled.more_staged
            if self._fed or not self._steps.in_time():
                return self._fed
        return None

    def _first_sync(self) -> None:
        """Import pages until the first sync is done, time is up, or an edit waits for its turn."""
        while self._place.first is not None and self._steps.in_time():
            self._steps.step(pull.first_page(self._sources, self._run, self._place))
            if self._steps.edits_wait():
                return

    def _reread(self) -> bool:
        """Read linked Tasks by id where that is due; say whether some are left."""
        now = self._place.front
        while now is not None and pull.reread_due(self._place, now):
            if self._run.kind is RunKind.EDIT:
                # As in `asked`: it is background work (DIAG-3).
                self._steps.read_again = True
                return False
            if not self._steps.in_time():
                return True
            self._steps.step(pull.reread(self._sources, self._run, self._place))
        return False


def begin(run: RunRef, sources: Sources, lease: Lease, turns: Turns, seconds: float) -> Slice:
    """Return a slice that works for `seconds` from now; one that only looks ends in one go."""
    if run.kind is RunKind.PREVIEW:
        place = _all_again(run, newcomers.previewed(run.place, run.started_at, run.choice))
        turned_on = replace(run, user=replace(run.user, turned_on_at=run.started_at))
        return Slice(sources, Previewing(turned_on, sources, place))
    place = _all_again(run, run.place)
    if run.kind is RunKind.DRY:
        return Slice(sources, Planning(run, sources, place))
    return Slice(sources, Doing(run, sources, place, lease, turns, seconds))


def _all_again(run: RunRef, place: Place) -> Place:
    """Return the place from which a full run reads every linked Task by id; a first sync that is to begin has none."""
    begun = place.first is None or place.front is not None
    return replace(place, reread_after="") if run.full and begun and place.reread_after is None else place


def _earlier(place: Place, planned: Place) -> bool:
    """Say whether rows have to come again that a page's own place would pass over."""
    return place.front is not None and planned.front is not None and place.front < planned.front
