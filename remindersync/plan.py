"""Decide what a run will do: a pure function from a snapshot to a plan."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from remindersync import mapping, merge, newcomers
from remindersync.merge import Merge, Times
from remindersync.model import (
    Action,
    BinReminder,
    ChangeReminder,
    ChangeTask,
    CreateTask,
    DeleteTask,
    HandOver,
    Inbound,
    Link,
    LinkState,
    Loss,
    MoveReminder,
    Outbound,
    Pair,
    Plan,
    Rebase,
    Reminder,
    SalesforceTask,
    Settle,
    Side,
    Snapshot,
    UnbinReminder,
    Values,
    Wait,
    WriteKind,
)

_GIVEN = "Its Task was given to them in Salesforce"
_RENDERED = "Rendered anew by the team's template"


def plan(snapshot: Snapshot) -> Plan:
    """Return everything that has to be done for the snapshot's pairs, each with a reason a person can read."""
    inbound: list[Inbound] = []
    outbound: list[Outbound] = []
    owed: set[str] = set()
    for pair in snapshot.pairs:
        for action in plan_pair(pair, snapshot):
            if isinstance(action, CreateTask | ChangeTask | DeleteTask):
                outbound.append(action)
                # What is made anew was noted as unsent with its old link.
                owed |= set() if isinstance(action, CreateTask) else _owed(pair, snapshot)
            else:
                inbound.append(action)
    inbound += [
        Rebase(replace(link, state=LinkState.UNREACHABLE), "Salesforce no longer shows it to this user")
        for link in snapshot.unreadable
        if link.state is LinkState.ACTIVE
    ]
    return Plan(tuple(inbound), tuple(outbound), frozenset(owed))


def _owed(pair: Pair, snapshot: Snapshot) -> set[str]:
    """Return the reminder of a pair if nobody edited it: a late write of our own is written over, a sleeper wakes.

    What is rendered anew on request waits among what was asked for.
    """
    ours = pair.reminder
    in_step = ours is not None and ours.version == ours.synced_version and ours.id not in snapshot.rerender
    return {ours.id} if ours is not None and in_step else set()


def plan_pair(pair: Pair, snapshot: Snapshot) -> Iterator[Action]:
    """Yield the actions of one pair, in the order in which they have to happen."""
    reminder, link, task = pair.reminder, pair.link, pair.task
    if reminder is None:
        yield from _new(pair, snapshot)
    elif link is not None and (task is None or task.id == link.task_id):
        yield from _linked(pair, reminder, link, snapshot)
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
    yield from _linked(pair, known, adoption.link, snapshot)


def _linked(pair: Pair, reminder: Reminder, link: Link, snapshot: Snapshot) -> Iterator[Action]:
    task = pair.task
    if link.state is LinkState.SUPERSEDED:
        return
    if reminder.owner_id != snapshot.user.id:
        if pair.owner_asleep and task is not None and _is_given_here(task, snapshot):
            yield MoveReminder(
                reminder.id, reminder.version, snapshot.user.id, link, _GIVEN, from_user=reminder.owner_id
            )
        elif task is not None and not (task.is_deleted and link.state is LinkState.DELETED):
            yield HandOver(link, task, "Its reminder is somebody else's: their run decides")
    elif link.state is LinkState.DELETED:
        yield from _deleted_before(pair, reminder, link, snapshot)
    elif task is None:
        yield from _unread(pair, reminder, link, snapshot)
    else:
        yield from _seen(pair, reminder, link, task, snapshot)


def _is_given_here(task: SalesforceTask, snapshot: Snapshot) -> bool:
    return not task.is_deleted and task.owner_id == snapshot.user.salesforce_id


def _seen(pair: Pair, reminder: Reminder, link: Link, task: SalesforceTask, snapshot: Snapshot) -> Iterator[Action]:
    if task.is_deleted:
        yield from _deleted_there(pair, reminder, link, task, snapshot)
    elif not task.is_recurrence:
        yield from _read(pair, reminder, link, task, snapshot)
    elif link.state is not LinkState.ASLEEP:
        # Writing or deleting a series' master changes or deletes all its occurrences (MAP-7).
        yield Rebase(replace(link, state=LinkState.ASLEEP), "It became a recurring series: it is left alone")


def _read(pair: Pair, reminder: Reminder, link: Link, task: SalesforceTask, snapshot: Snapshot) -> Iterator[Action]:
    """Merge a pair whose Task was just read."""
    merged = _merge(pair, reminder, link, task, snapshot)
    seen = _as_read(link, merged, task)
    if reminder.deleted_at is not None and not _kept_back(reminder, snapshot):
        yield from _deleted_here(pair, reminder, seen, merged, snapshot)
        return
    moved = task.owner_id != snapshot.user.salesforce_id
    if moved and pair.moved_to is None:
        seen = replace(seen, state=LinkState.ASLEEP)
    yield from _take_over(reminder, link, seen, merged, task)
    after = replace(mapping.apply(reminder, merged.inbound), version=reminder.version + bool(merged.inbound))
    if moved and pair.moved_to is not None:
        yield MoveReminder(reminder.id, after.version, pair.moved_to, seen, _GIVEN)
    elif not moved:
        in_step = reminder.version == reminder.synced_version
        yield from _send_changes(pair, after, seen, snapshot, in_step=in_step)


def _as_read(link: Link, merged: Merge, task: SalesforceTask) -> Link:
    return replace(
        link,
        base=merged.base,
        state=LinkState.ACTIVE,
        stamp=task.stamp,
        seen_at=task.read_at,
        company_id=task.company_id,
        related_id=task.related_id,
    )


def _deleted_here(
    pair: Pair, reminder: Reminder, seen: Link, merged: Merge, snapshot: Snapshot
) -> Iterator[DeleteTask | Wait | UnbinReminder | Rebase | MoveReminder]:
    decided = _against_deletion(reminder, seen, merged, snapshot)
    if pair.moved_to is None:
        yield _for_good(decided, pair, snapshot) if isinstance(decided, DeleteTask) else decided
        return
    # Salesforce lets only the Task's owner delete it: the deletion goes with the move, as every pending edit (SYNC-7).
    kept = isinstance(decided, UnbinReminder)
    yield decided if isinstance(decided, UnbinReminder) else Rebase(seen, decided.reason, decided.losses)
    yield MoveReminder(reminder.id, reminder.version + kept, pair.moved_to, seen, _GIVEN)


def _against_deletion(reminder: Reminder, seen: Link, merged: Merge, snapshot: Snapshot) -> DeleteTask | UnbinReminder:
    """Return what becomes of a reminder deleted here whose Task was read: the team's rule decides (MERGE-3)."""
    # What was edited there is lost to the deletion too where it had lost its field to an edit here already.
    lost = {one.field: one.value for one in merged.losses if one.side is Side.SALESFORCE}
    edited = {**merged.inbound, **lost, **merged.unread}
    if edited and not snapshot.user.settings.deletion_wins:
        reason = f"Deleted here, but {_list(edited).lower()} changed in Salesforce: the edit wins"
        return _unbin(reminder, merged, seen, reason)
    losses = tuple(Loss(name, Side.SALESFORCE, value, None, "deletion wins") for name, value in edited.items())
    return DeleteTask(reminder.id, reminder.version, seen, "Deleted here", losses)


def _unbin(reminder: Reminder, merged: Merge, link: Link, reason: str) -> UnbinReminder:
    before = _before(reminder, merged)
    return UnbinReminder(reminder.id, reminder.version, merged.inbound, before, link, reason, merged.losses)


def _before(reminder: Reminder, merged: Merge) -> Values:
    """Return what a merge writes over: with another person go the former one's name and address."""
    ours = mapping.values(reminder)
    before = {name: ours[name] for name in merged.inbound}
    if reminder.person is not None and merged.inbound.get(mapping.PERSON.name) is not None:
        before |= {"person_name": reminder.person.name or None, "person_email": reminder.person.email or None}
    return before


def _for_good(deletion: DeleteTask, pair: Pair, snapshot: Snapshot) -> DeleteTask | Wait:
    """Return the deletion, or the wait until no late create by the same key can bring the Task back (ONCE-1)."""
    until = newcomers.may_return(pair, snapshot)
    if until is None:
        return deletion
    return Wait(deletion.reminder_id, until, "Deleted here, but a create of it may still land and would bring it back")


def _merge(pair: Pair, reminder: Reminder, link: Link, task: SalesforceTask, snapshot: Snapshot) -> Merge:
    settings = snapshot.user.settings
    times = Times(_unchanged_until(link, task, snapshot), snapshot.clock_offset_seconds)
    if pair.match is not None:
        times = newcomers.matched_times(task, snapshot)
    known = merge.absorb(link, task, pair.intents, reminder, settings)
    return merge.merge(reminder, known, task, settings, times)


def _unchanged_until(link: Link, task: SalesforceTask, snapshot: Snapshot) -> datetime | None:
    """Return the last read that showed the base; while a Task was away, no read of the user's own would tell."""
    at_home = link.state is LinkState.ACTIVE and task.owner_id == snapshot.user.salesforce_id
    reads = (link.seen_at, snapshot.unchanged_until if at_home else None)
    return max((at for at in reads if at is not None), default=None)


def _take_over(reminder: Reminder, link: Link, seen: Link, merged: Merge, task: SalesforceTask) -> Iterator[Action]:
    """Yield what changes here: values of the reminder, or only what is remembered of the Task."""
    if merged.inbound:
        reason = f"{_list(merged.inbound)} changed in Salesforce"
        yield ChangeReminder(
            reminder.id,
            reminder.version,
            merged.inbound,
            _before(reminder, merged),
            seen,
            reason,
            merged.losses,
            task.person_name,
        )
    elif merged.losses:
        yield Rebase(seen, f"{_list([loss.field for loss in merged.losses])}: the app's value stands", merged.losses)
    elif replace(seen, stamp=link.stamp, seen_at=link.seen_at) != link:
        yield Rebase(seen, "Salesforce shows something else that changes nothing here")


def _send_changes(pair: Pair, reminder: Reminder, link: Link, snapshot: Snapshot, *, in_step: bool) -> Iterator[Action]:
    """Yield the write of what Salesforce lacks, or the note that it lacks nothing."""
    if _kept_back(reminder, snapshot):
        return
    rerender = reminder.id in snapshot.rerender
    out = merge.outgoing(reminder, link, snapshot.user.settings, rerender=rerender)
    payload = dict(out.payload)
    move_to = reminder.assign_to if pair.next_owner_salesforce_id else None
    if move_to:
        payload["OwnerId"] = pair.next_owner_salesforce_id
    if payload:
        reason = _RENDERED if rerender and list(payload) == ["Subject"] else f"{_list(payload)} changed here"
        shown = {**link.base.raw, "OwnerId": snapshot.user.salesforce_id}
        before = {name: shown.get(name) for name in payload}
        after = replace(link, base=out.base)
        yield ChangeTask(reminder.id, reminder.version, payload, before, after, reason, move_to)
    elif not in_step:
        if out.base != link.base:
            yield Rebase(replace(link, base=out.base), "Changed here in a part Salesforce does not hold")
        yield Settle(reminder.id, reminder.version, "Salesforce has all of it")


def _kept_back(reminder: Reminder, snapshot: Snapshot) -> bool:
    """Say whether this version waits: its undo time runs, or Salesforce refused it and nobody changed it since."""
    now = snapshot.now - timedelta(seconds=snapshot.clock_offset_seconds)
    held = reminder.hold_until is not None and reminder.hold_until > now
    return held or reminder.version == reminder.parked_version


def _unread(pair: Pair, reminder: Reminder, link: Link, snapshot: Snapshot) -> Iterator[Action]:
    """Plan for an edit made here while Salesforce shows nothing new of the Task."""
    if link.state is not LinkState.ACTIVE:
        yield Settle(reminder.id, reminder.version, "Its Task is out of reach: it waits")
    elif reminder.deleted_at is not None:
        yield _for_good(DeleteTask(reminder.id, reminder.version, link, "Deleted here"), pair, snapshot)
    else:
        in_step = reminder.version == reminder.synced_version
        yield from _send_changes(pair, reminder, link, snapshot, in_step=in_step)


def _deleted_there(
    pair: Pair, reminder: Reminder, link: Link, task: SalesforceTask, snapshot: Snapshot
) -> Iterator[Action]:
    gone = replace(link, state=LinkState.DELETED, stamp=task.stamp, seen_at=task.read_at)
    if reminder.deleted_at is not None:
        yield Rebase(gone, "Deleted on both sides")
        yield Settle(reminder.id, reminder.version, "Deleted on both sides")
        return
    if any(intent.kind is WriteKind.DELETE for intent in pair.intents):
        yield from _create_anew(reminder, gone, snapshot, "Restored here before our own deletion of it landed")
        return
    pending = merge.outgoing(reminder, link, snapshot.user.settings).base.agreed
    losses = tuple(
        Loss(name, Side.APP, value, None, "deletion wins")
        for name, value in pending.items()
        if value != link.base.agreed.get(name)
    )
    if losses and not snapshot.user.settings.deletion_wins:
        yield from _create_anew(reminder, gone, snapshot, "Edited here: the edit wins over the deletion in Salesforce")
        return
    yield BinReminder(reminder.id, reminder.version, gone, "Deleted in Salesforce", losses)


def _deleted_before(pair: Pair, reminder: Reminder, link: Link, snapshot: Snapshot) -> Iterator[Action]:
    """Plan for a pair whose Task was deleted: undeleted there, restored here, or still gone (MERGE-3)."""
    task = pair.task
    undeleted = task is not None and not task.is_deleted and (link.stamp is None or task.stamp > link.stamp)
    if task is not None and undeleted:
        times = Times(link.seen_at, snapshot.clock_offset_seconds)
        merged = merge.merge(reminder, link, task, snapshot.user.settings, times)
        back = _as_read(link, merged, task)
        if reminder.deleted_at is not None:
            yield from _undeleted(pair, reminder, back, merged, snapshot)
        else:
            yield from _take_over(reminder, link, back, merged, task)
    elif reminder.deleted_at is None:
        yield from _create_anew(reminder, link, snapshot, "Restored here: the deleted Task stays deleted")
    elif reminder.version != reminder.synced_version:
        yield Settle(reminder.id, reminder.version, "Deleted on both sides")


def _undeleted(pair: Pair, reminder: Reminder, back: Link, merged: Merge, snapshot: Snapshot) -> Iterator[Action]:
    """Yield the way out of the bin, and what Salesforce lacks of an edit that had lost to the deletion."""
    yield _unbin(reminder, merged, back, "Undeleted in Salesforce")
    after = replace(mapping.apply(reminder, merged.inbound), version=reminder.version + 1)
    if pair.moved_to is not None:
        yield MoveReminder(reminder.id, after.version, pair.moved_to, back, _GIVEN)
    else:
        yield from _send_changes(pair, after, back, snapshot, in_step=reminder.version == reminder.synced_version)


def _create_anew(reminder: Reminder, gone: Link, snapshot: Snapshot, reason: str) -> Iterator[Action]:
    """Yield the creation of another Task in place of a deleted one, under a new key (MERGE-3)."""
    yield Rebase(replace(gone, state=LinkState.SUPERSEDED), reason)
    yield newcomers.create(reminder, snapshot.user.settings, newcomers.create_key(reminder), reason)


def _list(names: Collection[str]) -> str:
    """Return fields, by their names on either side, as people call them."""
    labels = [field.label for field in mapping.FIELDS if field.name in names or field.salesforce in names]
    return ", ".join([*labels, "assignee"] if "OwnerId" in names else labels).capitalize() or "Nothing"
