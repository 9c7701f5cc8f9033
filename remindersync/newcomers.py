"""Plan for what has no partner yet: Tasks to import, reminders to create a Task for, creates without an answer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from remindersync import mapping, merge, text
from remindersync.errors import Category, Destiny, Fault
from remindersync.mapping import FIELDS, UNSYNCED
from remindersync.model import (
    Action,
    AdoptTask,
    Base,
    CreateTask,
    ImportTask,
    Intent,
    Link,
    Pair,
    Park,
    Reminder,
    ReminderType,
    SalesforceTask,
    Settle,
    Side,
    Snapshot,
    TeamSettings,
    Value,
    Wait,
    WriteKind,
)

# A REST request runs ten minutes at most: one sent earlier can no longer land.
MAY_LAND = timedelta(minutes=10)
# FIRST-2: a Task is imported when it was edited in this span before sync was turned on, or later.
IMPORT_SPAN = timedelta(hours=24)

POSSIBLE_DUPLICATE = Fault(
    code="POSSIBLE_DUPLICATE",
    message="",
    category=Category.OTHER,
    meaning="Salesforce did not answer when this reminder was sent, and several Tasks there may be it.",
    remedy="Compare them in Salesforce, delete what is too many, then retry.",
    destiny=Destiny.PARK,
)

_IDS = UUID("5b6d1c1e-5d0f-4c39-9f5e-6f2d9a0f4b7a")
_TYPES = {"Call": ReminderType.CALL, "LinkedIn": ReminderType.INMAIL}
_LOGGED_EMAILS = frozenset({"Email", "ListEmail", "List Email"})


def reminder_id(org_id: str, task_id: str) -> str:
    """Return the id an imported Task's reminder gets: the same one however often it is imported."""
    return str(uuid5(_IDS, f"{org_id}:{task_id}"))


def create_key(reminder: Reminder) -> str:
    """Return the key under which a reminder's Task is created; a later version that needs a new Task gets a new one."""
    return uuid5(_IDS, f"{reminder.id}:{reminder.version}").hex


def importable(task: SalesforceTask, snapshot: Snapshot) -> bool:
    """Say whether a Task nobody here has becomes a reminder (MAP-7, FIRST-2)."""
    switched = snapshot.user.turned_on_at + timedelta(seconds=snapshot.clock_offset_seconds)
    since = snapshot.import_since or switched - IMPORT_SPAN
    return (
        task.owner_id == snapshot.user.salesforce_id
        and not (task.is_deleted or task.is_recurrence)
        and task.subtype not in _LOGGED_EMAILS
        and task.modified_at >= since
        and task.id not in snapshot.kept_out
        and (snapshot.user.settings.import_closed_on_creation or not _closed_on_creation(task))
    )


def _closed_on_creation(task: SalesforceTask) -> bool:
    return task.is_closed and task.completed_at is not None and task.completed_at <= task.created_at


def import_task(task: SalesforceTask, snapshot: Snapshot) -> ImportTask:
    """Return the import of a Task: its reminder, and a link whose base is what the Task shows."""
    settings = snapshot.user.settings
    values = {field.name: imported_value(field, task, settings) for field in FIELDS}
    now = snapshot.now - timedelta(seconds=snapshot.clock_offset_seconds)
    blank = Reminder(
        id=reminder_id(snapshot.user.org_id, task.id),
        team_id=snapshot.user.team_id,
        owner_id=snapshot.user.id,
        name=merge.NO_SUBJECT,
        type=_TYPES.get(task.subtype or "", ReminderType.CUSTOM),
        origin=Side.SALESFORCE,
        synced_version=1,
        created_at=now,
        updated_at=now,
        completed_at=task.completed_at if values["status"] == "completed" else None,
    )
    reminder = mapping.apply(blank, values)
    if reminder.person is not None:
        reminder = replace(reminder, person=replace(reminder.person, name=task.person_name))
    base = Base(
        agreed=mapping.values(reminder),
        raw=dict(task.values),
        open_status=None if task.is_closed else task.values.get("Status"),
    )
    link = Link(reminder.id, snapshot.user.org_id, task.id, base, stamp=task.stamp, seen_at=task.read_at)
    return ImportTask(reminder, link, f"{_why(task)} in Salesforce")


def _why(task: SalesforceTask) -> str:
    return "Created" if task.created_at == task.modified_at else "Edited"


def imported_value(field: mapping.Field, task: SalesforceTask, settings: TeamSettings) -> Value:
    """Return what a new reminder takes from a Task: a value that does not sync starts Open or Normal (MAP-1)."""
    raw = task.values.get(field.salesforce)
    if field.name == "name":
        return mapping.read_subject(raw, None, None, settings)[0] or merge.NO_SUBJECT
    meaning = mapping.read(field, raw, None, settings)
    if meaning is UNSYNCED:
        return {"status": "open", "priority": "normal"}.get(field.name)
    return meaning if isinstance(meaning, str) else None


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
    raw = {
        field.salesforce: mapping.write(field, value, None, settings)
        for field, value in ((field, mapping.values(reminder)[field.name]) for field in FIELDS)
        if field.name != "name"
    }
    base = Base(agreed=mapping.values(reminder), raw=raw)
    base = merge.with_subject(base, reminder, merge.subject_template(settings, templated=True))
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
    elif len(pair.looked_up) > 1:
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
        Base(agreed=mapping.values(reminder), raw={}),
        created_here=True,
        seen_at=attempt.sent_at,
    )
    base = merge.look(reminder, blank, replace(task, values=sent, is_closed=False), settings)
    base = replace(base, written=sent["Subject"], open_status=None if task.is_closed else sent["Status"])
    link = replace(blank, base=base)
    return AdoptTask(reminder.id, attempt.id, link, attempt.version, "Salesforce had made it: its answer was lost")


def made_by(task: SalesforceTask, attempt: Intent, *, keyed: bool) -> bool:
    """Say whether a Task is what a create without an answer made: by its key in a `keyed` org, else by content."""
    if keyed:
        return task.key is not None and task.key == attempt.key
    return not task.is_deleted and all(
        text.same(task.values.get(field.salesforce), attempt.payload.get(field.salesforce)) for field in FIELDS
    )
