"""What one pair needs: made, adopted, merged, sent, deleted or handed over."""

from collections.abc import Iterator
from dataclasses import replace

from remindersync import mapping, newcomers
from remindersync.model import (
    Action,
    DeleteTask,
    HandOver,
    Link,
    LinkState,
    MoveReminder,
    Pair,
    Rebase,
    Reminder,
    SalesforceTask,
    Settle,
    Snapshot,
    WriteKind,
)
from remindersync.plan.deletions import deleted_before, deleted_here, deleted_there, for_good, tells_more
from remindersync.plan.late_writes import late_change, late_creation
from remindersync.plan.reasons import GIVEN
from remindersync.plan.sending import at_rest, follow_owner, kept_back, send_changes
from remindersync.plan.taking_in import as_read, merge_seen, take_over


def plan_pair(pair: Pair, snapshot: Snapshot) -> Iterator[Action]:
    """Yield the actions of one pair, in the order in which they have to happen."""
    reminder, link, task = pair.reminder, pair.link, pair.task
    if reminder is None:
        yield from _new(pair, snapshot)
    elif link is not None and (task is None or task.id == link.task_id):
        yield from _linked(pair, reminder, link, snapshot)
    elif task is not None and reminder.owner_id != snapshot.user.id:
        yield HandOver(reminder.id, task, "A create of somebody else's reminder made it: their run decides")
    elif task is not None:
        if link is not None:
            # A create by key landed once more after its Task was deleted: it made another one.
            yield Rebase(replace(link, state=LinkState.SUPERSEDED), "A late create of it made another Task")
        yield from _adopted(pair, reminder, task, snapshot)
    else:
        yield from newcomers.send(pair, reminder, snapshot)


def _new(pair: Pair, snapshot: Snapshot) -> Iterator[Action]:
    """Plan for a Task that nobody has: it becomes a reminder, or the partner of one that was here already."""
    task, ours = pair.task, pair.match
    if task is None or not newcomers.wanted(pair, snapshot):
        return
    if ours is None:
        yield newcomers.import_task(task, snapshot)
        return
    matched = newcomers.match(ours, task, snapshot)
    yield matched
    yield from _read(pair, newcomers.dated(ours), matched.link, task, snapshot)


def _adopted(pair: Pair, reminder: Reminder, task: SalesforceTask, snapshot: Snapshot) -> Iterator[Action]:
    attempt = next(intent for intent in pair.intents if intent.kind is WriteKind.CREATE)
    adoption = newcomers.adopt(reminder, attempt, task, snapshot)
    yield adoption
    known = replace(reminder, synced_version=max(reminder.synced_version, attempt.version))
    yield late_creation(reminder, attempt)
    yield from _linked(pair, known, adoption.link, snapshot)


def _linked(pair: Pair, reminder: Reminder, link: Link, snapshot: Snapshot) -> Iterator[Action]:
    task = pair.task
    if link.state is LinkState.SUPERSEDED:
        return
    if reminder.owner_id != snapshot.user.id:
        if pair.owner_asleep and task is not None and _is_given_here(task, snapshot):
            yield MoveReminder(
                reminder.id, reminder.version, snapshot.user.id, link, GIVEN, from_user=reminder.owner_id
            )
        elif task is not None and not (
            task.is_deleted and link.state is LinkState.DELETED and not tells_more(link, task)
        ):
            yield HandOver(reminder.id, task, "Its reminder is somebody else's: their run decides")
    elif link.state is LinkState.DELETED:
        yield from deleted_before(pair, reminder, link, snapshot)
    elif task is None:
        yield from _unread(pair, reminder, link, snapshot)
    else:
        yield from _seen(pair, reminder, link, task, snapshot)


def _is_given_here(task: SalesforceTask, snapshot: Snapshot) -> bool:
    return not task.is_deleted and task.owner_id == snapshot.user.salesforce_id


def _seen(pair: Pair, reminder: Reminder, link: Link, task: SalesforceTask, snapshot: Snapshot) -> Iterator[Action]:
    yield from _taken(pair, reminder, link, task, snapshot)
    yield from late_change(pair, reminder, link, task)


def _taken(pair: Pair, reminder: Reminder, link: Link, task: SalesforceTask, snapshot: Snapshot) -> Iterator[Action]:
    if task.is_deleted:
        yield from deleted_there(pair, reminder, link, task, snapshot)
    elif not task.is_recurrence:
        yield from _read(pair, reminder, link, task, snapshot)
    elif link.state is not LinkState.ASLEEP:
        # Writing or deleting a series' master changes or deletes all its occurrences (MAP-7).
        yield Rebase(replace(link, state=LinkState.ASLEEP), "It became a recurring series: it is left alone")


def _read(pair: Pair, reminder: Reminder, link: Link, task: SalesforceTask, snapshot: Snapshot) -> Iterator[Action]:
    """Merge a pair whose Task was just read."""
    merged = merge_seen(pair, reminder, link, task, snapshot)
    seen = as_read(link, merged, task)
    if reminder.deleted_at is not None and not kept_back(reminder, snapshot):
        yield from deleted_here(pair, reminder, seen, merged, snapshot)
        return
    yield from take_over(reminder, link, at_rest(pair, seen, task, snapshot), merged, task)
    after = replace(mapping.apply(reminder, merged.inbound), version=reminder.version + bool(merged.inbound))
    yield from follow_owner(pair, reminder, after, seen, task, snapshot)


def _unread(pair: Pair, reminder: Reminder, link: Link, snapshot: Snapshot) -> Iterator[Action]:
    """Plan for an edit made here while Salesforce shows nothing new of the Task."""
    if link.state is not LinkState.ACTIVE:
        yield Settle(reminder.id, reminder.version, "Its Task is out of reach: it waits")
    elif reminder.deleted_at is not None:
        yield for_good(DeleteTask(reminder.id, reminder.version, link, "Deleted here"), pair, snapshot)
    else:
        in_step = reminder.version == reminder.synced_version
        yield from send_changes(pair, reminder, link, snapshot, in_step=in_step)
