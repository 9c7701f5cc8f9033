"""A reminder as the templates show it."""

from dataclasses import dataclass
from datetime import date, datetime

from remindersync.model import PRIORITY_MAP, STATUS_MAP, Person
from remindersync.store.shown import ListedReminder


@dataclass(frozen=True, slots=True)
class Card:
    """One reminder with how it stands; `raw_status` is the Task's own where it says something else (MAP-1)."""

    id: str
    name: str
    type: str
    status: str
    priority: str
    due_date: date | None
    person: Person | None
    deleted_at: datetime | None
    version: int
    assignee: str
    state: str
    url: str | None
    error: str | None
    raw_status: str | None
    raw_priority: str | None


def card(listed: ListedReminder) -> Card:
    """Return what is shown of a reminder."""
    reminder, sync = listed.reminder, listed.sync
    raw = sync.salesforce or {}
    return Card(
        id=reminder.id,
        name=reminder.name,
        type=reminder.type.value,
        status=reminder.status.value,
        priority=reminder.priority.value,
        due_date=reminder.due_date,
        person=reminder.person,
        deleted_at=reminder.deleted_at,
        version=reminder.version,
        assignee=listed.assignee_email,
        state=sync.state.value,
        url=sync.url,
        error=f"{sync.error.meaning} {sync.error.remedy}" if sync.error else None,
        raw_status=_other(raw.get("status"), STATUS_MAP.writes[reminder.status]),
        raw_priority=_other(raw.get("priority"), PRIORITY_MAP.writes[reminder.priority]),
    )


def _other(raw: str | None, expected: str) -> str | None:
    """Return a Task's value that a person would not expect from the reminder's own."""
    return raw if raw and raw != expected else None
