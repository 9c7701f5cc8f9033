"""`query?columns=true`: what a query's columns are, without its rows."""

from typing import Any

from orgsim.calls import Call
from orgsim.schema import FieldType, ObjectType
from orgsim.soql import query as q

_NUMBERS = frozenset({"int", "double", "currency", "percent"})
_APEX_TYPES = {
    "id": "Id",
    "reference": "Id",
    "boolean": "Boolean",
    "int": "Integer",
    "date": "Date",
    "datetime": "Datetime",
}


def columns(call: Call, query: q.Query) -> dict[str, Any]:
    """Give the answer of a query asked for its columns; the query was run before, so its names are known."""
    kind = call.org.object_type(query.object_name)
    assert kind is not None
    shown = [_column(call, kind, item) for item in query.selected]
    return {
        "columnMetadata": shown,
        "entityName": kind.name,
        "groupBy": bool(query.group_by),
        "idSelected": any(column["columnName"] == "Id" for column in shown),
        "keyPrefix": kind.key_prefix,
    }


def _column(call: Call, kind: ObjectType, item: q.Selected) -> dict[str, Any]:
    operand = item.operand
    path = operand if isinstance(operand, q.Path) else getattr(operand, "argument", None)
    field = _field(call, kind, path.names) if path else None
    is_call = not isinstance(operand, q.Path)
    name = item.alias or (field.name if field and not is_call else str(path or "expr0"))
    return {
        "aggregate": is_call,
        "apexType": _APEX_TYPES.get(field.type, "Double" if field.type in _NUMBERS else "String") if field else None,
        "booleanType": bool(field and field.type == "boolean"),
        "columnName": name,
        "custom": bool(field and field.is_custom),
        "displayName": name,
        "foreignKeyName": None,
        "insertable": bool(field and field.createable and not is_call),
        "joinColumns": [],
        "numberType": bool(field and field.type in _NUMBERS),
        "textType": bool(field and field.is_text),
        "updatable": bool(field and field.updateable and not is_call),
    }


def _field(call: Call, kind: ObjectType, names: tuple[str, ...]) -> FieldType | None:
    """Follow a path, its object's own name in front or not, to the field at its end."""
    if len(names) > 1 and names[0].lower() == kind.name.lower():
        names = names[1:]
    current: ObjectType | None = kind
    for name in names[:-1]:
        current = _parent(call, current, name) if current else None
    return current.fields.get(names[-1].lower()) if current else None


def _parent(call: Call, kind: ObjectType, relationship: str) -> ObjectType | None:
    for field in kind.fields.values():
        if (field.relationship_name or "").lower() == relationship.lower():
            return call.org.object_type("Name" if field.is_polymorphic else field.reference_to[0])
    return None
