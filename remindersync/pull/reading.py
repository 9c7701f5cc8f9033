"""What a pull reads from and finds, and where the next read starts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from remindersync.model import Intent, Place, SalesforceTask, Snapshot
from remindersync.ports import UNWATCHED, Clock, Key, Page, Runs, SalesforceTasks, Staged, Watch, Window

# What was stamped before a read but committed after it is caught by reading every window once more (SYNC-5).
SWEEP_DELAY = timedelta(minutes=15)
PAGE_ROWS = 2000

# Salesforce's Date header is cut to whole seconds and a read's start is rounded down once more: a difference
# of clocks below this is none.
CLOCK_ERROR_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a run reads: its book, its Salesforce and the app's clock; and who follows what it does."""

    runs: Runs
    salesforce: SalesforceTasks
    clock: Clock
    watch: Watch = UNWATCHED


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of the windows, page by page; `started` is when its first page was read.

    Rows of earlier pages that have to come again are stamped `kept` or later.
    """

    windows: tuple[Window, ...]
    started: datetime | None = None
    after: Key | None = None
    kept: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one pull found, and the place to save once that is applied.

    `onward` continues the pass, None after its last page. `resolved` are intents that need no more attention and
    `handed` Tasks that other users' runs left here. `dropped` says that a row was read too soon after our own
    write of it and has to be read again, `more_edits` that further edits made here wait. `staged` are rows of the
    org feed that were dealt with, `more_staged` says that further ones wait.
    `listed` are Tasks a person chose by name that were read.
    """

    snapshot: Snapshot
    place: Place
    onward: Pass | None = None
    resolved: tuple[Intent, ...] = ()
    handed: tuple[str, ...] = ()
    dropped: bool = False
    more_edits: bool = False
    staged: tuple[Staged, ...] = ()
    more_staged: bool = False
    listed: tuple[str, ...] = ()

    @property
    def has_chores(self) -> bool:
        """Whether something that waited here was dealt with."""
        return bool(self.resolved or self.handed or self.staged or self.listed)


def new_pass(place: Place) -> Pass:
    """Return the pass that reads on from `place`: the front, and the sweep of what was read a while ago."""
    if place.front is None:
        return Pass(())
    spans = [Window(place.front)]
    if place.swept is not None and place.swept < place.front - SWEEP_DELAY:
        spans.insert(0, Window(place.swept, place.front - SWEEP_DELAY))
    return Pass(tuple(spans))


def next_part(reading: Pass, page: Page) -> Pass | None:
    """Return the rest of a pass behind its page, None after the last one."""
    if not (page.more and page.tasks):
        return None
    last = page.tasks[-1]
    return Pass(reading.windows, reading.started or page.read_at, Key(last.stamp, last.id), reading.kept)


def moved_on(
    place: Place, reading: Pass, onward: Pass | None, started: datetime, dropped: Sequence[SalesforceTask]
) -> Place:
    """Return the place after a page: behind its last row, or after the last page behind the pass's start.

    A row that was dropped has to come again, so the front never passes one.
    """
    sweep_end = reading.windows[0].end
    front, swept = started, sweep_end or place.swept
    if onward is not None and onward.after is not None:
        at = onward.after.at
        assert isinstance(at, datetime)
        front = max(at, reading.windows[-1].start)
        swept = min(at, sweep_end) if sweep_end else place.swept
    again = [*(task.stamp for task in dropped), *([reading.kept] if reading.kept else [])]
    return replace(place, front=min([front, *again]), swept=swept)


def begun(place: Place, page: Page) -> Place:
    """Return the place of a user whose reading of changes begins with this page, if it has not begun yet."""
    if place.front is not None:
        return place
    return replace(place, front=page.read_at, swept=page.read_at - SWEEP_DELAY, reread_at=page.read_at)


def clock_offset(read_at: datetime, asked_at: datetime) -> float:
    """Return Salesforce's clock minus the app's in seconds, 0 where the difference is within the error."""
    low = (read_at - asked_at).total_seconds()
    if low <= 0 <= low + CLOCK_ERROR_SECONDS:
        return 0.0
    return low if low > 0 else low + CLOCK_ERROR_SECONDS
