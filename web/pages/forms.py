"""A reminder as a form holds it: texts only, and what of them changed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from remindersync.model import Person, Reminder
from remindersync.store.intake import Draft

_PERSON = ("person_name", "person_email", "person_salesforce_id")


@dataclass(frozen=True, slots=True)
class ReminderForm:
    """The fields of the form; empty means none."""

    name: str = ""
    due_date: str = ""
    type: str = "custom"
    priority: str = "normal"
    status: str = "open"
    details: str = ""
    person_name: str = ""
    person_email: str = ""
    person_salesforce_id: str = ""
    assignee: str = ""

    @property
    def unfolded(self) -> bool:
        """Whether the folded part of the form holds something."""
        return any((self.details, self.person_name, self.person_email, self.person_salesforce_id))

    def as_draft(self) -> Draft:
        """Return the reminder to make; the store says what is wrong with it."""
        return Draft(
            name=self.name,
            type=self.type,
            priority=self.priority,
            due_date=self.due_date or None,
            details=self.details,
            person=self.person,
            assignee=self.assignee or None,
        )

    @property
    def person(self) -> Person | None:
        if not any(getattr(self, name).strip() for name in _PERSON):
            return None
        return Person(self.person_name, self.person_email, self.person_salesforce_id.strip() or None)

    def changes(self, shown: "ReminderForm") -> dict[str, object]:
        """Return what differs from the form as it was shown, as the store takes it (MAP-3: only what was changed)."""
        differing = {field.name for field in fields(self) if getattr(self, field.name) != getattr(shown, field.name)}
        changes: dict[str, object] = {name: getattr(self, name) for name in differing if name not in _PERSON}
        if "due_date" in changes:
            changes["due_date"] = self.due_date or None
        if differing.intersection(_PERSON):
            changes["person"] = self.person
        return changes


def read(form: Mapping[str, str], before: ReminderForm) -> ReminderForm:
    """Return what was posted, on top of what was there `before`; browsers send line breaks as CRLF."""
    sent = {field.name: form[field.name] for field in fields(ReminderForm) if field.name in form}
    posted = replace(before, **sent)
    return replace(posted, details=posted.details.replace("\r\n", "\n"))


def form_of(reminder: Reminder, assignee: str) -> ReminderForm:
    """Return a reminder as its form shows it."""
    person = reminder.person or Person()
    return ReminderForm(
        name=reminder.name,
        due_date=reminder.due_date.isoformat() if reminder.due_date else "",
        type=reminder.type.value,
        priority=reminder.priority.value,
        status=reminder.status.value,
        details=reminder.details,
        person_name=person.name,
        person_email=person.email,
        person_salesforce_id=person.salesforce_id or "",
        assignee=assignee,
    )
