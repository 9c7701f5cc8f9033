"""Create, update, delete and undelete one record, with everything a save does besides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orgsim import activity, cascade, series
from orgsim.automation import Automation, Event
from orgsim.checks import clean, stored_value
from orgsim.customizing import check_record_type
from orgsim.errors import Refusal, is_deleted, maintenance, not_found, required_missing, unknown_on_write
from orgsim.locks import locked_by_save
from orgsim.org import Org
from orgsim.schema import ObjectType
from orgsim.tables import InFlight, Row


@dataclass(frozen=True, slots=True)
class Saver:
    """Who saves, when, and when others see it (`visible_at`: a transaction that commits late).

    `holder` names the transaction to the row locks: saves of one call don't lock each other out.
    """

    org: Org
    user_id: str
    now: datetime
    by_api: bool = True
    visible_at: datetime | None = None
    holder: int = 0

    def create(self, object_name: str, fields: Mapping[str, Any]) -> str:
        """Store a new record and give its id; raises Refusal."""
        kind = self._writable(object_name, is_create=True)
        values = clean(self.org, kind, fields, "create")
        row: Row = {**self._defaults(kind), **_without_nulls(values)}
        values, row = self._rewritten(kind, values, row, None)
        self._check_required(kind, row)
        if kind.name == "Task":
            activity.check(self.org, {**values, "OwnerId": row["OwnerId"]}, None, self.user_id)
            check_record_type(self.org.settings.record_types, values, row)
            series.check_pattern(self.org, row)
        self._check_unique(kind, row)
        row["Id"] = self.org.new_id(kind.name)
        row |= {"CreatedDate": self.now, "CreatedById": self.user_id, "IsDeleted": False}
        self._save(kind, row, None, "create")
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
        values, row = self._rewritten(kind, values, _without_nulls({**before, **values}), before)
        if kind.name == "Task":
            activity.check(self.org, values, before, self.user_id)
            check_record_type(self.org.settings.record_types, values, row)
            series.check_pattern(self.org, row)
            self._check_custom_required(kind, row)
        self._check_unique(kind, row)
        if row != _without_nulls(before) or self.org.beliefs["identical_update_moves_stamps"]:
            self._save(kind, row, before, "update")

    def delete(self, object_name: str, record_id: str) -> None:
        """Move a record to the recycle bin, with what hangs on it; raises Refusal."""
        kind = self._writable(object_name)
        row = self.row_to_write(kind, record_id)
        self._automation().validate(row, row, "delete")
        self._lock(kind, row, row)
        self.bin(kind.name, row)

    def undelete(self, object_name: str, record_id: str) -> None:
        """Take a record out of the recycle bin, with what was binned along with it; raises Refusal."""
        kind = self._writable(object_name)
        row = self.org.table(kind.name).get(record_id)
        if row is None or not self.org.may_see(self.user_id, kind.name, row):
            raise unknown_on_write()
        if not row["IsDeleted"]:
            raise Refusal("UNDELETE_FAILED", "Entity is not in the recycle bin", ())
        self._check_unique(kind, row)
        cascade.restore(self, kind.name, row)

    def row_to_write(self, kind: ObjectType, record_id: str) -> Row:
        """Give the row behind an id that is about to be written; raises what the platform answers."""
        row = self.org.table(kind.name).get(record_id)
        if row is None:
            raise unknown_on_write()
        if not self.org.may_see(self.user_id, kind.name, row):
            raise self._no_access()
        if row.get("IsDeleted"):
            raise is_deleted()
        if not self.org.may_edit(self.user_id, kind.name, row):
            raise self._read_only()
        if record_id in self.org.locks.records and not self.org.sharing.edits_all(self.user_id):
            raise Refusal("ENTITY_IS_LOCKED", "the entity is locked for editing", ())
        return row

    def put(self, row: Row, before: Row | None) -> Row:
        """Store a Task past the checks of a save, derived and stamped: what a save entails by itself."""
        kind = self.org.stored_type("Task")
        assert kind is not None
        if before is None:
            made = {"Id": self.org.new_id("Task"), "CreatedDate": self.now, "CreatedById": self.user_id}
            row = {**activity.default_values(self.org, self.user_id), **row, **made, "IsDeleted": False}
        return self._store(kind, self._derived(kind, row, before), before)

    def bin(self, object_name: str, row: Row) -> None:
        """Move a record to the recycle bin past all checks, and what hangs on it before it."""
        for name, hanging in cascade.hanging_on(self, object_name, row):
            self._bin_one(name, {**hanging, "BinnedWith": row["Id"]}, self.org.beliefs["cascade_moves_stamps"])
        self._bin_one(object_name, row, self.org.beliefs["delete_moves_stamp"])

    def _save(self, kind: ObjectType, row: Row, before: Row | None, event: Event) -> None:
        """Store a checked record with everything that follows; a refusal on the way takes all of it back."""
        row = self._derived(kind, row, before)
        if kind.name != "Task":
            self._store(kind, row, before)
            return
        self._automation().validate(row, before, event)
        self._lock(kind, row, before)
        with self.org.transaction() as transaction:
            try:
                stored = self._store(kind, row, before)
                series.follow(self, stored, before)
                self._save_again(kind, stored["Id"], before, event)
            except Refusal:
                transaction.rollback()
                raise

    def _save_again(self, kind: ObjectType, record_id: str, before: Row | None, event: Event) -> None:
        """Let triggers edit the record after its save: a save of its own."""
        if not self.org.settings.automation:
            return
        for changes, user_id in self._automation().second_saves(self.org.table("Task").rows[record_id], before, event):
            row = self.org.table("Task").rows[record_id]
            values = self._typed(kind, changes)
            again = self._derived(kind, {**row, **values}, row)
            self._store(kind, again, row, user_id)

    def _rewritten(
        self, kind: ObjectType, values: dict[str, Any], row: Row, before: Row | None
    ) -> tuple[dict[str, Any], Row]:
        """Give the written values and the row as flows leave them."""
        if kind.name != "Task" or not self.org.settings.automation:
            return values, row
        seen = activity.derived(self.org, dict(row), before, self.now)
        changes = self._typed(kind, self._automation().rewrites(seen, before, "create" if before is None else "update"))
        return {**values, **changes}, _without_nulls({**row, **changes})

    def _typed(self, kind: ObjectType, changes: Mapping[str, Any]) -> dict[str, Any]:
        whole = self.org.stored_type(kind.name) or kind
        found = {name: whole.fields.get(name.lower()) for name in changes}
        return {
            field.name: stored_value(self.org, whole, field, changes[name])
            for name, field in found.items()
            if field is not None
        }

    def _automation(self) -> Automation:
        return Automation(self.org, self.user_id, self.now)

    def _lock(self, kind: ObjectType, row: Row, before: Row | None) -> None:
        """Take the locks of a save, or refuse: others in flight or the door may hold them."""
        wanted = locked_by_save(row, before) if kind.name == "Task" else [row["Id"]]
        self.org.locks.check_rows(wanted, self.now, self.holder, self.org.beliefs["lock_status"])
        self.org.locks.note([*wanted, row["Id"]])
        if self.visible_at is not None and self.org.beliefs["in_flight_saves_lock"]:
            self.org.locks.hold([*wanted, row["Id"]], self.visible_at, self.holder)

    def _no_access(self) -> Refusal:
        if self.org.beliefs["hidden_row_write"] == "not_found":
            return unknown_on_write()
        return self._read_only()

    def _read_only(self) -> Refusal:
        status = self.org.beliefs["access_status"]
        return Refusal("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", (), status)

    def _writable(self, object_name: str, *, is_create: bool = False) -> ObjectType:
        kind = self.org.type_for(self.user_id, object_name)
        if kind is None:
            raise not_found()
        whole = self.org.object_type(object_name) or kind
        if whole.is_writable and not kind.is_writable and not is_create:
            raise self._read_only()
        if not kind.is_writable:
            message = f"entity type cannot be {'inserted' if is_create else 'updated'}: {kind.label}"
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

    def _check_custom_required(self, kind: ObjectType, row: Row) -> None:
        missing = [one.name for one in kind.fields.values() if one.is_custom and not one.nillable]
        missing = [name for name in missing if row.get(name) is None]
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

    def _derived(self, kind: ObjectType, row: Row, before: Row | None) -> Row:
        """Give the row with what follows from its own values."""
        row = dict(row)
        if kind.name == "Task":
            activity.derive(self.org, row, before, self.now)
        elif "name" in kind.fields and not kind.fields["name"].createable:
            parts = (row.get("FirstName"), row.get("LastName"))
            row["Name"] = " ".join(part for part in parts if part) or row.get("Name")
        return row

    def _store(self, kind: ObjectType, row: Row, before: Row | None, user_id: str | None = None) -> Row:
        """Stamp a row and write it; give it as it is stored."""
        stamps = {"LastModifiedDate": self.now, "LastModifiedById": user_id or self.user_id, "SystemModstamp": self.now}
        stored = _without_nulls({**row, **stamps})
        self.org.write(kind.name, stored, self._in_flight(before))
        return stored

    def _in_flight(self, before: Row | None) -> InFlight | None:
        if self.visible_at is None:
            return None
        return InFlight(self.visible_at, self.now, before)

    def _bin_one(self, object_name: str, row: Row, moves_stamp: bool) -> None:
        binned = {**row, "IsDeleted": True}
        if moves_stamp:
            binned["SystemModstamp"] = self.now
            if self.org.beliefs["delete_moves_last_modified"]:
                binned |= {"LastModifiedDate": self.now, "LastModifiedById": self.user_id}
        self.org.write(object_name, binned, self._in_flight(row))
        self.org.log_removal(object_name, row, self.now)

    def unbin(self, object_name: str, row: Row, *, is_cascade: bool) -> None:
        """Put one binned record back where it was."""
        back = {name: value for name, value in row.items() if name != "BinnedWith"} | {"IsDeleted": False}
        kind = self.org.stored_type(object_name)
        assert kind is not None
        if is_cascade and not self.org.beliefs["cascade_moves_stamps"]:
            self.org.write(object_name, back, self._in_flight(row))
        else:
            self._store(kind, self._derived(kind, back, row), row)


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
