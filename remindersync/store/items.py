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
    Landed,
    LinkState,
    MatchTask,
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
    MatchTask: ("match", Side.APP),
    ChangeReminder: ("update", Side.APP),
    BinReminder: ("delete", Side.APP),
    UnbinReminder: ("restore", Side.APP),
    MoveReminder: ("move", Side.APP),
    HandOver: ("hand_over", Side.APP),
    AdoptTask: ("adopt", Side.APP),
    Landed: ("note", Side.APP),
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


def preview_items(plan: Plan) -> list[dict[str, Any]]:
    """Return what a person has to know of a plan before it is done, each item by name: what changes on either side.

    What is only remembered is left out, but for Tasks that Salesforce no longer shows; reminders about which nothing is
    done are told as skipped.
    """
    shown = [one for one in (*plan.inbound, *plan.outbound) if not isinstance(one, Settle) and not _is_note(one)]
    skipped: list[dict[str, Any]] = [
        {"action": "skip", "side": Side.APP.value, "reminder": one, "salesforce_id": None, "fields": {}, "reason": why}
        for one, why in plan.skipped
    ]
    return [_named(item, plan.names) for item in (*map(_item, shown), *skipped)]


def _is_note(action: Action) -> bool:
    return isinstance(action, Landed) or (isinstance(action, Rebase) and action.link.state is LinkState.ACTIVE)


def _named(item: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    name = item["fields"].get("name", {}).get("to") or names.get(item["reminder"])
    return item | {"name": name}


def _item(action: Action) -> dict[str, Any]:
    word, side = _WORDS[type(action)]
    return {
        "action": word,
        "side": side.value,
        "reminder": action.reminder_id,
        "salesforce_id": _task_id(action),
        "fields": _fields(action),
        "reason": action.reason,
    }


def _task_id(action: Action) -> str | None:
    if isinstance(action, HandOver):
        return action.task.id
    link = getattr(action, "link", None)
    return link.task_id if link is not None else None


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
