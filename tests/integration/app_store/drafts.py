"""A draft with every value in it, and what a history tells of a reminder."""

from datetime import date

from remindersync.model import Person
from remindersync.store.app_reminders import Draft

NOBODY = "8b0c9e5e-0000-4000-8000-000000000000"
LEAD = "00Q000000000001EAA"
CONTACT = "003000000000001AAA"
WHOLE = Draft(
    name="Call Ada",
    type="call",
    status="completed",
    priority="high",
    due_date=date(2026, 11, 23),
    details="first\nsecond",
    person=Person("Ada", "ada@lovelace.example", LEAD),
    campaign_name="Autumn",
    campaign_day=1,
    campaign_step=2,
    call_outcome="reached",
    call_reason="demo",
)


def told(app, actor, reminder):
    return [(entry.field, entry.old, entry.new, entry.rule) for entry in app.history(actor, reminder.id)]
