"""Gather everything that one plan needs beside the rows just read."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from remindersync import newcomers, pairing
from remindersync.model import Intent, Reminder, RunKind, RunRef, SalesforceTask, WriteKind
from remindersync.newcomers import MAY_LAND
from remindersync.pairing import Gathered
from remindersync.ports import Page, Staged, Transaction
from remindersync.pull import reading
from remindersync.pull.reading import Sources

EDITS = 200
MANY_EDITS = 1_000_000


def gather(sources: Sources, run: RunRef, page: Page, *, last: bool) -> Gathered:
    """Return a page with all that waits here, which comes with the `last` one only."""
    with sources.runs.transaction(run) as tx:
        intents = tx.intents.open()
        handed = tx.handovers.waiting() if last else []
        edits = tx.reminders.unsynced(edits_limit(run)) if last else []
        feed = tx.feed.state(reading.PAGE_ROWS) if last else None
        old = _too_old(tx, feed.rows) if feed else set()
        made = _made(tx, intents) if last else {}
    left_here = [row.task for row in feed.rows] if feed else []
    tasks = newest([*left_here, *handed, *page.tasks])
    written = {*made.values(), *(one.task_id for one in intents if one.task_id is not None)} if last else set()
    unclear = written | (old - {task.id for task in page.tasks})
    if unclear:
        tasks = newest([*tasks, *sources.salesforce.by_ids(sorted(unclear)).tasks])
    keyed = sources.salesforce.facts().key_field is not None
    tasks = [*tasks, *by_key(sources, tasks, intents, edits, page.read_at)] if keyed and last else tasks
    doubtful = [one for one in unanswered(intents, edits, keyed=keyed) if one.reminder_id not in made]
    looked_up = look_up(sources, run, doubtful, page.read_at)
    return Gathered(tasks, edits, intents, looked_up, keyed, tuple(task.id for task in handed), feed, made)


def edits_limit(run: RunRef) -> int:
    """Return how many edits made here a pull takes at most."""
    # What is only planned is planned in one go.
    return MANY_EDITS if run.kind in (RunKind.DRY, RunKind.PREVIEW) else EDITS


def alone(tx: Transaction, sources: Sources, page: Page) -> Gathered:
    """Return a page without edits; writes without an answer may have landed on its rows, or made them (ONCE-1)."""
    keyed = sources.salesforce.facts().key_field is not None
    return Gathered(page.tasks, intents=tx.intents.open(), keyed=keyed)


def newest(tasks: Iterable[SalesforceTask]) -> list[SalesforceTask]:
    """Return each Task once, as the latest read of it showed it."""
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


def by_key(
    sources: Sources,
    known: Collection[SalesforceTask],
    intents: Collection[Intent],
    edits: Collection[Reminder],
    now: datetime,
) -> tuple[SalesforceTask, ...]:
    """Read what creates without an answer made, before any is repeated or taken for done with.

    An upsert would make a Task anew that somebody deleted, and run over one that somebody changed or gave away.
    """
    waiting = {reminder.id for reminder in edits}
    attempts = (one for one in intents if one.kind is WriteKind.CREATE)
    asked = {one.key for one in attempts if one.reminder_id in waiting or one.sent_at + MAY_LAND <= now}
    # Of a Task that was deleted a late create makes another one under the same key.
    keys = {key for key in asked if key is not None} - {task.key for task in known if not task.is_deleted}
    return sources.salesforce.by_keys(keys).tasks if keys else ()


def unanswered(intents: Collection[Intent], edits: Collection[Reminder], *, keyed: bool) -> list[Intent]:
    """Return the creates without an answer to be looked up: their reminder waits, and no key makes repeating safe."""
    ids = {reminder.id for reminder in edits if not keyed or reminder.deleted_at is not None}
    return [intent for intent in intents if intent.kind is WriteKind.CREATE and intent.reminder_id in ids]


def look_up(
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


def resolved(gathered: Gathered, dropped: Collection[SalesforceTask], now: datetime) -> tuple[Intent, ...]:
    """Return the intents too old to land whose record was read since, or looked for: what they did is known.

    Creates of several Tasks that may be theirs stay open: the next look-up compares with them again.
    """
    unsure = {task.id for task in dropped}
    keys = {task.key for task in dropped if task.key is not None}
    young = {intent.reminder_id for intent in gathered.intents if now < intent.sent_at + MAY_LAND}
    nowhere = {reminder_id for reminder_id, found in gathered.looked_up.items() if not found}

    def known(intent: Intent) -> bool:
        if intent.key in keys:
            return False
        task_id = intent.task_id or gathered.made.get(intent.reminder_id)
        return task_id not in unsure if task_id is not None else intent.reminder_id in nowhere

    return tuple(one for one in gathered.intents if one.reminder_id not in young and known(one))
