"""Compare both sides field by field, in words of its own: nothing of the engine's mapping is used here."""

import unicodedata
from collections.abc import Iterable

from worker.demo.sides import AppSide, CheckFailed, Record, SalesforceSide

_STATUS = {"Not Started": "open", "Completed": "completed"}
_PRIORITY = {"Normal": "normal", "High": "high"}
_SUBJECT_UNITS, _COMMENT_UNITS = 255, 32_000


def differences(app: AppSide, salesforce: SalesforceSide, owner_id: str) -> tuple[int, list[str]]:
    """Compare one person's reminders with their Tasks; return how many pairs there are, and what differs."""
    listed = list(app.reminders())
    reminders = {one["sync"]["salesforce_id"]: one for one in listed if one["sync"]["salesforce_id"]}
    tasks = {one["Id"]: one for one in salesforce.tasks(f"OwnerId = '{owner_id}' AND IsDeleted = false")}
    found = [f"{one['id']} has no Task" for one in listed if not one["sync"]["salesforce_id"]]
    for task_id, reminder in reminders.items():
        if task_id in tasks:
            found += [f"{task_id} {what}" for what in _differing(reminder, tasks[task_id])]
        else:
            found.append(f"{task_id} is linked to a reminder and not among the owner's Tasks")
    return len(reminders), found


def _differing(reminder: Record, task: Record) -> Iterable[str]:
    pairs = {
        "name": (_cut(_one_line(reminder["name"]), _SUBJECT_UNITS), task["Subject"] or "(no subject)"),
        "status": (reminder["status"], _STATUS.get(task["Status"], reminder["status"])),
        "priority": (reminder["priority"], _PRIORITY.get(task["Priority"], reminder["priority"])),
        "due date": (reminder["due_date"], task["ActivityDate"]),
        "details": (_cut(reminder["details"] or "", _COMMENT_UNITS), task["Description"]),
        "person": ((reminder["person"] or {}).get("salesforce_id"), task["WhoId"]),
    }
    for name, (here, there) in pairs.items():
        if _plain(here) != _plain(there):
            yield f"{name}: {here!r} here, {there!r} in Salesforce"


def _plain(text: str | None) -> str:
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", lines).strip()


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())


def _cut(text: str, units: int) -> str:
    """Return what of a text Salesforce can hold, by UTF-16 units; where it ends in a grapheme is not looked at here."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")


def expect(condition: object, what: str) -> None:
    """Raise `CheckFailed` with a sentence unless the condition holds."""
    if not condition:
        raise CheckFailed(what)
