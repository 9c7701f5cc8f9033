"""Pull what changed since the last read: from Salesforce, or from what the org feed left here (SYNC-3, SYNC-5)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from remindersync import pairing
from remindersync.model import OrgFacts, Place, Reminder, RunRef, Snapshot
from remindersync.pairing import Gathered
from remindersync.ports import FeedState, Staged
from remindersync.pull import reading as places
from remindersync.pull.gathering import edits_limit, gather, newest, resolved
from remindersync.pull.reading import Pass, Pulled, Sources, moved_on, next_part
from remindersync.pull.showing import ask, snapshot
from remindersync.pull.telling import told


@told
def changes(sources: Sources, run: RunRef, place: Place, reading: Pass) -> Pulled:
    """Pull one page of changed Tasks; with the last page come the reminders edited here.

    Edits are planned only once every changed Task is known, else a write could run over a value not yet seen.
    """
    shown = ask(
        sources, lambda _: sources.salesforce.changed(reading.windows, after=reading.after, limit=places.PAGE_ROWS)
    )
    page = shown.page
    started = reading.started or page.read_at
    onward = next_part(reading, page)
    gathered = gather(sources, run, page, last=onward is None)
    with sources.runs.transaction(run) as tx:
        pairs, dropped = pairing.pairs(tx, run, gathered)
    moved = _joined(moved_on(place, reading, onward, started, dropped), gathered.feed, started)
    rows = gathered.feed.rows if gathered.feed else ()
    seen = replace(
        snapshot(sources, run, place, shown, pairs),
        unchanged_until=_unchanged_until(place, rows),
        import_since=place.since,
        choice=run.choice,
    )
    again = {task.id for task in dropped}
    return Pulled(
        seen,
        moved,
        onward,
        resolved(gathered, dropped, page.read_at) if onward is None else (),
        gathered.handed,
        bool(dropped),
        len(gathered.edits) == edits_limit(run),
        tuple(row for row in rows if row.task.id not in again),
    )


@told
def staged(sources: Sources, run: RunRef, place: Place) -> Pulled | None:
    """Pull what the org feed left for this user; None where Salesforce has to be asked (SYNC-3).

    That is so without a trusted feed that goes on where this user's reading stands, and where anything made here
    may be sent: what is written over has to be read right before.
    """
    if place.feed is None:
        return None
    with sources.runs.transaction(run) as tx:
        feed = tx.feed.state(places.PAGE_ROWS)
        if feed is None or not _serves(feed, place) or tx.reminders.unsynced(1) or tx.intents.open():
            return None
        handed = tx.handovers.waiting()
        tasks = newest([*handed, *(row.task for row in feed.rows)])
        pairs, dropped = pairing.pairs(tx, run, Gathered(tasks))
    if dropped or any(pair.reminder is not None and _out_of_step(pair.reminder) for pair in pairs):
        return None
    seen = Snapshot(
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
    return Pulled(seen, moved, handed=gone, staged=feed.rows, more_staged=feed.more)


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
