"""Lets reminders follow a changed value map: those an admin was shown, writing nothing to Salesforce (MAP-2)."""

from collections.abc import Sequence
from dataclasses import replace

from remindersync.mapping.fields import PRIORITY, STATUS, values
from remindersync.model import (
    AskedItem,
    AskedKind,
    Decided,
    HistoryEvent,
    Line,
    Link,
    Reminder,
    Side,
    SyncUser,
    TeamSettings,
    Value,
)
from remindersync.model.asked import CHANGED_SINCE, GONE, SOMEBODY_ELSES, holds, out_of_reach
from remindersync.ports import Change, Transaction

RULE = "value map changed"


def line(reminder: Reminder, link: Link, settings: TeamSettings) -> Line | str | None:
    """Return what following would change: the values with the raw ones behind them; None for nothing.

    A text says why a reminder that would change cannot now. One that a person edited since both sides agreed keeps
    their value.
    """
    ours, base = values(reminder), link.base
    before: dict[str, Value] = {}
    after: dict[str, Value] = {}
    for field, picklist in ((STATUS, settings.status_map), (PRIORITY, settings.priority_map)):
        raw = base.raw.get(field.salesforce)
        meaning = picklist.read(raw)
        if meaning is not None and ours[field.name] == base.agreed.get(field.name) != meaning:
            before |= {field.name: ours[field.name], field.salesforce: raw}
            after[field.name] = meaning
    if not after:
        return None
    return out_of_reach(reminder, link) or Line(before, after)


def take(tx: Transaction, items: Sequence[AskedItem], user: SyncUser) -> int:
    """Let the reminders of these items follow, or note why one is left; return how many followed."""
    mine = [item for item in items if item.kind is AskedKind.FOLLOW]
    reminders = tx.reminders.by_ids([item.reminder_id for item in mine])
    links = tx.links.of_reminders([item.reminder_id for item in mine])
    decided = [
        Decided(item, _follow(tx, item, reminders.get(item.reminder_id), links.get(item.reminder_id), user))
        for item in mine
    ]
    tx.asked.decide(decided)
    return sum(1 for one in decided if one.left is None)


def _follow(
    tx: Transaction, item: AskedItem, reminder: Reminder | None, link: Link | None, user: SyncUser
) -> str | None:
    """Change one reminder and its base together; return why it is left, None where it followed."""
    if reminder is None or link is None:
        return GONE
    if reminder.owner_id != user.id:
        return SOMEBODY_ELSES
    found = line(reminder, link, user.settings)
    left = holds(item, found)
    if left is not None or not isinstance(found, Line):
        return left
    if not tx.reminders.change([Change(reminder.id, reminder.version, found.after)]):
        return CHANGED_SINCE
    # With the base go both sides: what they agree on is read from the raw values anew, so nothing is left to write.
    tx.links.put([replace(link, base=replace(link.base, agreed={**link.base.agreed, **found.after}))])
    tx.journal.history(
        HistoryEvent(reminder.id, Side.APP, item.by, name, found.before[name], value, RULE)
        for name, value in found.after.items()
    )
    return None
