"""Writes of ours whose answer was lost, once Salesforce shows them done: history tells of them too (MERGE-2)."""

from collections.abc import Iterator

from remindersync import text
from remindersync.mapping import FIELDS
from remindersync.merge import name_shown
from remindersync.model import Intent, Landed, Link, Pair, Reminder, SalesforceTask, WriteKind


def late_creation(reminder: Reminder, attempt: Intent) -> Landed:
    """Return what a create of ours wrote, where its Task was found."""
    written = {field.salesforce: attempt.payload.get(field.salesforce) for field in FIELDS}
    written = {name: value for name, value in written.items() if value is not None}
    return Landed(reminder.id, written, {}, "Created here: the answer to it was lost")


def late_change(pair: Pair, reminder: Reminder, link: Link, task: SalesforceTask) -> Iterator[Landed]:
    """Yield what a change of ours turns out to have written over what `link` knows."""
    before, shown = link.base.raw, task.values
    written = {
        field.salesforce: shown[field.salesforce]
        for field in FIELDS
        for intent in pair.intents
        if field.salesforce in intent.payload
        and intent.kind is WriteKind.UPDATE
        and text.same(intent.payload[field.salesforce], shown.get(field.salesforce))
        and not text.same(before.get(field.salesforce), shown.get(field.salesforce))
    }
    if written:
        before = {name: before.get(name) for name in written}
        name = name_shown(link.base) if "Subject" in written else None
        yield Landed(reminder.id, written, before, "Changed here: the answer to it was lost", name)


def late_deletion(pair: Pair, reminder: Reminder) -> Iterator[Landed]:
    """Yield what a deletion of ours did, where the Task was found deleted."""
    if any(intent.kind is WriteKind.DELETE for intent in pair.intents):
        yield Landed(reminder.id, {}, {}, "Deleted here: the answer to it was lost", deleted=True)
