"""Pull the pages of a first sync, and first of all what a person chose by name (FIRST-2, FIRST-3, FIRST-6)."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from remindersync.model import FirstSync, Place, RunKind, RunRef
from remindersync.ports import Page
from remindersync.pull.reading import Pulled, Sources, begun
from remindersync.pull.showing import Shown, ask, joined, nothing, snapshot
from remindersync.pull.telling import told

FIRST_PAGE_ROWS = 200
# A first sync's keyset reads; behind them it counts what stays out.
PARTS = 2


@told
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
    first, shown = _asked(sources, run, first)
    pairs, _ = joined(sources, run, shown.page)
    seen = replace(snapshot(sources, run, place, shown, pairs), import_since=place.since, choice=run.choice)
    return Pulled(seen, _first_moved_on(place, first, shown.page))


def _asked(sources: Sources, run: RunRef, first: FirstSync) -> tuple[FirstSync, Shown]:
    """Return the next page, and what the two reads are bound by once their first page is read."""
    today = first.today or sources.clock.now().astimezone(ZoneInfo(run.user.time_zone)).date()
    shown = ask(sources, lambda _: sources.salesforce.first(first, today, limit=FIRST_PAGE_ROWS))
    if first.today is None and shown.offset_seconds < 0:
        # Salesforce's clock is behind, and so is the day before the switch there: less was asked for than that day.
        earlier = _begun_at(sources, first, first.since + timedelta(seconds=shown.offset_seconds))
        return _asked(sources, run, replace(earlier, today=today))
    return replace(first, today=today), shown


def _begun_at(sources: Sources, first: FirstSync, since: datetime) -> FirstSync:
    """Return a first sync whose two reads go back to `since`, counted anew."""
    total = None if first.total is None else sources.salesforce.count_first(since) + first.done
    return replace(first, since=since, total=total)


def _listed_page(sources: Sources, run: RunRef, place: Place, first: FirstSync) -> Pulled | None:
    """Pull the next Tasks that a person chose by name, None where none is left (FIRST-6)."""
    with sources.runs.transaction(run) as tx:
        ids = tx.listed.next(FIRST_PAGE_ROWS)
    if not ids:
        return None
    shown = ask(sources, lambda _: sources.salesforce.by_ids(ids))
    pairs, _ = joined(sources, run, shown.page)
    order = {task_id: place_of for place_of, task_id in enumerate(ids)}
    pairs = tuple(sorted(pairs, key=lambda pair: order.get(pair.task.id if pair.task else "", len(order))))
    seen = replace(snapshot(sources, run, place, shown, pairs), import_since=place.since)
    # While some are listed, every read asks what was chosen; the page behind the last one is empty and ends that.
    moved = replace(begun(place, shown.page), first=replace(first, done=first.done + len(ids)))
    return Pulled(seen, moved, listed=tuple(ids))


def _left_out(sources: Sources, run: RunRef, place: Place) -> Pulled:
    """Count what stays out, as the last step of a first sync (FIRST-2)."""
    seen = nothing(sources, run, place)
    if run.kind is RunKind.PREVIEW:
        return Pulled(seen, replace(place, first=None))
    there = sources.salesforce.count_open()
    with sources.runs.transaction(run) as tx:
        here = tx.links.count_open()
    return Pulled(seen, replace(place, first=None, left_out=max(0, there - here)))


def _first_moved_on(place: Place, first: FirstSync, page: Page) -> Place:
    """Return the place after a page of a first sync; its start is where reading of changes begins."""
    place = begun(place, page)
    done = first.done + len(page.tasks)
    if page.more and page.tasks:
        row = page.tasks[-1]
        return replace(place, first=replace(first, after=(row.values.get("ActivityDate"), row.id), done=done))
    return replace(place, first=replace(first, part=first.part + 1, after=None, done=done))
