"""What is peculiar to a Task when it is saved: what follows from Status, persons, owners and series."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from orgsim import access
from orgsim.errors import Refusal
from orgsim.org import Org
from orgsim.schema import object_name_of
from orgsim.tables import Row

_SERIES_FIELDS = ("ActivityDate", "Status")


def default_values(org: Org, user_id: str) -> Row:
    """Give what a new Task has where its creator says nothing."""
    return {
        "Status": _default(org, "TaskStatus", "Not Started"),
        "Priority": _default(org, "TaskPriority", "Normal"),
        "OwnerId": user_id,
        "TaskSubtype": "Task",
        "IsArchived": False,
        "IsVisibleInSelfService": False,
        "IsReminderSet": False,
        "IsRecurrence": False,
    }


def _default(org: Org, table: str, otherwise: str) -> str:
    rows = org.table(table).rows.values()
    return str(next((row["ApiName"] for row in rows if row.get("IsDefault")), otherwise))


def check(org: Org, values: Row, before: Row | None, user_id: str) -> None:
    """Refuse what a Task may not be given by a user; `before` is None on a create."""
    _check_series(values, before)
    _check_who(org, values, before)
    _check_what(org, values, before)
    _check_reference_rights(org, values, before, user_id)
    _check_owner(org, values, before)


def _check_series(values: Row, before: Row | None) -> None:
    is_series = values.get("IsRecurrence") if before is None else before.get("IsRecurrence")
    if not is_series:
        return
    barred = _SERIES_FIELDS[:1] if before is None else _SERIES_FIELDS
    for name in barred:
        if values.get(name) is not None or (before is not None and name in values):
            message = f"You cannot insert or update {name} for a recurring task"
            raise Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", message, (name,))


def _is_kept(name: str, values: Row, before: Row | None) -> bool:
    value = values.get(name)
    return value is None or (before is not None and before.get(name) == value)


def _check_who(org: Org, values: Row, before: Row | None) -> None:
    if _is_kept("WhoId", values, before):
        return
    who = values["WhoId"]
    if object_name_of(who) not in {"Lead", "Contact"}:
        message = f"Name ID: id value of incorrect type: {who}"
        raise Refusal(org.beliefs["wrong_who_type"], message, ("WhoId",))
    row = _referenced(org, who, "WhoId")
    if row.get("IsConverted"):
        raise Refusal("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ("WhoId",))


def _check_what(org: Org, values: Row, before: Row | None) -> None:
    if _is_kept("WhatId", values, before):
        return
    name = object_name_of(values["WhatId"])
    if name in {"Lead", "Contact", "User", "Group", "Task"}:
        message = f"Related To ID: id value of incorrect type: {values['WhatId']}"
        raise Refusal("FIELD_INTEGRITY_EXCEPTION", message, ("WhatId",))
    # Of the hundred objects a Task may hang on, only Accounts are kept here.
    if name == "Account":
        _referenced(org, values["WhatId"], "WhatId")


def _check_reference_rights(org: Org, values: Row, before: Row | None, user_id: str) -> None:
    for name in access.PARENT_FIELDS:
        if not _is_kept(name, values, before) and not access.may_refer_to(org, user_id, values[name]):
            message = f"insufficient access rights on cross-reference id: {values[name][:15]}"
            raise Refusal("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message, ())


def _referenced(org: Org, record_id: str, field: str) -> Row:
    found = org.find(record_id)
    if found is None:
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (field,))
    if found[1].get("IsDeleted"):
        raise Refusal("ENTITY_IS_DELETED", "entity is deleted", (field,))
    return found[1]


def _check_owner(org: Org, values: Row, before: Row | None) -> None:
    owner_id = values.get("OwnerId") or (before or {}).get("OwnerId")
    if owner_id is None or (_is_kept("OwnerId", values, before) and not org.beliefs["inactive_owner_blocks_update"]):
        return
    found = org.find(owner_id)
    if found is None or found[0] not in {"User", "Group"}:
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ("OwnerId",))
    if found[0] == "User" and not found[1].get("IsActive", True):
        message = f"operation performed with inactive user [{owner_id[:15]}] as owner of task"
        raise Refusal("INACTIVE_OWNER_OR_USER", message, ("OwnerId",))


def derive(org: Org, row: Row, before: Row | None, now: datetime) -> None:
    """Fill in the read-only fields that follow from the others."""
    row["IsClosed"] = _flag(org, "TaskStatus", "IsClosed", row.get("Status"))
    row["IsHighPriority"] = _flag(org, "TaskPriority", "IsHighPriority", row.get("Priority"))
    row["CompletedDateTime"] = _completed(org, row, before, now)
    row["AccountId"] = _account_of(org, row)


def derived(org: Org, row: Row, before: Row | None, now: datetime) -> Row:
    derive(org, row, before, now)
    return row


def _flag(org: Org, table: str, flag: str, value: Any) -> bool:
    for entry in org.table(table).rows.values():
        if entry["ApiName"] == value:
            return bool(entry.get(flag))
    return False


def _completed(org: Org, row: Row, before: Row | None, now: datetime) -> datetime | None:
    if not row["IsClosed"]:
        return None
    same = before is not None and before.get("IsClosed") and before.get("Status") == row.get("Status")
    if same and before is not None and org.beliefs["completed_again"] == "unchanged":
        stamp: datetime | None = before.get("CompletedDateTime")
        return stamp
    return now


def _account_of(org: Org, row: Row) -> str | None:
    what = row.get("WhatId")
    if what and object_name_of(what) == "Account":
        return str(what)
    who = org.find(row["WhoId"]) if row.get("WhoId") else None
    return who[1].get("AccountId") if who else None


def precondition_failed() -> Refusal:
    message = "The precondition in one or more headers evaluated to false"
    return Refusal("PRECONDITION_FAILED", message, status=HTTPStatus.PRECONDITION_FAILED)
