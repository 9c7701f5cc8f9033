"""The field table: which reminder field is which Task field, and what a value of one side means on the other."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, StrEnum
from string import ascii_uppercase, digits
from typing import Any, Final

from remindersync.model import Base, Person, Priority, Reminder, Status, TeamSettings, Value, ValueMap, Values
from remindersync.text import cut, flatten, invert, normal


class Unsynced(Enum):
    """The type of `UNSYNCED`."""

    UNSYNCED = "unsynced"


# A Salesforce value that means nothing here: the reminder keeps its own (MAP-1).
UNSYNCED: Final = Unsynced.UNSYNCED


@dataclass(frozen=True, slots=True)
class Field:
    """One row of the table. `limit` is in UTF-16 units; `label` is what people call the field."""

    name: str
    salesforce: str
    limit: int | None
    label: str


NAME = Field("name", "Subject", 255, "name")
STATUS = Field("status", "Status", None, "status")
PRIORITY = Field("priority", "Priority", None, "priority")
DUE_DATE = Field("due_date", "ActivityDate", None, "due date")
DETAILS = Field("details", "Description", 32_000, "details")
PERSON = Field("person", "WhoId", None, "person")
FIELDS = (NAME, STATUS, PRIORITY, DUE_DATE, DETAILS, PERSON)

_SHORT_ID = re.compile("[A-Za-z0-9]{15}")
_ID_SIGNS = ascii_uppercase + digits


# ── What a value means ──────────────────────────────────────────────────────────────────────────────────────


def values(reminder: Reminder) -> dict[str, Value]:
    """Return a reminder's mapped values by field name, in normal form; a date is ISO, a person a Salesforce id."""
    return {
        NAME.name: normal(reminder.name),
        STATUS.name: reminder.status.value,
        PRIORITY.name: reminder.priority.value,
        DUE_DATE.name: reminder.due_date.isoformat() if reminder.due_date else None,
        DETAILS.name: normal(reminder.details),
        PERSON.name: _plain(PERSON, reminder.person.salesforce_id if reminder.person else None),
    }


def read(field: Field, raw: Value, base: Base | None, settings: TeamSettings) -> Value | Unsynced:
    """Return what a Salesforce value means here; not for the name, which `read_subject` finds.

    `UNSYNCED` where it means nothing (MAP-1). A picklist value is always read by today's map; any other value that
    still is the base's means what was agreed. An edit of a text that was cut keeps the rest (MAP-4).
    """
    picklist = _picklist(field, settings)
    if picklist is not None:
        return picklist.read(raw) or UNSYNCED
    if base is not None and not changed(field, raw, base):
        return base.agreed.get(field.name)
    value = _plain(field, raw)
    if field == DUE_DATE and value is not None:
        day = _day(value)
        return day.isoformat() if day else UNSYNCED
    if field == DETAILS and base is not None:
        shown = normal(base.raw.get(DETAILS.salesforce)) or ""
        return _lengthened(value, _hidden(base.agreed.get(DETAILS.name), shown))
    return value


def read_subject(
    raw: Value, base: Base | None, today: tuple[str, str] | None, settings: TeamSettings
) -> tuple[Value, str, str]:
    """Return the name in a Subject, and the texts around it that the base is to keep (SUBJ-4).

    `today` are the texts around the name as the template would render them now, best for an empty name: those are
    not cut; None where the template does not apply. Where neither they nor the base's fit, the whole Subject is the
    name and the base keeps its own: a person may put them back. Around a name that is not `readable` nothing is known.
    A Subject that still is the base's, or any where the team takes in no Subjects (SUBJ-3), means the name agreed on.
    """
    candidates = [] if today is None else [today]
    if base is None:
        return invert(raw, candidates)
    known = base.before, base.after
    agreed = base.agreed.get(NAME.name)
    if not (settings.subject_inbound and changed(NAME, raw, base)):
        return agreed, *known
    name, before, after = invert(raw, [known, *candidates] if readable(base) else candidates)
    if normal(raw) is not None:
        shown, *_ = invert(base.raw.get(NAME.salesforce), [known])
        name = _lengthened(name, _hidden(agreed, shown))
    return (name, before, after) if before or after else (name, *known)


def readable(base: Base) -> bool:
    """Whether the name agreed on stands in the base's Subject, not where a one-way template made that (SUBJ-5)."""
    shown, known = normal(base.raw.get(NAME.salesforce)), (base.before, base.after)
    if base.written is None and (any(known) or shown is None):
        return True
    agreed = base.agreed.get(NAME.name)
    if not any(known):
        return shown == fits(NAME, agreed)
    name, *_ = invert(shown, [known])
    return flatten(normal(agreed) or "").startswith(name or "")


def _hidden(agreed: Value, shown: Value) -> str:
    """Return the end of an agreed text that Salesforce does not show, beginning where what it shows ends."""
    whole = normal(agreed)
    if whole is None or shown is None or not flatten(whole).startswith(flatten(shown)):
        return ""
    return whole[len(shown) :]


def _lengthened(text: Value, rest: str) -> Value:
    return normal((text or "") + rest)


def changed(field: Field, raw: Value, base: Base) -> bool:
    """Whether a Salesforce value differs from the base's in normal form."""
    return _plain(field, raw) != _plain(field, base.raw.get(field.salesforce))


# ── What to write ───────────────────────────────────────────────────────────────────────────────────────────


def write(field: Field, value: Value, base: Base | None, settings: TeamSettings) -> Value:
    """Return the Salesforce value for an app value, fitted to the field; not for the name, which a template renders.

    What the base's raw value already means keeps that raw value, and reopening restores the Status the Task was last
    open with, if that reads as open or is unmapped (MAP-2). A value no picklist knows leaves Salesforce's as it is.
    """
    if base is not None and _stands(field, value, base, settings):
        return base.raw.get(field.salesforce)
    picklist = _picklist(field, settings)
    if picklist is None:
        return fits(field, value)
    if field == STATUS and value == Status.OPEN and base is not None and _reopens(base.open_status, picklist):
        return base.open_status
    return picklist.writes.get(value or "", base.raw.get(field.salesforce) if base else None)


def _stands(field: Field, value: Value, base: Base, settings: TeamSettings) -> bool:
    """Whether the base's raw value already means `value`, or was left beside it though it means nothing (MAP-1)."""
    if value == base.agreed.get(field.name):
        return True
    raw = base.raw.get(field.salesforce)
    picklist = _picklist(field, settings)
    return picklist.read(raw) == value if picklist else _plain(field, raw) == fits(field, value)


def _reopens(raw: Value, statuses: ValueMap) -> bool:
    return raw is not None and statuses.read(raw) in {Status.OPEN, None}


def fits(field: Field, value: Value) -> Value:
    """Return the part of an app value that Salesforce can hold, in normal form (MAP-4)."""
    text = _plain(field, value)
    if text is None or field.limit is None:
        return text
    return normal(cut(flatten(text) if field == NAME else text, field.limit))


def _picklist(field: Field, settings: TeamSettings) -> ValueMap | None:
    return {STATUS.name: settings.status_map, PRIORITY.name: settings.priority_map}.get(field.name)


def _plain(field: Field, value: Value) -> Value:
    """Return a value of either side in normal form; of an id, the form of 18 signs that Salesforce answers with."""
    text = normal(value)
    if field == PERSON and text is not None and _SHORT_ID.fullmatch(text):
        return text + "".join(_ID_SIGNS[_capitals(text[start : start + 5])] for start in (0, 5, 10))
    return text


def _capitals(signs: str) -> int:
    return sum(1 << place for place, sign in enumerate(signs) if sign.isupper())


# ── Into a reminder ─────────────────────────────────────────────────────────────────────────────────────────


def apply(reminder: Reminder, values: Values) -> Reminder:
    """Return the reminder with these mapped values; those it already has stay as they are spelled.

    A status, priority or date nobody knows is left out; another person is one of whom only the id is known.
    """
    present = _present(reminder)
    new = {name: value for name, value in values.items() if value != present[name]}
    return replace(reminder, **{name: _SETTERS[name](reminder, value) for name, value in new.items()})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _due(reminder: Reminder, value: Value) -> date | None:
    return None if value is None else _day(value) or reminder.due_date


def _member(kind: type[StrEnum], value: Value, present: StrEnum) -> StrEnum:
    return next((member for member in kind if member == value), present)


# `apply` has a parameter of that name.
_present = values

_SETTERS: dict[str, Callable[[Reminder, Value], Any]] = {
    NAME.name: lambda _, value: value or "",
    STATUS.name: lambda reminder, value: _member(Status, value, reminder.status),
    PRIORITY.name: lambda reminder, value: _member(Priority, value, reminder.priority),
    DUE_DATE.name: _due,
    DETAILS.name: lambda _, value: value or "",
    PERSON.name: lambda _, value: Person(salesforce_id=value) if value else None,
}
