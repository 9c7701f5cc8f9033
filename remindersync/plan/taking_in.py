"""What a Task that was read changes here."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from remindersync import mapping, merge, newcomers
from remindersync.merge import Merge, Times
from remindersync.model import (
    Action,
    ChangeReminder,
    Link,
    LinkState,
    Pair,
    Rebase,
    Reminder,
    SalesforceTask,
    Snapshot,
    Values,
)
from remindersync.plan.reasons import listed


def merge_seen(pair: Pair, reminder: Reminder, link: Link, task: SalesforceTask, snapshot: Snapshot) -> Merge:
    """Merge a Task that was read into its pair, with our own late writes known as ours (ONCE-1)."""
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


def as_read(link: Link, merged: Merge, task: SalesforceTask) -> Link:
    """Return the link as it is once what was read is taken in."""
    return replace(
        link,
        base=merged.base,
        state=LinkState.ACTIVE,
        stamp=task.stamp,
        seen_at=task.read_at,
        company_id=task.company_id,
        related_id=task.related_id,
    )


def written_over(reminder: Reminder, merged: Merge) -> Values:
    """Return what a merge writes over: with another person go the former one's name and address."""
    ours = mapping.values(reminder)
    before = {name: ours[name] for name in merged.inbound}
    if reminder.person is not None and merged.inbound.get(mapping.PERSON.name) is not None:
        before |= {"person_name": reminder.person.name or None, "person_email": reminder.person.email or None}
    return before


def take_over(reminder: Reminder, link: Link, seen: Link, merged: Merge, task: SalesforceTask) -> Iterator[Action]:
    """Yield what changes here: values of the reminder, or only what is remembered of the Task."""
    if merged.inbound:
        reason = f"{listed(merged.inbound)} changed in Salesforce"
        yield ChangeReminder(
            reminder.id,
            reminder.version,
            merged.inbound,
            written_over(reminder, merged),
            seen,
            reason,
            merged.losses,
            task.person_name,
        )
    elif merged.losses:
        yield Rebase(seen, f"{listed([loss.field for loss in merged.losses])}: the app's value stands", merged.losses)
    elif replace(seen, stamp=link.stamp, seen_at=link.seen_at) != link:
        yield Rebase(seen, "Salesforce shows something else that changes nothing here")
