"""Deletions on either side, against edits on the other, and ways back from them (MERGE-3)."""

from collections.abc import Iterator
from dataclasses import replace

from remindersync import mapping, merge, newcomers, text
from remindersync.merge import Merge, Times
from remindersync.model import (
    Action,
    BinReminder,
    DeleteTask,
    Link,
    LinkState,
    Loss,
    MoveReminder,
    Pair,
    Rebase,
    Reminder,
    SalesforceTask,
    Settle,
    Side,
    Snapshot,
    UnbinReminder,
    Values,
    Wait,
)
from remindersync.plan.late_writes import late_deletion
from remindersync.plan.reasons import GIVEN, listed
from remindersync.plan.sending import at_rest, follow_owner
from remindersync.plan.taking_in import as_read, merge_seen, take_over, written_over


def deleted_here(
    pair: Pair, reminder: Reminder, seen: Link, merged: Merge, snapshot: Snapshot
) -> Iterator[DeleteTask | Wait | UnbinReminder | Rebase | MoveReminder]:
    """Yield what becomes of a reminder deleted here whose Task was read as `seen`."""
    decided = _against_deletion(pair, reminder, seen, merged, snapshot)
    if pair.moved_to is None:
        yield for_good(decided, pair, snapshot) if isinstance(decided, DeleteTask) else decided
        return
    # Salesforce lets only the Task's owner delete it: the deletion goes with the move, as every pending edit (SYNC-7).
    kept = isinstance(decided, UnbinReminder)
    yield decided if isinstance(decided, UnbinReminder) else Rebase(seen, decided.reason, decided.losses)
    yield MoveReminder(reminder.id, reminder.version + kept, pair.moved_to, seen, GIVEN)


def _against_deletion(
    pair: Pair, reminder: Reminder, seen: Link, merged: Merge, snapshot: Snapshot
) -> DeleteTask | UnbinReminder:
    """Return what becomes of a reminder deleted here whose Task was read: the team's rule decides (MERGE-3)."""
    edited = _edited_there(merged)
    if edited and not snapshot.user.settings.deletion_wins:
        reason = f"Deleted here, but {listed(edited).lower()} changed in Salesforce: the edit wins"
        return _unbin(reminder, merged, seen, reason)
    # Were it taken for agreed, the app's older value would be written over it once the Task is undeleted.
    left = replace(seen, base=pair.link.base) if edited and pair.link is not None else seen
    return DeleteTask(reminder.id, reminder.version, left, "Deleted here", _lost(edited, Side.SALESFORCE))


def _edited_there(merged: Merge) -> Values:
    """Return what goes with a Task that is deleted: also what had lost its field to an edit here already."""
    lost = {one.field: one.value for one in merged.losses if one.side is Side.SALESFORCE}
    return {**merged.inbound, **lost, **merged.unread}


def _lost(values: Values, side: Side) -> tuple[Loss, ...]:
    return tuple(Loss(name, side, value, None, "deletion wins") for name, value in values.items())


def _unbin(reminder: Reminder, merged: Merge, link: Link, reason: str) -> UnbinReminder:
    before = written_over(reminder, merged)
    return UnbinReminder(reminder.id, reminder.version, merged.inbound, before, link, reason, merged.losses)


def for_good(deletion: DeleteTask, pair: Pair, snapshot: Snapshot) -> DeleteTask | Wait:
    """Return the deletion, or the wait until no late create by the same key can bring the Task back (ONCE-1)."""
    until = newcomers.may_return(pair, snapshot)
    if until is None:
        return deletion
    return Wait(deletion.reminder_id, until, "Deleted here, but a create of it may still land and would bring it back")


def deleted_there(
    pair: Pair, reminder: Reminder, link: Link, task: SalesforceTask, snapshot: Snapshot
) -> Iterator[Action]:
    """Yield what becomes of a reminder whose Task was read as deleted.

    What was edited there before is kept in history: its row still tells, and soon nothing else will (MERGE-2).
    """
    gone = replace(link, state=LinkState.DELETED, stamp=task.stamp, seen_at=task.read_at)
    unread = _lost_unread(merge_seen(pair, reminder, link, task, snapshot))
    if reminder.deleted_at is not None:
        yield Rebase(gone, "Deleted on both sides", unread)
        yield Settle(reminder.id, reminder.version, "Deleted on both sides")
        yield from late_deletion(pair, reminder)
        return
    if late := tuple(late_deletion(pair, reminder)):
        reason = "Restored here before our own deletion of it landed"
        yield from _create_anew(pair, reminder, gone, snapshot, reason, unread)
        yield from late
        return
    unsent = _lost(_pending(reminder, link, snapshot), Side.APP)
    if unsent and not snapshot.user.settings.deletion_wins:
        reason = "Edited here: the edit wins over the deletion in Salesforce"
        yield from _create_anew(pair, reminder, gone, snapshot, reason, unread)
        return
    yield BinReminder(reminder.id, reminder.version, gone, "Deleted in Salesforce", unsent + unread)


def _pending(reminder: Reminder, link: Link, snapshot: Snapshot) -> Values:
    """Return what was edited here and not sent yet."""
    after = merge.outgoing(reminder, link, snapshot.user.settings).base.agreed
    return {name: value for name, value in after.items() if value != link.base.agreed.get(name)}


def _lost_unread(merged: Merge) -> tuple[Loss, ...]:
    edited = _edited_there(merged)
    return _lost({name: value for name, value in edited.items() if value is not None}, Side.SALESFORCE)


def tells_more(link: Link, task: SalesforceTask) -> bool:
    """Say whether the row of a Task that we deleted shows what nobody had read: an edit in the second of our look."""
    by_us = link.own_write_at is not None and (link.seen_at is None or link.seen_at < link.own_write_at)
    shown = {name: value for name, value in task.values.items() if value is not None}
    return (
        task.is_deleted
        and by_us
        and any(not text.same(value, link.base.raw.get(name)) for name, value in shown.items())
    )


def deleted_before(pair: Pair, reminder: Reminder, link: Link, snapshot: Snapshot) -> Iterator[Action]:
    """Plan for a pair whose Task was deleted: undeleted there, restored here, or still gone (MERGE-3)."""
    task = pair.task
    undeleted = task is not None and not task.is_deleted and (link.stamp is None or task.stamp > link.stamp)
    if task is not None and undeleted:
        times = Times(link.seen_at, snapshot.clock_offset_seconds)
        merged = merge.merge(reminder, link, task, snapshot.user.settings, times)
        yield from _undeleted(pair, reminder, task, as_read(link, merged, task), merged, snapshot)
        return
    if task is not None and tells_more(link, task):
        losses = _lost_unread(merge_seen(pair, reminder, link, task, snapshot))
        yield Rebase(replace(link, seen_at=task.read_at), "Edited in Salesforce before our deletion", losses)
    if reminder.deleted_at is None:
        yield from _create_anew(pair, reminder, link, snapshot, "Restored here: the deleted Task stays deleted")
    elif reminder.version != reminder.synced_version:
        yield Settle(reminder.id, reminder.version, "Deleted on both sides")


def _undeleted(
    pair: Pair, reminder: Reminder, task: SalesforceTask, back: Link, merged: Merge, snapshot: Snapshot
) -> Iterator[Action]:
    """Yield the way out of the bin, and what Salesforce lacks of an edit that had lost to the deletion."""
    binned = reminder.deleted_at is not None
    rests = at_rest(pair, back, task, snapshot)
    if binned:
        yield _unbin(reminder, merged, rests, "Undeleted in Salesforce")
    elif pair.link is not None:
        yield from take_over(reminder, pair.link, rests, merged, task)
    version = reminder.version + (binned or bool(merged.inbound))
    after = replace(mapping.apply(reminder, merged.inbound), version=version)
    yield from follow_owner(pair, reminder, after, back, task, snapshot)


def _create_anew(
    pair: Pair, reminder: Reminder, gone: Link, snapshot: Snapshot, reason: str, losses: tuple[Loss, ...] = ()
) -> Iterator[Action]:
    """Yield the creation of another Task in place of a deleted one, under a new key (MERGE-3).

    Not while a create by the old key may still land: of two Tasks one would be too many (ONCE-2).
    """
    until = newcomers.may_return(pair, snapshot)
    if until is None:
        yield Rebase(replace(gone, state=LinkState.SUPERSEDED), reason, losses)
        yield newcomers.create(reminder, snapshot.user.settings, newcomers.create_key(reminder), reason)
        return
    if gone != pair.link:
        yield Rebase(gone, reason, losses)
    yield Wait(reminder.id, until, f"{reason}; but an earlier create of it may still land")
