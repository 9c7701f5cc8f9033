"""Plan for reminders that have no Task: creating one, and what becomes of a create without an answer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid5

from remindersync import mapping, merge, text
from remindersync.errors import Category, Destiny, Fault
from remindersync.mapping import FIELDS
from remindersync.model import (
    Action,
    AdoptTask,
    Base,
    CreateTask,
    Intent,
    Link,
    Pair,
    Park,
    Reminder,
    SalesforceTask,
    Settle,
    Snapshot,
    TeamSettings,
    Wait,
    WriteKind,
)
from remindersync.newcomers.importing import IDS
from remindersync.subject.renewing import template_for

# A REST request runs ten minutes at most: one sent earlier can no longer land.
MAY_LAND = timedelta(minutes=10)

POSSIBLE_DUPLICATE = Fault(
    code="POSSIBLE_DUPLICATE",
    message="",
    category=Category.OTHER,
    meaning="Salesforce did not answer when this reminder was sent, and several Tasks there may be it.",
    remedy="Compare them in Salesforce, delete what is too many, then retry.",
    destiny=Destiny.PARK,
)


def create_key(reminder: Reminder) -> str:
    """Return the key under which a reminder's Task is created; a later version that needs a new Task gets a new one."""
    return uuid5(IDS, f"{reminder.id}:{reminder.version}").hex


def send(pair: Pair, reminder: Reminder, snapshot: Snapshot) -> Iterator[Action]:
    """Yield what becomes of a shared reminder without a Task."""
    attempts = [intent for intent in pair.intents if intent.kind is WriteKind.CREATE]
    if attempts:
        yield from _after_lost_answer(pair, reminder, attempts[-1], snapshot)
    elif reminder.deleted_at is not None:
        yield Settle(reminder.id, reminder.version, "Deleted here before Salesforce had it")
    else:
        yield create(reminder, snapshot.user.settings, create_key(reminder), "Created here")


def create(reminder: Reminder, settings: TeamSettings, key: str, reason: str) -> CreateTask:
    """Return the creation of a reminder's Task under `key`."""
    ours = mapping.values(reminder)
    base = Base(ours, {field.salesforce: mapping.write(field, ours[field.name], None, settings) for field in FIELDS})
    base = merge.with_subject(base, reminder, template_for(settings, created_here=True))
    if reminder.status == "open":
        base = replace(base, open_status=base.raw.get("Status"))
    payload = {name: value for name, value in base.raw.items() if value is not None}
    return CreateTask(reminder.id, reminder.version, key, payload, base, reason)


def _after_lost_answer(pair: Pair, reminder: Reminder, attempt: Intent, snapshot: Snapshot) -> Iterator[Action]:
    """Yield what is safe after a create whose answer was lost (ONCE-2).

    By the org's unique field the create is repeated under its old key: it makes or finds the one Task. Without
    it, or once it was deleted here, the reminder waits until the request can no longer land; then what was found
    decides.
    """
    settings = snapshot.user.settings
    until = attempt.sent_at + MAY_LAND
    if snapshot.org.key_field is not None and attempt.key is not None and reminder.deleted_at is None:
        yield create(reminder, settings, attempt.key, "Sent again under its key: the answer was lost")
    elif snapshot.now < until or pair.looked_up is None:
        yield Wait(reminder.id, until, "The answer was lost and the Task may still appear")
    elif pair.looked_up:
        yield Park(reminder.id, reminder.version, POSSIBLE_DUPLICATE, "Several Tasks may be this reminder")
    elif reminder.deleted_at is not None:
        yield Settle(reminder.id, reminder.version, "Deleted here before Salesforce had it")
    else:
        yield create(reminder, settings, create_key(reminder), "Sent again: the first try made no Task")


def may_return(pair: Pair, snapshot: Snapshot) -> datetime | None:
    """Return until when a deleted Task may come back: an upsert by its key may still land, and would make it anew."""
    sent = [intent.sent_at for intent in pair.intents if intent.kind is WriteKind.CREATE]
    until = max(sent, default=None)
    if snapshot.org.key_field is None or until is None or until + MAY_LAND <= snapshot.now:
        return None
    return until + MAY_LAND


def adopt(reminder: Reminder, attempt: Intent, task: SalesforceTask, snapshot: Snapshot) -> AdoptTask:
    """Return the pairing of a reminder with the Task that `attempt` made, with what was sent as its base."""
    settings = snapshot.user.settings
    sent = {field.salesforce: attempt.payload.get(field.salesforce) for field in FIELDS}
    blank = Link(
        reminder.id,
        snapshot.user.org_id,
        task.id,
        # What the reminder holds by now may have been added since: only what was sent is agreed.
        Base(agreed=dict.fromkeys(mapping.values(reminder)), raw={}),
        created_here=True,
        seen_at=attempt.sent_at,
    )
    base = merge.look(reminder, blank, replace(task, values=sent), settings)
    base = merge.as_sent(reminder, blank, base, settings)
    link = replace(blank, base=base)
    return AdoptTask(reminder.id, attempt.id, link, attempt.version, "Salesforce had made it: its answer was lost")


def made_by(task: SalesforceTask, attempt: Intent, *, keyed: bool) -> bool:
    """Say whether a Task is what a create without an answer made: by its key in a `keyed` org, else by content."""
    if keyed:
        return task.key is not None and task.key == attempt.key
    return not task.is_deleted and all(
        text.same(task.values.get(field.salesforce), attempt.payload.get(field.salesforce)) for field in FIELDS
    )
