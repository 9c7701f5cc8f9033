"""Puts back a value that a history holds: an edit made now, by the person who asks (MERGE-2)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from remindersync import mapping, merge, subject, text
from remindersync.errors import UserMistake
from remindersync.model import LinkState, Person, Priority, Reminder, ReminderType, Status, TeamSettings
from remindersync.store import changing, history, listing, rows
from remindersync.store.changing import Changed, Scene
from remindersync.store.history import ERASED, HistoryEntry
from remindersync.store.tables import history as events
from remindersync.store.tables import links, teams, users
from remindersync.subject.renewing import template_for

Values = dict[str, Any]

# How Salesforce's names read here; its events are about what was written there.
_OURS = {field.salesforce: field.name for field in mapping.FIELDS} | {"OwnerId": "assignee"}
_NEVER_EMPTY = frozenset({"name", "type", "status", "priority", "assignee"})
_PERSON_PARTS = {"person_name": "name", "person_email": "email"}


def our_name(field: str) -> str:
    """Return a field's name here, given its name on either side or what people call it."""
    known = {name.lower(): ours for name, ours in _OURS.items()} | {each.label: each.name for each in mapping.FIELDS}
    return known.get(field.strip().lower(), field.strip().lower().replace(" ", "_"))


def restore(scene: Scene, event_id: int | str) -> Changed:
    """Undo what an event did to its field; the event that records it can be restored in turn.

    Raises `NotFound`, and `UserMistake` for an event that put nothing in another's place.
    """
    event = history.event(scene.connection, scene.actor, event_id)
    scene = replace(scene, rule=f"restored from event {event.id}")
    if event.field == "deleted":
        undo = changing.delete if event.old is not None else changing.restore
        return undo(scene, event.reminder_id, None)
    _refuse_unrestorable(scene.connection, event)
    shown = listing.one(scene.connection, scene.actor, event.reminder_id, scene.now).reminder
    values, email = _values(scene, event, shown)
    return changing.put_back(scene, event.reminder_id, values, email)


def _refuse_unrestorable(connection: Connection, event: HistoryEntry) -> None:
    if event.old == ERASED:
        raise UserMistake("This value was erased with the person it was about: it cannot be restored.")
    if event.field == "shared":
        raise UserMistake("A reminder that was pushed cannot be pulled back: delete it, or leave it.")
    if event.old is None and (event.field in _NEVER_EMPTY or _began(connection, event)):
        raise UserMistake("This event put nothing in another value's place: choose a later one.")


def _began(connection: Connection, event: HistoryEntry) -> bool:
    """Whether the reminder, or its Task, was made by what this event is part of."""
    same_side = (events.c.reminder_id == event.reminder_id) & (events.c.side == event.side.value)
    return bool(connection.scalar(select(func.min(events.c.at)).where(same_side)) == event.at)


def _values(scene: Scene, event: HistoryEntry, shown: Reminder) -> tuple[Values, str | None]:
    """Return the values to put back, as a reminder holds them, and the assignee's address."""
    field = _OURS.get(event.field, event.field)
    ours = event.old if field == event.field else _read(scene, event, field, shown)
    if field == "assignee":
        return {}, ours
    if field == "person" or field in _PERSON_PARTS:
        return {"person": _person(scene.connection, event, field, ours, shown)}, None
    return {field: _AS_HELD.get(field, _text)(ours)}, None


def _read(scene: Scene, event: HistoryEntry, field: str, shown: Reminder) -> str | None:
    """Return what a Salesforce value means here."""
    if field == "assignee":
        return _email_of(scene, event)
    settings = _settings(scene)
    if field == "name":
        meant = scene.connection.scalar(select(events.c.meant).where(events.c.id == event.id))
        return meant or text.invert(event.old, _around_name(scene, shown, settings))[0] or merge.NO_SUBJECT
    column = next(each for each in mapping.FIELDS if each.name == field)
    meaning = mapping.read(column, event.old, None, settings)
    if isinstance(meaning, mapping.Unsynced):
        raise UserMistake(f"{event.old!r} means nothing here: choose it in Salesforce, where it came from.")
    return meaning


def _around_name(scene: Scene, shown: Reminder, settings: TeamSettings) -> list[tuple[str, str]]:
    """Return the texts that may stand around the name in a Subject: as last written, and as written today."""
    present = (links.c.reminder_id == shown.id) & (links.c.state != LinkState.SUPERSEDED.value)
    link = scene.connection.execute(select(links).where(present)).one_or_none()
    template = template_for(settings, created_here=link is None or link.created_here)
    today = subject.render(template, "", subject.inputs(shown))
    base = None if link is None else rows.link(link).base
    return [(today.before, today.after)] if base is None else [(base.before, base.after), (today.before, today.after)]


def _email_of(scene: Scene, event: HistoryEntry) -> str:
    colleague = (users.c.team_id == scene.actor.team_id) & (users.c.salesforce_id == event.old)
    email: str | None = scene.connection.scalar(select(users.c.email).where(colleague))
    if email is None:
        raise UserMistake("Nobody in your team is that Salesforce user: assign the reminder by hand.")
    return email


def _settings(scene: Scene) -> TeamSettings:
    stored = scene.connection.scalar(select(teams.c.settings).where(teams.c.id == scene.actor.team_id))
    return rows.settings(stored or {})


def _person(
    connection: Connection, event: HistoryEntry, field: str, ours: str | None, shown: Reminder
) -> Person | None:
    """Return the person with one part as it was; with another record come the name and address that went with it."""
    if field in _PERSON_PARTS:
        person = replace(shown.person or Person(), **{_PERSON_PARTS[field]: ours or ""})
    else:
        person = replace(Person(**_went_too(connection, event)), salesforce_id=ours)
    return person if person != Person() else None


def _went_too(connection: Connection, event: HistoryEntry) -> Mapping[str, str]:
    together = (events.c.reminder_id == event.reminder_id) & (events.c.at == event.at)
    found = select(events.c.field, events.c.old).where(together, events.c.field.in_(_PERSON_PARTS), events.c.old != "")
    return {_PERSON_PARTS[row.field]: row.old for row in connection.execute(found)}


def _text(value: str | None) -> str:
    return value or ""


def _number(value: str | None) -> int | None:
    return None if value is None else int(value)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


_AS_HELD: Mapping[str, Callable[[str | None], Any]] = {
    "type": lambda value: ReminderType(value or ""),
    "status": lambda value: Status(value or ""),
    "priority": lambda value: Priority(value or ""),
    "due_date": _day,
    "campaign_day": _number,
    "campaign_step": _number,
}
