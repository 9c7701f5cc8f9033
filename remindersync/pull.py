"""Pull what changed on both sides into a snapshot; the only stage that reads."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from remindersync import newcomers, pairing
from remindersync.model import (
    FirstSync,
    Intent,
    Link,
    OrgFacts,
    Place,
    Reminder,
    RunKind,
    RunRef,
    SalesforceTask,
    Snapshot,
    WriteKind,
)
from remindersync.newcomers import MAY_LAND
from remindersync.pairing import Gathered
from remindersync.ports import Clock, FeedState, Key, Page, Runs, SalesforceTasks, Staged, Transaction, Window

# What was stamped before a read but committed after it is caught by reading every window once more (SYNC-5).
SWEEP_DELAY = timedelta(minutes=15)
REREAD_EVERY = timedelta(hours=1)
PAGE_ROWS = 2000
FIRST_PAGE_ROWS = 200
# A first sync's keyset reads; behind them it counts what stays out.
PARTS = 2
REREAD_ROWS = 200
EDITS = 200
MANY_EDITS = 1_000_000

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


def changes(sources: Sources, run: RunRef, place: Place, reading: Pass) -> Pulled:
    """Pull one page of changed Tasks; with the last page come the reminders edited here.

    Edits are planned only once every changed Task is known, else a write could run over a value not yet seen.
    """
    asked_at = sources.clock.now()
    page = sources.salesforce.changed(reading.windows, after=reading.after, limit=PAGE_ROWS)
    offset = clock_offset(page.read_at, asked_at)
    started = reading.started or page.read_at
    onward = next_part(reading, page)
    gathered = _gather(sources, run, page, last=onward is None)
    with sources.runs.transaction(run) as tx:
        pairs, dropped = pairing.pairs(tx, run, gathered)
    moved = _joined(moved_on(place, reading, onward, started, dropped), gathered.feed, started)
    rows = gathered.feed.rows if gathered.feed else ()
    snapshot = Snapshot(
        run.user,
        sources.salesforce.facts(),
        page.read_at,
        pairs,
        _unchanged_until(place, rows),
        offset,
        import_since=place.since,
        choice=run.choice,
    )
    again = {task.id for task in dropped}
    return Pulled(
        snapshot,
        moved,
        onward,
        _resolved(gathered, dropped, page.read_at) if onward is None else (),
        gathered.handed,
        bool(dropped),
        len(gathered.edits) == _edits(run),
        tuple(row for row in rows if row.task.id not in again),
    )


def staged(sources: Sources, run: RunRef, place: Place) -> Pulled | None:
    """Pull what the org feed left for this user; None where Salesforce has to be asked (SYNC-3).

    That is so without a trusted feed that goes on where this user's reading stands, and where anything made here
    may be sent: what is written over has to be read right before.
    """
    if place.feed is None:
        return None
    with sources.runs.transaction(run) as tx:
        feed = tx.feed.state(PAGE_ROWS)
        if feed is None or not _serves(feed, place) or tx.reminders.unsynced(1) or tx.intents.open():
            return None
        handed = tx.handovers.waiting()
        tasks = _newest([*handed, *(row.task for row in feed.rows)])
        pairs, dropped = pairing.pairs(tx, run, Gathered(tasks))
    if dropped or any(pair.reminder is not None and _out_of_step(pair.reminder) for pair in pairs):
        return None
    snapshot = Snapshot(
        run.user,
        OrgFacts(),
        feed.front,
        pairs,
        _unchanged_until(place, feed.rows),
        feed.clock_offset_seconds,
        import_since=place.since,
    )
    moved = place if feed.more else _joined(_at_front_of(feed, place), feed, feed.front)
    gone = tuple(task.id for task in handed)
    return Pulled(snapshot, moved, handed=gone, staged=feed.rows, more_staged=feed.more)


def first_page(sources: Sources, run: RunRef, place: Place) -> Pulled:
    """Pull one page of a first sync: Tasks due today or later by date, then the rest (FIRST-3)."""
    first = place.first
    assert first is not None
    if first.total is None and run.kind is not RunKind.PREVIEW:
        first = replace(first, total=sources.salesforce.count_first(first.since) + first.listed)
    if first.listed:
        listed = _listed_page(sources, run, place, first)
        if listed is not None:
            return listed
        first = replace(first, listed=0)
    if first.part > PARTS:
        return _left_out(sources, run, place)
    asked_at = sources.clock.now()
    today = asked_at.astimezone(ZoneInfo(run.user.time_zone)).date()
    page = sources.salesforce.first(first, today, limit=FIRST_PAGE_ROWS)
    offset = clock_offset(page.read_at, asked_at)
    with sources.runs.transaction(run) as tx:
        pairs, _ = pairing.pairs(tx, run, _alone(tx, sources, page))
    snapshot = Snapshot(
        run.user,
        sources.salesforce.facts(),
        page.read_at,
        pairs,
        place.front,
        offset,
        import_since=place.since,
        choice=run.choice,
    )
    return Pulled(snapshot, _first_moved_on(place, first, page))


def _listed_page(sources: Sources, run: RunRef, place: Place, first: FirstSync) -> Pulled | None:
    """Pull the next Tasks that a person chose by name, None where none is left (FIRST-6)."""
    with sources.runs.transaction(run) as tx:
        ids = tx.listed.next(FIRST_PAGE_ROWS)
    if not ids:
        return None
    asked_at = sources.clock.now()
    page = sources.salesforce.by_ids(ids)
    with sources.runs.transaction(run) as tx:
        pairs, _ = pairing.pairs(tx, run, _alone(tx, sources, page))
    order = {task_id: place_of for place_of, task_id in enumerate(ids)}
    pairs = tuple(sorted(pairs, key=lambda pair: order.get(pair.task.id if pair.task else "", len(order))))
    offset = clock_offset(page.read_at, asked_at)
    facts = sources.salesforce.facts()
    snapshot = Snapshot(run.user, facts, page.read_at, pairs, place.front, offset, import_since=place.since)
    # While some are listed, every read asks what was chosen; the page behind the last one is empty and ends that.
    moved = replace(_begun(place, page), first=replace(first, done=first.done + len(ids)))
    return Pulled(snapshot, moved, listed=tuple(ids))


def _left_out(sources: Sources, run: RunRef, place: Place) -> Pulled:
    """Count what stays out, as the last step of a first sync (FIRST-2)."""
    assert place.front is not None
    snapshot = Snapshot(run.user, sources.salesforce.facts(), place.front, ())
    if run.kind is RunKind.PREVIEW:
        return Pulled(snapshot, replace(place, first=None))
    there = sources.salesforce.count_open()
    with sources.runs.transaction(run) as tx:
        here = tx.links.count_open()
    return Pulled(snapshot, replace(place, first=None, left_out=max(0, there - here)))


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
        pairs, _ = pairing.pairs(tx, run, _alone(tx, sources, page))
    done = len(links) < REREAD_ROWS
    moved = replace(
        place,
        reread_after=None if done else links[-1].task_id,
        reread_at=page.read_at if done else place.reread_at,
    )
    found = {task.id for task in page.tasks}
    missing = tuple(link for link in links if link.task_id not in found)
    snapshot = Snapshot(
        run.user,
        sources.salesforce.facts(),
        page.read_at,
        pairs,
        place.front,
        offset,
        unreadable=missing,
        choice=run.choice,
    )
    return Pulled(snapshot, moved)


def chosen(sources: Sources, run: RunRef, place: Place, tried: Collection[str]) -> tuple[Pulled, set[str]]:
    """Pull the reminder a run is about, or those assigned away, each with its Task by id; tell which they are.

    The place does not move: what else changed is read by the runs that follow. None of those `tried` comes again.
    """
    with sources.runs.transaction(run) as tx:
        edits = [one for one in tx.reminders.unsynced(REREAD_ROWS + len(tried)) if one.id not in tried]
        ids = {one.id for one in edits} | ({run.only} - set(tried) if run.only else set())
        links = tx.links.of_reminders(ids)
        intents = [one for one in tx.intents.open() if one.reminder_id in ids]
    wanted = {link.task_id for link in links.values()} | {one.task_id for one in intents if one.task_id is not None}
    asked_at = sources.clock.now()
    page = sources.salesforce.by_ids(sorted(wanted)) if wanted else Page((), asked_at)
    found = {task.id for task in page.tasks}
    missing = {one: link for one, link in links.items() if link.task_id not in found}
    # What Salesforce does not show is not written to: its link becomes unreachable, and the edit waits.
    edits = [one for one in edits if one.id not in missing]
    keyed = sources.salesforce.facts().key_field is not None
    doubtful = [one for one in _doubtful(intents, edits, keyed=keyed) if one.reminder_id not in links]
    looked_up = _look_up(sources, run, doubtful, page.read_at)
    made = {one.reminder_id: links[one.reminder_id].task_id for one in intents if one.reminder_id in links}
    tasks = (*page.tasks, *(_by_key(sources, page.tasks, intents, edits) if keyed else ()))
    with sources.runs.transaction(run) as tx:
        pairs, dropped = pairing.pairs(tx, run, Gathered(tasks, edits, intents, looked_up, keyed, made=made))
    snapshot = Snapshot(
        run.user,
        sources.salesforce.facts(),
        page.read_at,
        pairs,
        place.front,
        clock_offset(page.read_at, asked_at),
        unreadable=tuple(missing.values()),
        import_since=place.since,
    )
    return Pulled(snapshot, place, dropped=bool(dropped)), ids


def _nothing_to_reread(sources: Sources, run: RunRef, place: Place) -> Pulled:
    assert place.front is not None
    snapshot = Snapshot(run.user, sources.salesforce.facts(), place.front, ())
    return Pulled(snapshot, replace(place, reread_after=None, reread_at=place.front))


def renewed(sources: Sources, run: RunRef, place: Place, links: Sequence[Link]) -> Pulled:
    """Pull the Tasks of these links by id, to render their Subjects anew (SUBJ-5)."""
    asked_at = sources.clock.now()
    page = sources.salesforce.by_ids([link.task_id for link in links])
    with sources.runs.transaction(run) as tx:
        pairs, dropped = pairing.pairs(tx, run, _alone(tx, sources, page))
    found = {task.id for task in page.tasks}
    snapshot = Snapshot(
        run.user,
        sources.salesforce.facts(),
        page.read_at,
        pairs,
        place.front,
        clock_offset(page.read_at, asked_at),
        unreadable=tuple(link for link in links if link.task_id not in found),
        rerender=frozenset(link.reminder_id for link in links),
    )
    return Pulled(snapshot, place, dropped=bool(dropped))


def by_ids(
    sources: Sources, run: RunRef, place: Place, task_ids: Collection[str], *, rerender: frozenset[str]
) -> Pulled:
    """Pull Tasks that somebody saved before they could be written: their pairs are planned anew."""
    asked_at = sources.clock.now()
    page = sources.salesforce.by_ids(sorted(task_ids))
    with sources.runs.transaction(run) as tx:
        pairs, dropped = pairing.pairs(tx, run, _alone(tx, sources, page))
    snapshot = Snapshot(
        run.user,
        sources.salesforce.facts(),
        page.read_at,
        pairs,
        place.front,
        clock_offset(page.read_at, asked_at),
        rerender=rerender,
    )
    return Pulled(snapshot, place, dropped=bool(dropped))


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
        edits = tx.reminders.unsynced(_edits(run)) if last else []
        feed = tx.feed.state(PAGE_ROWS) if last else None
        old = _too_old(tx, feed.rows) if feed else set()
        made = _made(tx, intents) if last else {}
    left_here = [row.task for row in feed.rows] if feed else []
    tasks = _newest([*left_here, *handed, *page.tasks])
    written = {*made.values(), *(one.task_id for one in intents if one.task_id is not None)} if last else set()
    unclear = written | (old - {task.id for task in page.tasks})
    if unclear:
        tasks = _newest([*tasks, *sources.salesforce.by_ids(sorted(unclear)).tasks])
    keyed = sources.salesforce.facts().key_field is not None
    tasks = [*tasks, *_by_key(sources, tasks, intents, edits)] if keyed else tasks
    doubtful = [one for one in _doubtful(intents, edits, keyed=keyed) if one.reminder_id not in made]
    looked_up = _look_up(sources, run, doubtful, page.read_at)
    return Gathered(tasks, edits, intents, looked_up, keyed, tuple(task.id for task in handed), feed, made)


def _edits(run: RunRef) -> int:
    # What is only planned is planned in one go.
    return MANY_EDITS if run.kind in (RunKind.DRY, RunKind.PREVIEW) else EDITS


def _alone(tx: Transaction, sources: Sources, page: Page) -> Gathered:
    """Return a page without edits; writes without an answer may have landed on its rows, or made them (ONCE-1)."""
    keyed = sources.salesforce.facts().key_field is not None
    return Gathered(page.tasks, intents=tx.intents.open(), keyed=keyed)


def _newest(tasks: Iterable[SalesforceTask]) -> list[SalesforceTask]:
    by_id: dict[str, SalesforceTask] = {}
    for task in tasks:
        known = by_id.get(task.id)
        if known is None or known.read_at <= task.read_at:
            by_id[task.id] = task
    return list(by_id.values())


def _too_old(tx: Transaction, rows: Collection[Staged]) -> set[str]:
    """Return the Tasks whose staged row was read before our own last write of them."""
    links = tx.links.of_tasks([row.task.id for row in rows])
    return {row.task.id for row in rows if pairing.too_old(row.task, links.get(row.task.id))}


def _made(tx: Transaction, intents: Collection[Intent]) -> dict[str, str]:
    """Return, by reminder, the Tasks on which a create by key that has no answer may still land."""
    creates = {intent.reminder_id for intent in intents if intent.kind is WriteKind.CREATE}
    links = tx.links.of_reminders(creates) if creates else {}
    return {reminder_id: link.task_id for reminder_id, link in links.items()}


def _by_key(
    sources: Sources, known: Collection[SalesforceTask], intents: Collection[Intent], edits: Collection[Reminder]
) -> tuple[SalesforceTask, ...]:
    """Read what creates without an answer made, before any is repeated.

    An upsert would make a Task anew that somebody deleted, and run over one that somebody changed or gave away.
    """
    waiting = {reminder.id for reminder in edits}
    attempts = (one for one in intents if one.kind is WriteKind.CREATE and one.reminder_id in waiting)
    keys = {one.key for one in attempts if one.key is not None} - {task.key for task in known}
    return sources.salesforce.by_keys(keys).tasks if keys else ()


def _doubtful(intents: Collection[Intent], edits: Collection[Reminder], *, keyed: bool) -> list[Intent]:
    """Return the creates without an answer to be looked up: their reminder waits, and no key makes repeating safe."""
    ids = {reminder.id for reminder in edits if not keyed or reminder.deleted_at is not None}
    return [intent for intent in intents if intent.kind is WriteKind.CREATE and intent.reminder_id in ids]


def _look_up(
    sources: Sources, run: RunRef, intents: Collection[Intent], now: datetime
) -> dict[str, tuple[SalesforceTask, ...]]:
    """Look for the Tasks that creates without an answer may have made, once they can no longer land (ONCE-2)."""
    keyed = sources.salesforce.facts().key_field is not None
    found: dict[str, tuple[SalesforceTask, ...]] = {}
    for intent in intents:
        if intent.sent_at + MAY_LAND <= now:
            span = (intent.sent_at - timedelta(minutes=1), intent.sent_at + MAY_LAND)
            rows = sources.salesforce.look_up(*span, intent.payload).tasks
            with sources.runs.transaction(run) as tx:
                taken = tx.links.of_tasks([task.id for task in rows])
            found[intent.reminder_id] = tuple(
                task for task in rows if task.id not in taken and newcomers.made_by(task, intent, keyed=keyed)
            )
    return found


def _resolved(gathered: Gathered, dropped: Collection[SalesforceTask], now: datetime) -> tuple[Intent, ...]:
    """Return the intents too old to land whose record was read since, or looked for: what they did is known.

    Creates of several Tasks that may be theirs stay open: the next look-up compares with them again.
    """
    unsure = {task.id for task in dropped}
    young = {intent.reminder_id for intent in gathered.intents if now < intent.sent_at + MAY_LAND}
    nowhere = {reminder_id for reminder_id, found in gathered.looked_up.items() if not found}

    def known(intent: Intent) -> bool:
        task_id = intent.task_id or gathered.made.get(intent.reminder_id)
        return task_id not in unsure if task_id is not None else intent.reminder_id in nowhere

    return tuple(one for one in gathered.intents if one.reminder_id not in young and known(one))


# ── Moving on: where the next read starts ───────────────────────────────────────────────────────────────────


def next_part(reading: Pass, page: Page) -> Pass | None:
    """Return the rest of a pass behind its page, None after the last one."""
    if not (page.more and page.tasks):
        return None
    last = page.tasks[-1]
    return Pass(reading.windows, reading.started or page.read_at, Key(last.stamp, last.id))


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
    return replace(place, front=min([front, *(task.stamp for task in dropped)]), swept=swept)


def _serves(feed: FeedState, place: Place) -> bool:
    """Say whether the feed has what changed since the user's own reading, without a gap."""
    return feed.trusted and place.front is not None and place.feed == feed.since


def _joined(place: Place, feed: FeedState | None, read_at: datetime) -> Place:
    """Return the place of a user who read until `read_at`: from there on the feed serves, if it has begun by then."""
    if feed is None or not feed.trusted or read_at < feed.since:
        return place
    # A Task that left before the feed began shows only by its id: once, and then never again.
    seen_since = place.reread_at is not None and place.reread_at >= feed.since
    reread_at = max(place.reread_at or feed.front, feed.front) if seen_since else place.reread_at
    return replace(place, feed=feed.since, reread_at=reread_at)


def _at_front_of(feed: FeedState, place: Place) -> Place:
    front, swept = max(place.front or feed.front, feed.front), max(place.swept or feed.swept, feed.swept)
    return replace(place, front=front, swept=swept)


def _unchanged_until(place: Place, rows: Collection[Staged]) -> datetime | None:
    """Return until when every Task not known by now showed its base: before any of the rows was first left here."""
    known = [row.unchanged_until for row in rows]
    return min([*known, place.front]) if place.front else place.front


def _out_of_step(reminder: Reminder) -> bool:
    return reminder.version != reminder.synced_version


def _first_moved_on(place: Place, first: FirstSync, page: Page) -> Place:
    """Return the place after a page of a first sync; its start is where reading of changes begins."""
    place = _begun(place, page)
    done = first.done + len(page.tasks)
    if page.more and page.tasks:
        row = page.tasks[-1]
        return replace(place, first=replace(first, after=(row.values.get("ActivityDate"), row.id), done=done))
    return replace(place, first=replace(first, part=first.part + 1, after=None, done=done))


def _begun(place: Place, page: Page) -> Place:
    if place.front is not None:
        return place
    return replace(place, front=page.read_at, swept=page.read_at - SWEEP_DELAY, reread_at=page.read_at)
