"""Pull linked Tasks by id: what no query by owner and stamp shows (SYNC-7, SYNC-8)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from remindersync import pairing
from remindersync.errors import Destiny, SalesforceRefused
from remindersync.model import Link, LinkState, Place, RunRef, SalesforceTask
from remindersync.pairing import Gathered
from remindersync.ports import Page
from remindersync.pull.gathering import by_key, look_up, unanswered
from remindersync.pull.reading import Pulled, Sources
from remindersync.pull.showing import Shown, ask, joined, nothing, snapshot
from remindersync.pull.telling import told

REREAD_EVERY = timedelta(hours=1)
REREAD_ROWS = 200
# The deletion log goes back 15 days (REST guide, sObject Get Deleted); the hour is for clocks and a slow start.
DELETION_LOG = timedelta(days=15)
LOG_MARGIN = timedelta(hours=1)
# getDeleted wants a span of more than one minute, and counts whole minutes.
SHORTEST_SPAN = timedelta(minutes=2)


@told
def reread(sources: Sources, run: RunRef, place: Place) -> Pulled:
    """Pull one page of the linked Tasks by id: owner changes and lost rights show in no other read (SYNC-7)."""
    with sources.runs.transaction(run) as tx:
        links = tx.links.unseen(place.reread_after or "", REREAD_ROWS)
    if not links:
        return _nothing_to_reread(sources, run, place)
    shown = ask(sources, lambda _: sources.salesforce.by_ids([link.task_id for link in links]))
    shown = replace(shown, page=_with_deletions(sources, shown.page, links))
    pairs, _ = joined(sources, run, shown.page)
    done = len(links) < REREAD_ROWS
    moved = replace(
        place,
        reread_after=None if done else links[-1].task_id,
        reread_at=shown.page.read_at if done else place.reread_at,
    )
    seen = replace(snapshot(sources, run, place, shown, pairs), unreadable=_missing(links, shown), choice=run.choice)
    return Pulled(seen, moved)


def _missing(links: Iterable[Link], shown: Shown) -> tuple[Link, ...]:
    found = {task.id for task in shown.page.tasks}
    return tuple(link for link in links if link.task_id not in found)


def _with_deletions(sources: Sources, page: Page, links: Sequence[Link]) -> Page:
    """Return a page by id with those Tasks as deleted that it lacks because they were deleted for good (FIRST-4).

    The deletion log tells, in one call where a Task is missed that was there before. An undeleted Task stays in it, so
    a deletion before our last read of the Task proves nothing; nor does the log for Tasks the login had no right to.
    """
    found = {task.id for task in page.tasks}
    missed = [link for link in links if link.state is LinkState.ACTIVE and link.task_id not in found]
    if not missed:
        return page
    begin = min(page.read_at - SHORTEST_SPAN, *(link.seen_at or page.read_at for link in missed))
    try:
        log = sources.salesforce.deleted(max(begin, page.read_at - DELETION_LOG + LOG_MARGIN), page.read_at)
    except SalesforceRefused as refused:
        # The log was purged, or is closed to this login.
        if refused.fault.destiny is not Destiny.PARK:
            raise
        return page
    gone = [
        deleted_for_good(link, log.at[link.task_id], page.read_at)
        for link in missed
        if link.task_id in log.at and (link.seen_at is None or link.seen_at <= log.at[link.task_id])
    ]
    return replace(page, tasks=(*page.tasks, *gone))


def deleted_for_good(link: Link, at: datetime, read_at: datetime) -> SalesforceTask:
    """Return the row of a Task of which only the deletion log tells: its base, as nothing else is left of it."""
    return SalesforceTask(
        link.task_id,
        owner_id="",
        values=link.base.raw,
        is_closed=False,
        created_at=at,
        modified_at=at,
        stamp=at,
        read_at=read_at,
        is_deleted=True,
    )


def _nothing_to_reread(sources: Sources, run: RunRef, place: Place) -> Pulled:
    return Pulled(nothing(sources, run, place), replace(place, reread_after=None, reread_at=place.front))


def reread_due(place: Place, now: datetime) -> bool:
    """Say whether the linked Tasks are to be read by id, now on Salesforce's clock."""
    if place.first is not None or place.front is None:
        return False
    return place.reread_after is not None or place.reread_at is None or now - place.reread_at >= REREAD_EVERY


@told
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
    shown = ask(sources, lambda now: sources.salesforce.by_ids(sorted(wanted)) if wanted else Page((), now))
    page, missing = shown.page, _missing(links.values(), shown)
    # What Salesforce does not show is not written to: its link becomes unreachable, and the edit waits.
    waiting = {link.reminder_id for link in missing}
    edits = [one for one in edits if one.id not in waiting]
    keyed = sources.salesforce.facts().key_field is not None
    doubtful = [one for one in unanswered(intents, edits, keyed=keyed) if one.reminder_id not in links]
    looked_up = look_up(sources, run, doubtful, page.read_at)
    made = {one.reminder_id: links[one.reminder_id].task_id for one in intents if one.reminder_id in links}
    tasks = (*page.tasks, *(by_key(sources, page.tasks, intents, edits, page.read_at) if keyed else ()))
    with sources.runs.transaction(run) as tx:
        pairs, dropped = pairing.pairs(tx, run, Gathered(tasks, edits, intents, looked_up, keyed, made=made))
    seen = replace(snapshot(sources, run, place, shown, pairs), unreadable=missing, import_since=place.since)
    return Pulled(seen, place, dropped=bool(dropped)), ids


@told
def renewed(sources: Sources, run: RunRef, place: Place, links: Sequence[Link]) -> Pulled:
    """Pull the Tasks of these links by id, to render their Subjects anew (SUBJ-5)."""
    pulled, shown = _named(sources, run, place, [link.task_id for link in links])
    rerender = frozenset(link.reminder_id for link in links)
    seen = replace(pulled.snapshot, unreadable=_missing(links, shown), rerender=rerender)
    return replace(pulled, snapshot=seen)


@told
def by_ids(
    sources: Sources, run: RunRef, place: Place, task_ids: Collection[str], *, rerender: frozenset[str]
) -> Pulled:
    """Pull Tasks that somebody saved before they could be written: their pairs are planned anew."""
    pulled, _ = _named(sources, run, place, task_ids)
    return replace(pulled, snapshot=replace(pulled.snapshot, rerender=rerender))


def _named(sources: Sources, run: RunRef, place: Place, task_ids: Collection[str]) -> tuple[Pulled, Shown]:
    """Pull Tasks by id; the place does not move."""
    shown = ask(sources, lambda _: sources.salesforce.by_ids(sorted(task_ids)))
    pairs, dropped = joined(sources, run, shown.page)
    return Pulled(snapshot(sources, run, place, shown, pairs), place, dropped=bool(dropped)), shown
