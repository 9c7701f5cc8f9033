"""Create, update, delete and undelete one record, with everything a save does besides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orgsim import activity
from orgsim.checks import clean
from orgsim.errors import Refusal, is_deleted, maintenance, not_found, required_missing, unknown_on_write
from orgsim.org import Org
from orgsim.schema import ObjectType
from orgsim.tables import InFlight, Row


@dataclass(frozen=True, slots=True)
class Saver:
    """Who saves, when, and when others see it (`visible_at`: a transaction that commits late)."""

    org: Org
    user_id: str
    now: datetime
    by_api: bool = True
    visible_at: datetime | None = None

    def create(self, object_name: str, fields: Mapping[str, Any]) -> str:
        """Store a new record and give its id; raises Refusal."""
        kind = self._writable(object_name)
        values = clean(self.org, kind, fields, "create")
        row: Row = {**self._defaults(kind), **_without_nulls(values)}
        self._check_required(kind, row)
        if kind.name == "Task":
            activity.check(self.org, {**values, "OwnerId": row["OwnerId"]}, None)
        self._check_unique(kind, row)
        row["Id"] = self.org.new_id(kind.name)
        row |= {"CreatedDate": self.now, "CreatedById": self.user_id, "IsDeleted": False}
        self._store(kind, row, None)
        return str(row["Id"])

    def update(
        self, object_name: str, record_id: str, fields: Mapping[str, Any], since: datetime | None = None
    ) -> None:
        """Store changed values; `since` refuses (412) a record modified after it; raises Refusal."""
        kind = self._writable(object_name)
        before = self.row_to_write(kind, record_id)
        if since is not None and before[self.org.beliefs["unmodified_since_compares"]] > since:
            raise activity.precondition_failed()
        values = clean(self.org, kind, fields, "update")
        if kind.name == "Task":
            activity.check(self.org, values, before)
        row = _without_nulls({**before, **values})
        self._check_unique(kind, row)
        if _without_nulls(row) != _without_nulls(before) or self.org.beliefs["identical_update_moves_stamps"]:
            self._store(kind, row, before)

    def delete(self, object_name: str, record_id: str) -> None:
        """Move a record to the recycle bin, with what hangs on it; raises Refusal."""
        kind = self._writable(object_name)
        row = self.row_to_write(kind, record_id)
        for hanging in self._hanging_on(kind, row):
            self._bin("Task", hanging)
        self._bin(kind.name, row)

    def undelete(self, object_name: str, record_id: str) -> None:
        """Take a record out of the recycle bin; raises Refusal."""
        kind = self._writable(object_name)
        row = self.org.table(kind.name).get(record_id)
        if row is None:
            raise unknown_on_write()
        if not row["IsDeleted"]:
            raise Refusal("UNDELETE_FAILED", "Entity is not in the recycle bin", ())
        back = {**row, "IsDeleted": False}
        self._check_unique(kind, back)
        self._store(kind, back, row)

    def row_to_write(self, kind: ObjectType, record_id: str) -> Row:
        """Give the row behind an id that is about to be written; raises what the platform answers."""
        row = self.org.table(kind.name).get(record_id)
        if row is None:
            raise unknown_on_write()
        if not self.org.may_see(self.user_id, kind.name, row):
            raise self._no_access()
        if row.get("IsDeleted"):
            raise is_deleted()
        return row

    def _no_access(self) -> Refusal:
        if self.org.beliefs["hidden_row_write"] == "not_found":
            return unknown_on_write()
        status = self.org.beliefs["access_status"]
        return Refusal("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", (), status)

    def _writable(self, object_name: str) -> ObjectType:
        kind = self.org.object_type(object_name)
        if kind is None:
            raise not_found()
        if not kind.is_writable:
            message = f"entity type {kind.name} does not support this operation"
            raise Refusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message, ())
        if self.org.settings.read_only:
            raise maintenance(self.org.beliefs["maintenance_status"])
        return kind

    def _defaults(self, kind: ObjectType) -> Row:
        if kind.name == "Task":
            return activity.default_values(self.org, self.user_id)
        return {"OwnerId": self.user_id}

    def _check_required(self, kind: ObjectType, row: Row) -> None:
        wanted = (one for one in kind.fields.values() if one.createable and not one.nillable)
        missing = [one.name for one in wanted if not one.defaulted_on_create and row.get(one.name) is None]
        missing = [name for name in missing if kind.fields[name.lower()].type != "boolean"]
        if missing:
            raise required_missing(missing)

    def _check_unique(self, kind: ObjectType, row: Row) -> None:
        name = self.org.settings.key_field
        key = row.get(name) if name and kind.name == "Task" else None
        if name is None or key is None:
            return
        for other in self.org.matching_key(key):
            if other["Id"] != row.get("Id") and self._counts_as_taken(other):
                message = f"duplicate value found: {name} duplicates value on record with id: {other['Id'][:15]}"
                raise Refusal("DUPLICATE_VALUE", message, ())

    def _counts_as_taken(self, other: Row) -> bool:
        return not other["IsDeleted"] or bool(self.org.beliefs["recycled_key_blocks"])

    def _store(self, kind: ObjectType, row: Row, before: Row | None) -> None:
        if kind.name == "Task":
            activity.derive(self.org, row, before, self.now)
        elif "name" in kind.fields and not kind.fields["name"].createable:
            parts = (row.get("FirstName"), row.get("LastName"))
            row["Name"] = " ".join(part for part in parts if part) or row.get("Name")
        self._stamp(row)
        self.org.write(kind.name, _without_nulls(row), self._in_flight(before))

    def _stamp(self, row: Row) -> None:
        row |= {"LastModifiedDate": self.now, "LastModifiedById": self.user_id, "SystemModstamp": self.now}

    def _in_flight(self, before: Row | None) -> InFlight | None:
        if self.visible_at is None:
            return None
        return InFlight(self.visible_at, self.now, before)

    def _bin(self, object_name: str, row: Row) -> None:
        binned = {**row, "IsDeleted": True}
        if self.org.beliefs["delete_moves_stamp"]:
            binned["SystemModstamp"] = self.now
        if self.org.beliefs["delete_moves_last_modified"]:
            binned |= {"LastModifiedDate": self.now, "LastModifiedById": self.user_id}
        self.org.write(object_name, binned, self._in_flight(row))
        self.org.log_removal(object_name, row, self.now)

    def _hanging_on(self, kind: ObjectType, row: Row) -> list[Row]:
        if kind.name == "Task":
            return self._occurrences(row)
        tasks = self.org.table("Task").rows.values()
        return [one for one in tasks if row["Id"] in (one.get("WhoId"), one.get("WhatId")) and not one["IsDeleted"]]

    def _occurrences(self, series: Row) -> list[Row]:
        if not series.get("IsRecurrence"):
            return []
        found = self.org.table("Task").find("RecurrenceActivityId", series["Id"])
        closed_too = self.by_api and self.org.beliefs["series_delete_by_api"] == "all"
        return [
            one
            for one in found
            if one["Id"] != series["Id"] and not one["IsDeleted"] and (closed_too or not one["IsClosed"])
        ]


def _without_nulls(row: Mapping[str, Any]) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def hard_delete(org: Org, record_id: str, now: datetime) -> None:
    """Remove a record for good, as emptying the recycle bin does; only the deletion log remembers it."""
    found = org.find(record_id)
    if found is None:
        raise unknown_on_write()
    name, row = found
    if not row.get("IsDeleted"):
        org.log_removal(name, row, now)
    org.erase(name, record_id)
