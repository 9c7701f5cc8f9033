"""What an org does to many Tasks by itself or by an admin's hand: archiving, purging, renamed values, mass edits."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from orgsim.automation import Automation
from orgsim.org import Org
from orgsim.saving import Saver, hard_delete
from orgsim.tables import Row

_PICKLISTS = {"Status": "TaskStatus", "Priority": "TaskPriority"}


def archive(org: Org, now: datetime) -> int:
    """Take closed Tasks whose due date (or creation) lies `archive_days` back; give how many.

    When the span was made longer, those that are young again come back, and their SystemModstamp moves.
    """
    edge = now - timedelta(days=org.settings.archive_days)
    stamp = {"SystemModstamp": now.replace(microsecond=0)}
    count = 0
    for row in list(org.table("Task").rows.values()):
        is_old = _is_old(row, edge)
        if is_old and not row["IsArchived"]:
            moved = stamp if org.beliefs["archiving_moves_stamp"] else {}
            org.write("Task", {**row, "IsArchived": True, **moved})
            count += 1
        elif not is_old and row["IsArchived"] and org.settings.archive_days > _YEAR:
            org.write("Task", {**row, "IsArchived": False, **stamp})
    return count


_YEAR = 365


def _is_old(row: Row, edge: datetime) -> bool:
    due = row.get("ActivityDate")
    return bool(row["IsClosed"]) and (due <= edge.date() if due else row["CreatedDate"] <= edge)


def purge(org: Org, now: datetime) -> int:
    """Empty the recycle bin of what has been in it for `recycle_days`; give how many."""
    edge = now - timedelta(days=org.settings.recycle_days)
    old = [row for row in org.table("Task").rows.values() if row["IsDeleted"] and row["SystemModstamp"] <= edge]
    for row in old:
        hard_delete(org, row["Id"], now.replace(microsecond=0))
    return len(old)


def purge_deletions(org: Org, before: datetime) -> None:
    """Forget the deletion log before a moment: who asks for an older span is told to read everything anew."""
    org.settings.deletions_from = before.isoformat()


def deletions_from(org: Org) -> datetime | None:
    """Give the moment from which on the deletion log is kept, None where nothing was purged."""
    text = org.settings.deletions_from
    return datetime.fromisoformat(text) if text else None


def rename_value(org: Org, field: str, old: str, new: str, now: datetime) -> int:
    """Rename a picklist value as an admin does: every Task that has it gets a new SystemModstamp, and only that."""
    table = _PICKLISTS.get(field)
    entry = next((row for row in org.table(table).rows.values() if row["ApiName"] == old), None) if table else None
    if table is None or entry is None:
        raise ValueError(f"{field} has no value {old!r}; Status and Priority can be renamed.")
    org.write(table, {**entry, "ApiName": new, "MasterLabel": new, "SystemModstamp": now, "LastModifiedDate": now})
    rows = [row for row in org.table("Task").rows.values() if row.get(field) == old]
    for row in rows:
        org.write("Task", {**row, field: new, "SystemModstamp": now})
    return len(rows)


def touch(org: Org, record_ids: Iterable[str | None], now: datetime) -> None:
    """Move SystemModstamp alone, as internal processes do."""
    for row in filter(None, map(org.table("Task").rows.get, set(filter(None, record_ids)))):
        org.write("Task", {**row, "SystemModstamp": now})


def mass_update(org: Org, user_id: str, where: str | None, fields: Mapping[str, Any], now: datetime) -> list[str]:
    """Edit every live Task that meets a SOQL condition, in one transaction of one stamp; raises Refusal."""
    meets: Callable[[Row], bool] = Automation(org, user_id, now).test(where) if where else bool
    saver = Saver(org, user_id, now, by_api=False, holder=org.locks.new_holder())
    found = [row["Id"] for row in org.table("Task").rows.values() if not row["IsDeleted"] and meets(row)]
    with org.transaction() as transaction:
        try:
            for record_id in found:
                saver.update("Task", record_id, fields)
        except Exception:
            transaction.rollback()
            raise
    return found
