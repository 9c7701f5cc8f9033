"""Turns what people and programs send into values a reminder may have, or says what is wrong with them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from remindersync.errors import UserMistake
from remindersync.model import Person, Priority, ReminderType, Status
from remindersync.store.texts import clean_email, clean_line, clean_lines, salesforce_id

LONGEST_NAME = 2_000
LONGEST_DETAILS = 100_000
LONGEST_TEXT = 2_000
LONGEST_EMAIL = 320
LARGEST_NUMBER = 2_147_483_647
_PERSON_PREFIXES = ("00Q", "003")


@dataclass(frozen=True, slots=True)
class Draft:
    """A reminder as it is asked for; `assignee` is an e-mail address, without one it is the writer's own."""

    name: str
    type: ReminderType | str = ReminderType.CUSTOM
    status: Status | str = Status.OPEN
    priority: Priority | str = Priority.NORMAL
    due_date: date | str | None = None
    details: str = ""
    person: Person | None = None
    campaign_name: str = ""
    campaign_day: int | None = None
    campaign_step: int | None = None
    call_outcome: str = ""
    call_reason: str = ""
    assignee: str | None = None

    def as_changes(self) -> dict[str, object]:
        """Return every field by name; the assignee only where one is named."""
        every = {field.name: getattr(self, field.name) for field in fields(self)}
        return every if self.assignee is not None else {k: v for k, v in every.items() if k != "assignee"}


def clean(changes: Mapping[str, object]) -> dict[str, Any]:
    """Return the changes as a reminder holds them, by field. Raises `UserMistake` naming the field that is wrong."""
    unknown = sorted(set(changes) - set(_CHECKS))
    if unknown:
        raise UserMistake(f"A reminder has no field {unknown[0]!r}: use one of {', '.join(sorted(_CHECKS))}.")
    return {field: _CHECKS[field](field, value) for field, value in changes.items()}


def _name(field: str, value: object) -> str:
    return clean_line(field, value, least=1, most=LONGEST_NAME)


def _details(field: str, value: object) -> str:
    return clean_lines(field, value, most=LONGEST_DETAILS)


def _text(field: str, value: object) -> str:
    return clean_line(field, value, most=LONGEST_TEXT)


def _one_of(words: type[StrEnum]) -> Callable[[str, object], StrEnum]:
    def check(field: str, value: object) -> StrEnum:
        if isinstance(value, str) and value in set(words):
            return words(value)
        raise UserMistake(f"{field} is not one of {', '.join(words)}: choose one of these.")

    return check


def _due_date(field: str, value: object) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(str(value) if isinstance(value, str) else "")
    except ValueError:
        raise UserMistake(f"{field} is not a date: write it like 2026-11-23, without a time.") from None


def _number(field: str, value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_NUMBER:
        raise UserMistake(f"{field} is not a whole number from 0 to {LARGEST_NUMBER:,}: correct it or leave it empty.")
    return value


def _person(field: str, value: object) -> Person | None:
    if value is None:
        return None
    if not isinstance(value, Person):
        raise UserMistake(f"{field} must be a person with a name, an e-mail address or a Salesforce id.")
    person = replace(
        value,
        name=clean_line(f"{field}.name", value.name, most=LONGEST_TEXT),
        email=clean_line(f"{field}.email", value.email, most=LONGEST_EMAIL),
        salesforce_id=_person_id(f"{field}.salesforce_id", value.salesforce_id),
    )
    return person if person != Person() else None


def _person_id(field: str, value: object) -> str | None:
    if value is None or value == "":
        return None
    try:
        full = salesforce_id(clean_line(field, value, most=LONGEST_TEXT))
    except ValueError as error:
        raise UserMistake(f"{field} is no Salesforce id ({error}): copy it from the record's address.") from None
    if not full.startswith(_PERSON_PREFIXES):
        raise UserMistake(f"{field} is not the id of a Lead (00Q…) or a Contact (003…): use one of these.")
    return full


def _assignee(field: str, value: object) -> str:
    return clean_email(field, value)


_CHECKS: dict[str, Callable[[str, object], object]] = {
    "name": _name,
    "type": _one_of(ReminderType),
    "status": _one_of(Status),
    "priority": _one_of(Priority),
    "due_date": _due_date,
    "details": _details,
    "person": _person,
    "campaign_name": _text,
    "campaign_day": _number,
    "campaign_step": _number,
    "call_outcome": _text,
    "call_reason": _text,
    "assignee": _assignee,
}
