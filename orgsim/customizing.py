"""What a customer's admins add to Tasks as data: custom fields, and record types with picklists of their own."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from orgsim.automation import check_rules
from orgsim.errors import Refusal
from orgsim.ids import long_id
from orgsim.schema import FieldType
from orgsim.tables import Row

RECORD_TYPE_FIELD = FieldType("RecordTypeId", "Record Type ID", "reference", 18, reference_to=("RecordType",))
_OWN_KEYS = frozenset({"required", "read_only"})
_LENGTHS = {"string": 255, "textarea": 32_000, "picklist": 255}
_PICKLISTS = ("Status", "Priority", "Type")
_CHOICES = {"parent_sharing": ("public", "private"), "jwt_clock": ("machine", "box")}


def custom_field(described: Mapping[str, Any]) -> FieldType:
    """Give a custom field of its data.

    Keys are those of FieldType (name, label, type, length, values, restricted, unique …), `required` and
    `read_only`. Raises ValueError.
    """
    name = str(described.get("name") or "")
    if not name.endswith("__c"):
        raise ValueError(f"A custom field's name ends in __c, unlike {name!r}.")
    known = {one.name for one in fields(FieldType)}
    unknown = sorted(set(described) - known - _OWN_KEYS)
    if unknown:
        raise ValueError(f"A custom field has no {unknown[0]!r}; it has {', '.join(sorted(known | _OWN_KEYS))}.")
    kind = str(described.get("type") or "string")
    given = {key: value for key, value in described.items() if key in known}
    given["values"] = tuple(described.get("values") or ())
    filled = {"label": name.removesuffix("__c").replace("_", " "), "length": _LENGTHS.get(kind, 0), **given}
    writable = not described.get("read_only")
    rights = {"nillable": not described.get("required"), "createable": writable, "updateable": writable}
    return FieldType(**{**filled, **rights, "type": kind})


def check_setting(name: str, value: Any) -> None:
    """Refuse (ValueError) a setting that can't be understood."""
    if name == "custom_fields":
        for one in value:
            custom_field(one)
    elif name == "record_types":
        for one in value:
            if long_id(one.get("Id")) is None:
                raise ValueError(f"{one.get('Id')!r} is no id of a record type.")
    elif name == "automation":
        check_rules(value)
    elif name in _CHOICES and value not in _CHOICES[name]:
        raise ValueError(f"{name} is one of {', '.join(_CHOICES[name])}, not {value!r}.")


def check_record_type(record_types: list[dict[str, Any]], values: Mapping[str, Any], row: Row) -> None:
    """Refuse a written picklist value that the record's type doesn't offer; the first type is everyone's default."""
    if not record_types:
        return
    chosen = row.get("RecordTypeId")
    found = next((one for one in record_types if long_id(one["Id"]) == chosen), None if chosen else record_types[0])
    if found is None:
        message = f"Record Type ID: this ID value isn't valid for the user: {chosen}"
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", message, ("RecordTypeId",))
    for name in _PICKLISTS:
        value = values.get(name)
        if value is not None and name in found and value not in found[name]:
            message = f"{name}: bad value for restricted picklist field: {value}"
            raise Refusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, (name,))
