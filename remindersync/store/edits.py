"""What an edit makes of a reminder, and what history keeps of it; nothing here touches the database."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from remindersync.model import HistoryEvent, Person, Reminder, Side, Status, Value

# The values a reminder begins with: history does not repeat them.
_UNSAID = {"type": "custom", "status": "open", "priority": "normal"}


def edited(before: Reminder, values: Mapping[str, Any], now: datetime) -> Reminder:
    """Return the reminder with these values, as `intake.clean` gives them; the same one where it has them all."""
    new = {field: value for field, value in values.items() if value != getattr(before, field)}
    if not new:
        return before
    times = {field: now for field in new if field != "person" or _other_record(before, new["person"])}
    after = replace(before, **new, edited_at={**before.edited_at, **times}, completed_at=_completed(before, new, now))
    # Who sets the status here has decided what a guard would ask about.
    return touched(replace(after, held_change=None) if "status" in new else after, now)


def touched(reminder: Reminder, now: datetime) -> Reminder:
    """Return the reminder as one change later."""
    return replace(reminder, version=reminder.version + 1, updated_at=now)


def differences(before: Reminder | None, after: Reminder, actor: str, rule: str) -> Iterator[HistoryEvent]:
    """Yield an event for each value that came or went (MERGE-4); without a `before`, for each that was given."""
    old: Mapping[str, Value] = _UNSAID if before is None else said(before)
    for field, value in said(after).items():
        if value != old.get(field):
            former = None if before is None else old[field]
            yield HistoryEvent(after.id, Side.APP, actor, field, former, value, rule)


def said(reminder: Reminder) -> dict[str, Value]:
    """Return what people gave a reminder, each as the exact text it can be restored from."""
    person = reminder.person
    return {
        "name": reminder.name,
        "type": reminder.type.value,
        "status": reminder.status.value,
        "priority": reminder.priority.value,
        "due_date": reminder.due_date.isoformat() if reminder.due_date else None,
        "details": reminder.details or None,
        # The id alone is what Salesforce knows of a person, so that is the field both sides' events are about.
        "person": _record_id(person),
        "person_name": (person.name if person else "") or None,
        "person_email": (person.email if person else "") or None,
        "campaign_name": reminder.campaign_name or None,
        "campaign_day": _digits(reminder.campaign_day),
        "campaign_step": _digits(reminder.campaign_step),
        "call_outcome": reminder.call_outcome or None,
        "call_reason": reminder.call_reason or None,
    }


def _digits(number: int | None) -> str | None:
    return None if number is None else str(number)


def _other_record(before: Reminder, person: Person | None) -> bool:
    """Whether the person is another Lead or Contact; a new spelling of the same one is no edit of WhoId (MERGE-1)."""
    return _record_id(before.person) != _record_id(person)


def _record_id(person: Person | None) -> str | None:
    return None if person is None else person.salesforce_id


def _completed(before: Reminder, new: Mapping[str, Any], now: datetime) -> datetime | None:
    if "status" not in new:
        return before.completed_at
    return now if new["status"] is Status.COMPLETED else None
