"""A plan as the list of items that people and programs read (`GET /runs/{id}/plan`)."""

from collections.abc import Mapping
from typing import Any

from remindersync.model import (
    Action,
    AdoptTask,
    BinReminder,
    ChangeReminder,
    ChangeTask,
    CreateTask,
    DeleteTask,
    HandOver,
    ImportTask,
    MoveReminder,
    Park,
    Plan,
    Rebase,
    Reminder,
    Settle,
    Side,
    UnbinReminder,
    Value,
    Wait,
)

_WORDS: Mapping[type[Action], tuple[str, Side]] = {
    ImportTask: ("create", Side.APP),
    ChangeReminder: ("update", Side.APP),
    BinReminder: ("delete", Side.APP),
    UnbinReminder: ("restore", Side.APP),
    MoveReminder: ("move", Side.APP),
    HandOver: ("hand_over", Side.APP),
    AdoptTask: ("adopt", Side.APP),
    Rebase: ("note", Side.APP),
    Settle: ("settle", Side.APP),
    Wait: ("wait", Side.APP),
    Park: ("park", Side.APP),
    CreateTask: ("create", Side.SALESFORCE),
    ChangeTask: ("update", Side.SALESFORCE),
    DeleteTask: ("delete", Side.SALESFORCE),
}


def plan_items(plan: Plan) -> list[dict[str, Any]]:
    """Return one item for each action, in the order they would be carried out."""
    return [_item(action) for action in (*plan.inbound, *plan.outbound)]


def _item(action: Action) -> dict[str, Any]:
    word, side = _WORDS[type(action)]
    link = getattr(action, "link", None)
    return {
        "action": word,
        "side": side.value,
        "reminder": _reminder_id(action),
        "salesforce_id": link.task_id if link is not None else None,
        "fields": _fields(action),
        "reason": action.reason,
    }


def _reminder_id(action: Action) -> str:
    match action:
        case ImportTask():
            return action.reminder.id
        case Rebase() | HandOver():
            return action.link.reminder_id
        case _:
            return action.reminder_id


def _fields(action: Action) -> dict[str, dict[str, Value]]:
    match action:
        case ImportTask():
            values: Mapping[str, Value] = _imported(action.reminder)
        case ChangeReminder() | UnbinReminder():
            values = action.values
        case CreateTask() | ChangeTask():
            values = action.payload
        case _:
            return {}
    before: Mapping[str, Value] = getattr(action, "before", {})
    return {field: {"from": before.get(field), "to": value} for field, value in values.items()}


def _imported(reminder: Reminder) -> dict[str, Value]:
    due = reminder.due_date
    values = {
        "name": reminder.name,
        "status": reminder.status.value,
        "priority": reminder.priority.value,
        "due_date": due.isoformat() if due else None,
        "details": reminder.details or None,
    }
    return {field: value for field, value in values.items() if value is not None}
