"""Recurring series and Tasks that repeat on completion: what one save makes and deletes besides."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from orgsim import recurrence
from orgsim.errors import Refusal, required_missing
from orgsim.org import Org
from orgsim.soql.operators import zone_named
from orgsim.tables import Row

if TYPE_CHECKING:
    from orgsim.saving import Saver

_NEEDED = ("RecurrenceStartDateOnly", "RecurrenceEndDateOnly", "RecurrenceType")
_PATTERN = (
    "RecurrenceStartDateOnly",
    "RecurrenceType",
    "RecurrenceInterval",
    "RecurrenceDayOfWeekMask",
    "RecurrenceDayOfMonth",
    "RecurrenceInstance",
    "RecurrenceMonthOfYear",
)
_COPIED = ("Subject", "Description", "OwnerId", "WhoId", "WhatId", "Priority", "Type", "IsReminderSet", "RecordTypeId")
_SPREADING = ("Subject", "Description", "OwnerId", "WhoId", "WhatId", "Priority", "Type")
_DONE = "RecurrenceRegenerated"


def check_pattern(org: Org, row: Row) -> None:
    """Refuse a series without a whole pattern, or with more occurrences than one may have."""
    if not row.get("IsRecurrence"):
        return
    missing = [name for name in _NEEDED if row.get(name) is None]
    if missing:
        raise required_missing(missing)
    if row["RecurrenceEndDateOnly"] < row["RecurrenceStartDateOnly"]:
        message = "Recurrence End: the end of a recurring series must be later than its start"
        raise Refusal("FIELD_INTEGRITY_EXCEPTION", message, ("RecurrenceEndDateOnly",))
    most = recurrence.MOST[row["RecurrenceType"]]
    if org.beliefs["series_too_long"] == "refused" and len(_days(row, most + 1)) > most:
        message = f"A recurring series of this kind can't have more than {most} occurrences"
        raise Refusal("FIELD_INTEGRITY_EXCEPTION", message, ("RecurrenceEndDateOnly",))
    check_copied_key(org, row)


def check_copied_key(org: Org, row: Row) -> None:
    """Refuse what would be copied with its unique key, where this org copies keys."""
    name = org.settings.key_field
    if name and row.get(name) and org.beliefs["clones_copy_key"] == "DUPLICATE_VALUE":
        message = f"duplicate value found: {name} duplicates value on record with id: <unknown>"
        raise Refusal("DUPLICATE_VALUE", message, ())


def _days(row: Row, most: int) -> list[date]:
    found = []
    for day in recurrence.days(row):
        found.append(day)
        if len(found) >= most:
            break
    return found


def follow(saver: "Saver", row: Row, before: Row | None) -> None:
    """Do what the save of a Task entails: occurrences made, deleted and changed, or a successor."""
    if row.get("IsRecurrence"):
        if before is None:
            _make(saver, row, _wanted_days(row))
        else:
            _follow_series(saver, row, before)
    elif row.get("RecurrenceRegeneratedType") not in (None, _DONE) and _is_completed(row, before):
        _succeed(saver, row)


def _is_completed(row: Row, before: Row | None) -> bool:
    return row["IsClosed"] and (before is None or not before["IsClosed"])


def _wanted_days(row: Row) -> list[date]:
    return _days(row, recurrence.MOST.get(str(row.get("RecurrenceType")), 0))


def occurrences(org: Org, series_id: str) -> list[Row]:
    """Give the live occurrences of a series."""
    found = org.table("Task").find("RecurrenceActivityId", series_id)
    return [one for one in found if one["Id"] != series_id and not one["IsDeleted"]]


def _follow_series(saver: "Saver", row: Row, before: Row) -> None:
    end = row.get("RecurrenceEndDateOnly")
    if any(row.get(name) != before.get(name) for name in _PATTERN):
        _delete(saver, (one for one in occurrences(saver.org, row["Id"]) if not one["IsClosed"]))
        _fill(saver, row)
    elif end != before.get("RecurrenceEndDateOnly") and end is not None:
        later = (one for one in occurrences(saver.org, row["Id"]) if not one["IsClosed"])
        _delete(saver, (one for one in later if one.get("ActivityDate") is None or one["ActivityDate"] > end))
        was = before.get("RecurrenceEndDateOnly")
        _make(saver, row, [day for day in _wanted_days(row) if was is None or day > was])
    _spread(saver, row, before)


def _fill(saver: "Saver", row: Row) -> None:
    held = {one.get("ActivityDate") for one in occurrences(saver.org, row["Id"])}
    _make(saver, row, [day for day in _wanted_days(row) if day not in held])


def _spread(saver: "Saver", row: Row, before: Row) -> None:
    """Write what changed on the series to its open occurrences too."""
    changes = {name: row.get(name) for name in _SPREADING if row.get(name) != before.get(name)}
    if not changes or not saver.org.beliefs["series_edit_spreads"]:
        return
    for one in occurrences(saver.org, row["Id"]):
        if not one["IsClosed"] and any(one.get(name) != value for name, value in changes.items()):
            saver.put({**one, **changes}, one)


def _make(saver: "Saver", series: Row, wanted: Iterable[date]) -> None:
    for day in wanted:
        saver.put({**_copied(saver.org, series), "RecurrenceActivityId": series["Id"], "ActivityDate": day}, None)


def _delete(saver: "Saver", rows: Iterable[Row]) -> None:
    for one in list(rows):
        saver.bin("Task", one)


def _copied(org: Org, row: Row) -> Row:
    """Give what a new occurrence or successor takes from the record it is made of."""
    names = list(_COPIED)
    if org.beliefs["clones_copy_custom_fields"]:
        names += [name for name in row if name.endswith("__c") and name != org.settings.key_field]
    return {name: row[name] for name in names if row.get(name) is not None}


def _succeed(saver: "Saver", done: Row) -> None:
    """Make the next Task of one that repeats on completion; the done one no longer repeats."""
    org = saver.org
    check_copied_key(org, done)
    kind = done["RecurrenceRegeneratedType"]
    due = done.get("ActivityDate")
    if kind == "RecurrenceRegenerateAfterToday" or due is None:
        due = _today(saver)
    step = timedelta(days=int(done.get("RecurrenceInterval") or 1))
    repeats: dict[str, Any] = {"RecurrenceRegeneratedType": kind, "RecurrenceInterval": done.get("RecurrenceInterval")}
    saver.put({**_copied(org, done), **repeats, "ActivityDate": due + step}, None)
    saver.put({**done, "RecurrenceRegeneratedType": _DONE}, done)


def _today(saver: "Saver") -> date:
    user = saver.org.table("User").get(saver.user_id) or {}
    return saver.now.astimezone(zone_named(user.get("TimeZoneSidKey") or "UTC")).date()
