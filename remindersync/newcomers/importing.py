"""Plan for Tasks that nobody here has: which of them become reminders, and what reminders they become."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid5

from remindersync import mapping, merge
from remindersync.mapping import FIELDS, UNSYNCED
from remindersync.model import (
    Base,
    ImportTask,
    Link,
    Pair,
    Reminder,
    ReminderType,
    SalesforceTask,
    Side,
    Snapshot,
    SyncUser,
    TeamSettings,
    Value,
)

# FIRST-2: a Task is imported when it was edited in this span before sync was turned on, or later.
IMPORT_SPAN = timedelta(hours=24)
IDS = UUID("5b6d1c1e-5d0f-4c39-9f5e-6f2d9a0f4b7a")
_TYPES = {"Call": ReminderType.CALL, "LinkedIn": ReminderType.INMAIL}
_LOGGED_EMAILS = frozenset({"Email", "ListEmail", "List Email"})


def reminder_id(org_id: str, task_id: str) -> str:
    """Return the id an imported Task's reminder gets: the same one however often it is imported."""
    return str(uuid5(IDS, f"{org_id}:{task_id}"))


def eligible(task: SalesforceTask, user: SyncUser) -> bool:
    """Say whether a Task of the user's is of the kind that may have a reminder (MAP-7)."""
    return (
        task.owner_id == user.salesforce_id
        and not (task.is_deleted or task.is_recurrence)
        and task.subtype not in _LOGGED_EMAILS
        and (user.settings.import_closed_on_creation or not _closed_on_creation(task))
    )


def importable(task: SalesforceTask, snapshot: Snapshot) -> bool:
    """Say whether a Task nobody here has becomes a reminder by itself (MAP-7, FIRST-2)."""
    switched = snapshot.user.turned_on_at + timedelta(seconds=snapshot.clock_offset_seconds)
    since = snapshot.import_since or switched - IMPORT_SPAN
    return task.modified_at >= since and task.id not in snapshot.kept_out and eligible(task, snapshot.user)


def wanted(pair: Pair, snapshot: Snapshot) -> bool:
    """Say whether the Task of a pair without a reminder comes in, by itself or because somebody chose so (FIRST-6)."""
    task = pair.task
    if task is None or task.id in snapshot.kept_out or not eligible(task, snapshot.user):
        return False
    asked = pair.chosen or pair.match is not None or (snapshot.choice.import_open and not task.is_closed)
    return asked or importable(task, snapshot)


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
    link = Link(
        reminder.id,
        snapshot.user.org_id,
        task.id,
        base,
        stamp=task.stamp,
        seen_at=task.read_at,
        company_id=task.company_id,
        related_id=task.related_id,
    )
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
