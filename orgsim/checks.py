"""What a save does to each value before it is stored: names, rights, types, trimming, lengths, picklists."""

from collections.abc import Mapping
from typing import Any, Literal

from orgsim.beliefs import Beliefs
from orgsim.errors import (
    Refusal,
    no_such_column,
    read_only,
    required_missing,
    wrong_json_type,
)
from orgsim.ids import long_id
from orgsim.org import Org
from orgsim.schema import FieldType, ObjectType
from orgsim.values import date_time_value, date_value

Mode = Literal["create", "update"]
_LINE_TEXT = frozenset({"string", "combobox", "email", "phone", "url", "picklist", "encryptedstring"})
_ORG_PICKLISTS = {"Status": "TaskStatus", "Priority": "TaskPriority"}


def clean(org: Org, kind: ObjectType, fields: Mapping[str, Any], mode: Mode) -> dict[str, Any]:
    """Give the values as they will be stored, by API name; raises Refusal for the first that can't be."""
    named = _named(org, kind, fields)
    _check_rights(kind, named, mode)
    values = {name: stored_value(org, kind, kind.fields[name.lower()], raw) for name, raw in named.items()}
    missing = [name for name, value in values.items() if value is None and _is_required(kind, name)]
    if missing:
        raise required_missing(missing)
    return values


def _named(org: Org, kind: ObjectType, fields: Mapping[str, Any]) -> dict[str, Any]:
    named = {}
    for name, raw in fields.items():
        if name.lower() == "attributes":
            continue
        field = kind.fields.get(name.lower())
        if field is None:
            refusal = no_such_column(name, kind.name)
            refusal.whole_call = org.beliefs["collection_field_error"] == "whole_call"
            raise refusal
        named[field.name] = raw
    return named


def _check_rights(kind: ObjectType, named: Mapping[str, Any], mode: Mode) -> None:
    fields = [kind.fields[name.lower()] for name in named]
    barred = [one.name for one in fields if not (one.createable if mode == "create" else one.updateable)]
    if barred:
        raise read_only(barred)


def _is_required(kind: ObjectType, name: str) -> bool:
    return not kind.fields[name.lower()].nillable


def stored_value(org: Org, kind: ObjectType, field: FieldType, raw: Any) -> Any:
    """Turn one JSON value into the stored one; raises Refusal."""
    if raw is None:
        return False if field.type == "boolean" else None
    if field.type == "boolean":
        return _boolean(raw)
    if field.type in {"int", "double", "currency", "percent"}:
        return _number(field, raw)
    if field.type in {"id", "reference"}:
        return _reference(field, raw)
    if field.type in {"date", "datetime"}:
        return _moment(field, raw)
    return _text(org, kind, field, raw)


def _boolean(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in {"true", "false"}:
        return raw.lower() == "true"
    raise wrong_json_type("boolean", json_token(raw), raw)


def _number(field: FieldType, raw: Any) -> int | float | None:
    convert = int if field.type == "int" else float
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise wrong_json_type(field.type, json_token(raw), raw)
    try:
        return convert(raw)
    except (ValueError, OverflowError):
        raise wrong_json_type(field.type, json_token(raw), raw) from None


def _reference(field: FieldType, raw: Any) -> str | None:
    if raw == "":
        return None
    found = long_id(raw)
    if found is None:
        message = f"{field.label}: id value of incorrect type: {raw}"
        raise Refusal("MALFORMED_ID", message, (field.name,))
    return found


def _moment(field: FieldType, raw: Any) -> Any:
    if raw == "":
        return None
    reader = date_value if field.type == "date" else date_time_value
    value = reader(raw) if isinstance(raw, str) else None
    if value is None:
        raise wrong_json_type(field.type, json_token(raw), raw)
    return value


def _text(org: Org, kind: ObjectType, field: FieldType, raw: Any) -> str | None:
    if isinstance(raw, dict | list):
        raise wrong_json_type(field.type, json_token(raw), raw)
    text = str(raw).lower() if isinstance(raw, bool) else str(raw)
    text = _normal_text(org.beliefs, field, text)
    if org.beliefs["trim_text"]:
        text = text.strip()
        if not text:
            return None
    _check_length(org.beliefs, field, text)
    if field.type in {"picklist", "multipicklist"}:
        _check_picklist(org, kind, field, text)
    return text


def _normal_text(beliefs: Beliefs, field: FieldType, text: str) -> str:
    if field.type in _LINE_TEXT:
        if beliefs["subject_line_breaks"] == "spaces":
            return text.replace("\r\n", " ").replace("\n", " ").replace("\r", " ")
        return text
    endings = beliefs["description_line_endings"]
    if endings == "kept":
        return text
    bare = text.replace("\r\n", "\n").replace("\r", "\n")
    return bare if endings == "lf" else bare.replace("\n", "\r\n")


def _check_length(beliefs: Beliefs, field: FieldType, text: str) -> None:
    if not field.length or len(text) * 2 <= field.length:
        return
    utf16 = beliefs["length_unit"] == "utf16"
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2 if utf16 else len(text)
    if length <= field.length:
        return
    code = beliefs["description_too_long"] if field.type == "textarea" else "STRING_TOO_LONG"
    message = f"{field.label}: data value too large: {text} (max length={field.length})"
    raise Refusal(code, message, (field.name,))


def _check_picklist(org: Org, kind: ObjectType, field: FieldType, text: str) -> None:
    table = _ORG_PICKLISTS.get(field.name) if kind.name == "Task" else None
    if table is not None:
        allowed = {row["ApiName"] for row in org.table(table).rows.values()}
        restricted = bool(org.beliefs["restricted_picklists"])
    else:
        # An empty list of values (time zones) is one too long to be kept here.
        allowed, restricted = set(field.values), field.restricted and bool(field.values)
    if restricted and text not in allowed and not field.name.endswith("TimeZoneSidKey"):
        message = f"{field.label}: bad value for restricted picklist field: {text}"
        raise Refusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, (field.name,))


def json_token(raw: Any) -> str:
    """Name the kind of a JSON value as the platform's parser does."""
    if isinstance(raw, dict):
        return "START_OBJECT"
    if isinstance(raw, list):
        return "START_ARRAY"
    if isinstance(raw, bool):
        return f"VALUE_{str(raw).upper()}"
    names = {str: "VALUE_STRING", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT"}
    return names.get(type(raw), "VALUE_NULL")
