"""World records: the JSON an org is loaded from, with what is left out filled in."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from orgsim import activity
from orgsim.ids import long_id
from orgsim.org import Org
from orgsim.schema import ObjectType
from orgsim.tables import Row
from orgsim.values import stored, wire

# What world records say about users and queues and describe doesn't know.
_RENAMED = {"RoleId": "UserRoleId"}
_PRIVATE_NAMES = frozenset(
    {
        "ViewAllData",
        "ModifyAllData",
        "ApiEnabled",
        "EditTasks",
        "HiddenFields",
        "ReadOnlyFields",
        "HiddenObjects",
        "MemberIds",
        "BinnedWith",
    }
)
_LISTS = {
    "roles": "UserRole",
    "users": "User",
    "groups": "Group",
    "accounts": "Account",
    "contacts": "Contact",
    "leads": "Lead",
}
_STATUSES = (("Not Started", False), ("In Progress", False), ("Completed", True))
_MORE_STATUSES = (("Waiting on someone else", False), ("Deferred", False))
_PRIORITIES = (("High", True), ("Normal", False), ("Low", False))


def load_org(described: Mapping[str, Any], now: datetime) -> Org:
    """Build an org from its records; ValueError names the record and field that can't be read."""
    org = Org(_id(described.get("id"), "org"), str(described.get("name") or "Org"))
    if "settings" in described:
        org.patch_settings(dict(described["settings"]))
    if "beliefs" in described:
        org.beliefs.set(dict(described["beliefs"]))
    _load_picklists(org, described, now)
    _load_organization(org, now)
    for key, object_name in _LISTS.items():
        for record in described.get(key, ()):
            _put(org, object_name, record, now)
    org.rebuild()
    for record in described.get("tasks", ()):
        load_task(org, record, now)
    return org


def _id(text: Any, what: str) -> str:
    found = long_id(text)
    if found is None:
        raise ValueError(f"{text!r} is no Salesforce id, in a record of kind {what}.")
    return found


def _load_organization(org: Org, now: datetime) -> None:
    record = {"Id": org.id, "Name": org.name, "OrganizationType": "Enterprise Edition", "IsSandbox": False}
    _put(org, "Organization", {**record, "InstanceName": "SIM1", "TimeZoneSidKey": "UTC"}, now)


def _load_picklists(org: Org, described: Mapping[str, Any], now: datetime) -> None:
    statuses = described.get("task_statuses") or [
        {"ApiName": name, "IsClosed": closed, "IsDefault": name == "Not Started"}
        for name, closed in (*_STATUSES, *_MORE_STATUSES)
    ]
    priorities = described.get("task_priorities") or [{"ApiName": name} for name, _ in _PRIORITIES]
    high = {name for name, is_high in _PRIORITIES if is_high}
    for place, entry in enumerate(statuses, 1):
        _put_entry(org, "TaskStatus", {"IsClosed": False, **entry}, place, now)
    for place, entry in enumerate(priorities, 1):
        name = entry["ApiName"]
        filled = {"IsHighPriority": name in high, "IsDefault": name == "Normal", **entry}
        _put_entry(org, "TaskPriority", filled, place, now)


def _put_entry(org: Org, table: str, entry: Mapping[str, Any], place: int, now: datetime) -> None:
    filled = {"MasterLabel": entry["ApiName"], "SortOrder": place, "IsDefault": False, **entry}
    _put(org, table, {"Id": org.new_id(table), **filled}, now)


def _put(org: Org, object_name: str, record: Mapping[str, Any], now: datetime) -> None:
    row = row_of(org, object_name, record)
    row.setdefault("CreatedDate", now)
    row.setdefault("LastModifiedDate", row["CreatedDate"])
    row.setdefault("SystemModstamp", row["LastModifiedDate"])
    row |= _OBJECT_DEFAULTS.get(object_name, {}) | row
    if object_name in {"Lead", "Contact"}:
        _fill_names(row)
    org.write(object_name, row)


_OBJECT_DEFAULTS: dict[str, Row] = {
    "User": {"IsActive": True, "TimeZoneSidKey": "UTC", "ViewAllData": False, "UserType": "Standard"},
    "Lead": {"IsConverted": False, "IsDeleted": False},
    "Contact": {"IsDeleted": False},
    "Account": {"IsDeleted": False},
    "Group": {"Type": "Queue"},
}


def _fill_names(row: Row) -> None:
    first, _, last = str(row.get("Name") or "").rpartition(" ")
    row.setdefault("LastName", last)
    if first:
        row.setdefault("FirstName", first)


def row_of(org: Org, object_name: str, record: Mapping[str, Any]) -> Row:
    """Give a record's values as they are stored, nulls left out; ValueError names what can't be read."""
    kind = org.stored_type(object_name)
    if kind is None:
        raise ValueError(f"There is no object {object_name!r}.")
    if not isinstance(record, Mapping):
        raise ValueError(f"A record of {object_name} is not an object.")  # noqa: TRY004 bad data, not a bad call
    values = (_value(kind, name, value) for name, value in record.items())
    row = {name: value for name, value in values if value is not None}
    row["Id"] = _id(row.get("Id"), object_name)
    return row


def _value(kind: ObjectType, name: str, value: Any) -> tuple[str, Any]:
    if name in _PRIVATE_NAMES:
        return name, [_id(one, name) for one in value] if name == "MemberIds" else value
    field = kind.fields.get(_RENAMED.get(name, name).lower())
    if field is None:
        raise ValueError(f"{kind.name} has no field {name!r}.")
    if value is not None and field.type in {"id", "reference"}:
        return field.name, _id(value, f"{kind.name}.{name}")
    try:
        return field.name, stored(field.type, value)
    except ValueError as error:
        raise ValueError(f"{kind.name}.{name}: {error}") from None


def load_task(org: Org, record: Mapping[str, Any], now: datetime) -> Row:
    """Store a Task as its record says, past all rules; what is left out follows from the rest."""
    row = row_of(org, "Task", record)
    owner = row.get("OwnerId") or next(iter(org.table("User").rows), org.id)
    row = {**activity.default_values(org, owner), "IsDeleted": False, **row}
    row.setdefault("CreatedDate", now)
    row.setdefault("CreatedById", owner)
    row.setdefault("LastModifiedDate", row["CreatedDate"])
    row.setdefault("LastModifiedById", row["CreatedById"])
    row.setdefault("SystemModstamp", row["LastModifiedDate"])
    given: Row = {name: row[name] for name in ("CompletedDateTime", "AccountId") if name in row}
    activity.derive(org, row, None, row["LastModifiedDate"])
    row.update(given)
    row = {name: value for name, value in row.items() if value is not None}
    org.write("Task", row)
    if row["IsDeleted"]:
        org.log_removal("Task", row, row["SystemModstamp"])
    return row


def as_record(row: Row) -> dict[str, Any]:
    """Give a row as JSON, the way world records spell it."""
    return {name: wire(value) for name, value in row.items()}


def dump_rows(rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [as_record(row) for row in rows]
