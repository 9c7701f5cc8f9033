"""Why a field has its value: the event that gave it, what lost against it, and when Salesforce got it (MERGE-4)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from remindersync import mapping
from remindersync.errors import UserMistake
from remindersync.model import Side
from remindersync.store import history, reach, rows
from remindersync.store.edits import said
from remindersync.store.history import ERASED, HistoryEntry
from remindersync.store.people import AppUser
from remindersync.store.restoring import our_name
from remindersync.store.tables import reminders
from remindersync.store.texts import known_id

_SALESFORCE = {field.name: field.salesforce for field in mapping.FIELDS} | {"assignee": "OwnerId"}
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Why:
    """Why a field has its `value`.

    `event` gave it (None: older than history is kept), `lost` are values that lost against it since, and `sent` is
    the latest write of the field to Salesforce.
    """

    reminder_id: str
    field: str
    value: str | None
    event: HistoryEntry | None
    lost: tuple[HistoryEntry, ...]
    sent: HistoryEntry | None

    @property
    def words(self) -> str:
        """The whole answer as sentences for people."""
        sentences = [_given(self), *map(_lost, self.lost)]
        if self.sent is not None:
            sentences.append(_sent(self.sent))
        return " ".join(sentences)


def why(connection: Connection, actor: AppUser, reminder_id: str, field: str) -> Why:
    """Return why a field of a reminder has its value. Raises `NotFound`, `UserMistake` for an unknown field."""
    reminder_id, name = known_id(reminder_id, "reminder"), our_name(field)
    entries = history.whole(connection, actor, reminder_id)
    value = _value(connection, actor, reminder_id, name)
    mine = [one for one in entries if one.field in (name, _SALESFORCE.get(name))]
    event = next((one for one in reversed(mine) if one.side is Side.APP and one.kept and one.new == value), None)
    since = event.id if event is not None else 0
    # What lost in the moment the value came is written before or after it, in the same transaction.
    lost = tuple(one for one in mine if not one.kept and (one.id > since or (event and one.at == event.at)))
    sent = next((one for one in reversed(mine) if one.side is Side.SALESFORCE and one.kept), None)
    return Why(reminder_id, name, value, event, lost, sent)


def _value(connection: Connection, actor: AppUser, reminder_id: str, name: str) -> str | None:
    row = connection.execute(
        reminders.select().where(reminders.c.id == reminder_id, reach.reachable(actor))
    ).one_or_none()
    if row is None:
        raise UserMistake("This reminder is no longer here: `remindersync history` shows what is left of it.")
    values: dict[str, str | None] = said(rows.reminder(row))
    values["deleted"] = "yes" if row.deleted_at else None
    values["shared"] = "yes" if row.shared else None
    values["assignee"] = reach.email_of(connection, row.assign_to or row.owner_id)
    if name not in values:
        raise UserMistake(f"A reminder has no field {name!r}: use one of {', '.join(values)}.")
    return values[name]


def _given(found: Why) -> str:
    label, value = found.field.replace("_", " ").capitalize(), quoted(found.value)
    event = found.event
    if event is None:
        return f"{label} is {value}; nothing that history still holds made it so."
    before = f", in place of {quoted(event.old)}" if event.old is not None else ""
    return (
        f"{label} is {value}: {event.actor} set it on {_moment(event.at)}{before} "
        f"(event {event.id}, {event.rule}{_run(event)})."
    )


def _lost(event: HistoryEntry) -> str:
    side = "the app" if event.side is Side.APP else "Salesforce"
    return (
        f"{quoted(event.old)} from {side} lost against {quoted(event.new)} on {_moment(event.at)} "
        f"({event.rule}{_run(event)}); `remindersync restore {event.id}` puts it back."
    )


def _sent(event: HistoryEntry) -> str:
    login = f" with the login {event.login}" if event.login else ""
    return f"{event.field} was last written to Salesforce for {event.actor}{login} on {_moment(event.at)}{_in(event)}."


def _run(event: HistoryEntry) -> str:
    return f", run {event.run_id}" if event.run_id else ""


def _in(event: HistoryEntry) -> str:
    return f" (event {event.id}{_run(event)})"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def quoted(value: str | None) -> str:
    """Return a value for a sentence: quoted, on one line, cut where it is long."""
    if value is None:
        return "empty"
    if value == ERASED:
        return "a value that was erased"
    line = " ".join(value.split())
    return f"“{line if len(line) <= _LONGEST else line[: _LONGEST - 1] + '…'}”"
