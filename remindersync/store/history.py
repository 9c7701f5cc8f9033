"""What happened to a reminder: events of its history for people, a page at a time (MERGE-4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from remindersync.model import Side
from remindersync.store import reach
from remindersync.store.cursors import of_number, read_number
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from remindersync.store.tables import history, links, reminders
from remindersync.store.texts import known_id, salesforce_id

MOST = 200
# What erasing a person leaves of a value: no value that was ever kept is an empty text.
ERASED = ""
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One event of a reminder's history; `kept` is False for a value that lost.

    `old` is what this event overwrote or, where `kept` is False, the value that lost; `new` is what stood after it.
    """

    id: int
    at: datetime
    reminder_id: str
    side: Side
    actor: str
    login: str | None
    field: str
    old: str | None
    new: str | None
    kept: bool
    rule: str
    run_id: str | None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some events, oldest first; there are more where there is a cursor."""

    items: tuple[HistoryEntry, ...]
    next_cursor: str | None = None


def page(connection: Connection, actor: AppUser, reminder_id: str, cursor: str | None, limit: int) -> HistoryPage:
    """Return one page of a reminder's history, behind `cursor`. Raises `NotFound`, `UserMistake` for a bad cursor."""
    limit = max(1, min(limit, MOST))
    found = of_reminder(connection, actor, reminder_id).order_by(history.c.id).limit(limit + 1)
    if cursor is not None:
        found = found.where(history.c.id > read_number(cursor))
    entries = [entry(row) for row in connection.execute(found)]
    more = of_number(entries[limit - 1].id) if len(entries) > limit else None
    return HistoryPage(tuple(entries[:limit]), more)


def whole(connection: Connection, actor: AppUser, reminder_id: str) -> tuple[HistoryEntry, ...]:
    """Return all of a reminder's history, oldest first. Raises `NotFound`."""
    found = of_reminder(connection, actor, reminder_id).order_by(history.c.id)
    return tuple(entry(row) for row in connection.execute(found))


def event(connection: Connection, actor: AppUser, event_id: int | str) -> HistoryEntry:
    """Return one event of a reminder the actor may see. Raises `NotFound`."""
    missing = NotFound("There is no such event: it may be older than history is kept.")
    digits = str(event_id)
    if not (digits.isascii() and digits.isdigit()) or int(digits) > _LARGEST_ID:
        raise missing
    found = select(history).where(history.c.id == int(digits), history.c.team_id == actor.team_id)
    row = connection.execute(found).one_or_none()
    if row is None:
        raise missing
    try:
        reach.require(connection, actor, row.reminder_id)
    except NotFound:
        raise missing from None
    return entry(row)


def of_reminder(connection: Connection, actor: AppUser, reminder_id: str) -> Select[Any]:
    """Return the query for a reminder's events. Raises `NotFound`.

    To an admin a reminder that was emptied from the bin is known as long as its history is.
    """
    reminder_id = known_id(reminder_id, "reminder")
    found = select(history).where(history.c.reminder_id == reminder_id, history.c.team_id == actor.team_id)
    if not (actor.is_admin and connection.scalar(found.with_only_columns(history.c.id).limit(1))):
        reach.require(connection, actor, reminder_id)
    return found


def team_of_reminder(connection: Connection, reminder: str) -> tuple[str, str]:
    """Return the team and the id of the reminder with an id, or with the id of its Task. Raises `NotFound`."""
    reminder_id = _of_task(connection, reminder) or known_id(reminder, "reminder")
    team_id = connection.scalar(select(reminders.c.team_id).where(reminders.c.id == reminder_id))
    team_id = team_id or connection.scalar(
        select(history.c.team_id).where(history.c.reminder_id == reminder_id).limit(1)
    )
    if team_id is None:
        raise NotFound("There is no such reminder: give its id, or the id of its Task.")
    return team_id, reminder_id


def team_of_event(connection: Connection, event_id: str) -> str:
    """Return the team of an event. Raises `NotFound`."""
    known = event_id.isascii() and event_id.isdigit() and int(event_id) <= _LARGEST_ID
    team_id: str | None = (
        connection.scalar(select(history.c.team_id).where(history.c.id == int(event_id))) if known else None
    )
    if team_id is None:
        raise NotFound(f"There is no event {event_id!r}: `remindersync history REMINDER` lists them.")
    return team_id


def entry(row: Row[Any]) -> HistoryEntry:
    """Return a row of `history` as a value."""
    values = {field: getattr(row, field) for field in HistoryEntry.__dataclass_fields__}
    return HistoryEntry(**values | {"side": Side(row.side)})


def _of_task(connection: Connection, text: str) -> str | None:
    try:
        task_id = salesforce_id(text)
    except ValueError:
        return None
    reminder_id: str | None = connection.scalar(select(links.c.reminder_id).where(links.c.task_id == task_id).limit(1))
    return reminder_id
