"""What happened to a reminder, why a field has its value, and putting a value back."""

from typing import TYPE_CHECKING, Any

import click

from worker.cli.here import services
from worker.cli.output import facts, json_option, say, show

if TYPE_CHECKING:
    from remindersync.store.history import HistoryEntry
    from remindersync.store.people import AppUser
    from worker.services import Services

_PAGE = 200
_LONGEST = 60
_EVENT = ("id", "at", "side", "actor", "login", "field", "old", "new", "kept", "rule", "run_id")


@click.command()
@click.argument("reminder")
@json_option
def history(reminder: str, *, as_json: bool) -> None:
    """Show all that history holds of REMINDER, oldest first.

    REMINDER is its id or its Task's. Where kept is "no", the old value is one that lost. `restore` takes the number in
    the first column and puts back what is under old.
    """
    here = services()
    events = [_shown(event) for event in _events(here, reminder)]
    rows = events if as_json else [_short(event) for event in events]
    show(rows, as_json=as_json, empty="History holds nothing of it.")


@click.command()
@click.argument("reminder")
@click.argument("field")
@json_option
def why(reminder: str, field: str, *, as_json: bool) -> None:
    """Tell why FIELD of REMINDER has its value: who set it, by which rule, what lost, when Salesforce got it.

    FIELD is a name as in the API (`name`, `due_date`) or as in Salesforce (`Subject`, `ActivityDate`).
    """
    here = services()
    operator, reminder_id = here.reminders.operator_of(reminder)
    found = here.reminders.why(operator, reminder_id, field)
    say(
        found.words,
        as_json=as_json,
        reminder=found.reminder_id,
        field=found.field,
        value=found.value,
        words=found.words,
        event=_shown(found.event) if found.event else None,
        lost=[_shown(event) for event in found.lost],
        sent=_shown(found.sent) if found.sent else None,
    )


@click.command()
@click.argument("event")
@click.option("--as", "email", metavar="EMAIL", help="Who asks; without it history says it was the operator.")
@json_option
def restore(event: str, email: str | None, *, as_json: bool) -> None:
    """Put back the value that EVENT of a history overwrote, or that lost in it.

    It is an edit made now: it goes to Salesforce, and can itself be undone. Restoring a deletion takes the reminder out
    of the bin.
    """
    here = services()
    person = here.directory.user(email) if email else here.reminders.operator_of_event(event)
    before = _version(here, person, event)
    changed = here.reminders.restore_value(person, event)
    if changed.due_user_id is not None:
        here.send(changed.due_user_id)
    done = changed.reminder.version != before
    sentence = f"Event {event} is undone." if done else f"There was nothing to do: event {event} is undone already."
    say(sentence, as_json=as_json, reminder=changed.reminder.id, version=changed.reminder.version, changed=done)


def _events(here: "Services", reminder: str) -> "list[HistoryEntry]":
    operator, reminder_id = here.reminders.operator_of(reminder)
    found = here.reminders.history_page(operator, reminder_id, limit=_PAGE)
    events = list(found.items)
    while found.next_cursor is not None:
        found = here.reminders.history_page(operator, reminder_id, cursor=found.next_cursor, limit=_PAGE)
        events += found.items
    return events


def _version(here: "Services", person: "AppUser", event: str) -> int:
    reminder_id = here.reminders.event(person, event).reminder_id
    return here.reminders.get(person, reminder_id).reminder.version


def _shown(event: "HistoryEntry") -> dict[str, Any]:
    row = facts(event, _EVENT)
    return {name.removesuffix("_id"): value for name, value in row.items()} | {"side": event.side.value}


def _short(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row for a person: long values on one line, cut."""
    lines = {name: " ".join(row[name].split()) for name in ("old", "new") if row[name] is not None}
    cut = {name: line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…" for name, line in lines.items()}
    return row | cut
