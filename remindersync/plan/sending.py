"""What Salesforce lacks of a reminder, and what keeps it back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from remindersync import merge
from remindersync.model import (
    Action,
    ChangeTask,
    Link,
    LinkState,
    MoveReminder,
    Pair,
    Rebase,
    Reminder,
    SalesforceTask,
    Settle,
    Snapshot,
)
from remindersync.plan.reasons import GIVEN, listed

_RENDERED = "Rendered anew by the team's template"


def send_changes(pair: Pair, reminder: Reminder, link: Link, snapshot: Snapshot, *, in_step: bool) -> Iterator[Action]:
    """Yield the write of what Salesforce lacks, or the note that it lacks nothing."""
    if kept_back(reminder, snapshot):
        return
    rerender = reminder.id in snapshot.rerender
    out = merge.outgoing(reminder, link, snapshot.user.settings, rerender=rerender)
    payload = dict(out.payload)
    move_to = reminder.assign_to if pair.next_owner_salesforce_id else None
    if move_to:
        payload["OwnerId"] = pair.next_owner_salesforce_id
    if payload:
        reason = _RENDERED if rerender and list(payload) == ["Subject"] else f"{listed(payload)} changed here"
        shown = {**link.base.raw, "OwnerId": snapshot.user.salesforce_id}
        before = {name: shown.get(name) for name in payload}
        after = replace(link, base=out.base)
        name = merge.name_shown(link.base) if "Subject" in payload else None
        yield ChangeTask(reminder.id, reminder.version, payload, before, after, reason, move_to, name)
    elif not in_step:
        if out.base != link.base:
            yield Rebase(replace(link, base=out.base), "Changed here in a part Salesforce does not hold")
        yield Settle(reminder.id, reminder.version, "Salesforce has all of it")


def at_rest(pair: Pair, seen: Link, task: SalesforceTask, snapshot: Snapshot) -> Link:
    """Return the link of a Task that was read; it sleeps while nobody who syncs owns the Task (SYNC-7)."""
    left = task.owner_id != snapshot.user.salesforce_id and pair.moved_to is None
    return replace(seen, state=LinkState.ASLEEP) if left else seen


def follow_owner(
    pair: Pair, before: Reminder, after: Reminder, seen: Link, task: SalesforceTask, snapshot: Snapshot
) -> Iterator[Action]:
    """Yield what Salesforce lacks of a reminder as it is `after` the row was taken in, or its move to the new owner."""
    if task.owner_id == snapshot.user.salesforce_id:
        yield from send_changes(pair, after, seen, snapshot, in_step=before.version == before.synced_version)
    elif pair.moved_to is not None:
        yield move_on(after, seen, pair.moved_to, snapshot)


def move_on(reminder: Reminder, link: Link, to_user: str, snapshot: Snapshot) -> MoveReminder:
    """Return the move to the Task's new owner, whose run sends what Salesforce still lacks (SYNC-7)."""
    lacks = bool(merge.outgoing(reminder, link, snapshot.user.settings).payload)
    return MoveReminder(reminder.id, reminder.version, to_user, link, GIVEN, owes=lacks)


def kept_back(reminder: Reminder, snapshot: Snapshot) -> bool:
    """Say whether this version waits: its undo time runs, or Salesforce refused it and nobody changed it since."""
    now = snapshot.now - timedelta(seconds=snapshot.clock_offset_seconds)
    held = reminder.hold_until is not None and reminder.hold_until > now
    return held or reminder.version == reminder.parked_version
