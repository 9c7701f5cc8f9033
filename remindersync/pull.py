"""Pull what changed on both sides into a snapshot; the only stage that reads."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from remindersync import newcomers, pairing
from remindersync.model import (
    FirstSync,
    Intent,
    Pair,
    Place,
    RunRef,
    SalesforceTask,
    Snapshot,
    WriteKind,
)
from remindersync.newcomers import MAY_LAND
from remindersync.pairing import Gathered
from remindersync.ports import Clock, Key, Page, Runs, SalesforceTasks, Window

# What was stamped before a read but committed after it is caught by reading every window once more (SYNC-5).
SWEEP_DELAY = timedelta(minutes=15)
REREAD_EVERY = timedelta(hours=1)
PAGE_ROWS = 2000
FIRST_PAGE_ROWS = 200
REREAD_ROWS = 200
EDITS = 200

# Salesforce's Date header is cut to whole seconds and a read's start is rounded down once more: a difference
# of clocks below this is none.
CLOCK_ERROR_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a run reads: its book, its Salesforce and the app's clock."""

    runs: Runs
    salesforce: SalesforceTasks
    clock: Clock


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of the windows, page by page; `started` is when its first page was read."""

    windows: tuple[Window, ...]
    started: datetime | None = None
    after: Key | None = None


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one pull found, and the place to save once that is applied.

    `onward` continues the pass, None after its last page. `resolved` are intents that need no more attention and
    `handed` Tasks that other users' runs left here. `dropped` says that a row was read too soon after our own
    write of it and has to be read again, `more_edits` that further edits made here wait.
    """

    snapshot: Snapshot
    place: Place
    onward: Pass | None = None
    resolved: tuple[str, ...] = ()
    handed: tuple[str, ...] = ()
    dropped: bool = False
    more_edits: bool = False


def new_pass(place: Place) -> Pass:
    """Return the pass that reads on from `place`: the front, and the sweep of what was read a while ago."""
    if place.front is None:
        return Pass(())
    spans = [Window(place.front)]
    if place.swept is not None and place.swept < place.front - SWEEP_DELAY:
        spans.insert(0, Window(place.swept, place.front - SWEEP_DELAY))
    return Pass(tuple(spans))


def changes(sources: Sources, run: RunRef, place: Place, reading: Pass) -> Pulled:
    """Pull one page of changed Tasks; with the last page come the reminders edited here.

    Edits are planned only once every changed Task is known, else a write could run over a value not yet seen.
    """
    asked_at = sources.clock.now()
    page = sources.salesforce.changed(reading.windows, after=reading.after, limit=PAGE_ROWS)
    offset = clock_offset(page.read_at, asked_at)
    started = reading.started or page.read_at
    onward = Pass(reading.windows, started, _key(page)) if page.more and page.tasks else None
    gathered = _gather(sources, run, page, last=onward is None)
    with sources.runs.transaction(run) as tx:
        pairs, dropped = pairing.pairs(tx, run, gathered)
    moved = _moved_on(place, reading, onward, started, dropped)
    snapshot = Snapshot(
        run.user, sources.salesforce.facts(), page.read_at, pairs, place.front, offset, import_since=place.since
    )
    resolved = _resolved(gathered, pairs, page.read_at)
    more_edits = len(gathered.edits) == EDITS
    return Pulled(snapshot, moved, onward, resolved, gathered.handed, bool(dropped), more_edits)


def first_page(sources: Sources, run: RunRef, place: Place) -> Pulled:
    """Pull one page of a first sync: Tasks due today or later by date, then the rest (FIRST-3)."""
    first = place.first
    assert first is not None
    if first.total is None:
        first = replace(first, total=sources.salesforce.count_first(first.since))
    asked_at = sources.clock.now()
    today = asked_at.astimezone(ZoneInfo(run.user.time_zone)).date()
    page = sources.salesforce.first(first, today, limit=FIRST_PAGE_ROWS)
    offset = clock_offset(page.read_at, asked_at)
    with sources.runs.transaction(run) as tx:
        pairs, _ = pairing.pairs(tx, run, Gathered(page.tasks))
    snapshot = Snapshot(
        run.user, sources.salesforce.facts(), page.read_at, pairs, place.front, offset, import_since=place.since
    )
    return Pulled(snapshot, _first_moved_on(place, first, page))


def reread(sources: Sources, run: RunRef, place: Place) -> Pulled:
    """Pull one page of the linked Tasks by id: owner changes and lost rights show in no other read (SYNC-7)."""
    with sources.runs.transaction(run) as tx:
        links = tx.links.unseen(place.reread_after or "", REREAD_ROWS)
    if not links:
        return _nothing_to_reread(sources, run, place)
    asked_at = sources.clock.now()
    page = sources.salesforce.by_ids([link.task_id for link in links])
    offset = clock_offset(page.read_at, asked_at)
    with sources.runs.transaction(run) as tx:
        pairs, _ = pairing.pairs(tx, run, Gathered(page.tasks))
    done = len(links) < REREAD_ROWS
    moved = replace(
        place,
        reread_after=None if done else links[-1].task_id,
        reread_at=page.read_at if done else place.reread_at,
    )
    found = {task.id for task in page.tasks}
    missing = tuple(link for link in links if link.task_id not in found)
    snapshot = Snapshot(
        run.user, sources.salesforce.facts(), page.read_at, pairs, place.front, offset, unreadable=missing
    )
    return Pulled(snapshot, moved)


def _nothing_to_reread(sources: Sources, run: RunRef, place: Place) -> Pulled:
    assert place.front is not None
    snapshot = Snapshot(run.user, sources.salesforce.facts(), place.front, ())
    return Pulled(snapshot, replace(place, reread_after=None, reread_at=place.front))


def reread_due(place: Place, now: datetime) -> bool:
    """Say whether the linked Tasks are to be read by id, now on Salesforce's clock."""
    if place.first is not None or place.front is None:
        return False
    return place.reread_after is not None or place.reread_at is None or now - place.reread_at >= REREAD_EVERY


def clock_offset(read_at: datetime, asked_at: datetime) -> float:
    """Return Salesforce's clock minus the app's in seconds, 0 where the difference is within the error."""
    low = (read_at - asked_at).total_seconds()
    if low <= 0 <= low + CLOCK_ERROR_SECONDS:
        return 0.0
    return low if low > 0 else low + CLOCK_ERROR_SECONDS


# ── Gathering: everything that one plan needs ───────────────────────────────────────────────────────────────


def _gather(sources: Sources, run: RunRef, page: Page, *, last: bool) -> Gathered:
    with sources.runs.transaction(run) as tx:
        intents = tx.intents.open()
        handed = tx.handovers.waiting() if last else []
        edits = tx.reminders.unsynced(EDITS) if last else []
    tasks = _newest([*handed, *page.tasks])
    if last and intents:
        tasks = _newest([*tasks, *_reread_written(sources, intents)])
    looked_up = _look_up(sources, run, intents, page.read_at) if last else {}
    keyed = sources.salesforce.facts().key_field is not None
    return Gathered(tasks, edits, intents, looked_up, keyed, tuple(task.id for task in handed))


def _newest(tasks: Iterable[SalesforceTask]) -> list[SalesforceTask]:
    by_id: dict[str, SalesforceTask] = {}
    for task in tasks:
        known = by_id.get(task.id)
        if known is None or known.read_at <= task.read_at:
            by_id[task.id] = task
    return list(by_id.values())


def _reread_written(sources: Sources, intents: Collection[Intent]) -> tuple[SalesforceTask, ...]:
    """Read the records of writes without an answer: they may have landed, or may still (ONCE-1)."""
    ids = {intent.task_id for intent in intents if intent.task_id is not None}
    return sources.salesforce.by_ids(sorted(ids)).tasks if ids else ()


def _look_up(
    sources: Sources, run: RunRef, intents: Collection[Intent], now: datetime
) -> dict[str, tuple[SalesforceTask, ...]]:
    """Look for the Tasks that creates without an answer may have made, once they can no longer land (ONCE-2)."""
    if sources.salesforce.facts().key_field is not None:
        return {}
    found = {}
    for intent in intents:
        if intent.kind is WriteKind.CREATE and intent.sent_at + MAY_LAND <= now:
            span = (intent.sent_at - timedelta(minutes=1), intent.sent_at + MAY_LAND)
            rows = sources.salesforce.look_up(*span, intent.payload).tasks
            with sources.runs.transaction(run) as tx:
                taken = tx.links.of_tasks([task.id for task in rows])
            found[intent.reminder_id] = tuple(
                task for task in rows if task.id not in taken and newcomers.made_by(task, intent, keyed=False)
            )
    return found


def _resolved(gathered: Gathered, pairs: Sequence[Pair], now: datetime) -> tuple[str, ...]:
    """Return the intents too old to land whose record was read since: what they did is known."""
    linked = {pair.reminder.id for pair in pairs if pair.reminder is not None and pair.link is not None}
    return tuple(
        intent.id for intent in gathered.intents if intent.sent_at + MAY_LAND <= now and intent.reminder_id in linked
    )


# ── Moving on: where the next read starts ───────────────────────────────────────────────────────────────────


def _key(page: Page) -> Key:
    return Key(page.tasks[-1].stamp, page.tasks[-1].id)


def _moved_on(
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
    return replace(place, front=min([front, *(task.stamp for task in dropped)]), swept=swept)


def _first_moved_on(place: Place, first: FirstSync, page: Page) -> Place:
    """Return the place after a page of a first sync; its start is where reading of changes begins."""
    if place.front is None:
        place = replace(place, front=page.read_at, swept=page.read_at - SWEEP_DELAY, reread_at=page.read_at)
    done = first.done + len(page.tasks)
    if page.more and page.tasks:
        row = page.tasks[-1]
        return replace(place, first=replace(first, after=(row.values.get("ActivityDate"), row.id), done=done))
    if first.part == 1:
        return replace(place, first=replace(first, part=2, after=None, done=done))
    return replace(place, first=None)
