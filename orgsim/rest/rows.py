"""One record: create, read, update, delete, and upsert by external id."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from orgsim.activity import precondition_failed
from orgsim.calls import Answer, Call, truth
from orgsim.errors import Refusal, is_deleted, no_such_column, not_an_id, not_found
from orgsim.ids import long_id
from orgsim.rest.saver import RecordSaves
from orgsim.schema import ObjectType
from orgsim.tables import Row
from orgsim.values import wire

_UPSERT_ANSWERS_SINCE = 46


def kind_of(call: Call, name: str) -> ObjectType:
    """Give the object of a name in any case as the caller's org has it; raises NOT_FOUND."""
    found = call.org.type_for(call.user_id, name)
    if found is None or found.key_prefix is None:
        raise not_found()
    return found


def create(call: Call) -> Answer:
    kind = kind_of(call, call.params["object"])
    fields = call.json_object()
    _refuse_id(fields)
    saves = RecordSaves(call)
    record_id = saves.create(kind.name, fields)
    saves.settle()
    return created(call, kind, record_id)


def created(call: Call, kind: ObjectType, record_id: str) -> Answer:
    headers = {"Location": call.row_url(kind.name, record_id)}
    return Answer(201, {"id": record_id, "success": True, "errors": []}, headers)


def _refuse_id(fields: Mapping[str, Any]) -> None:
    if any(name.lower() == "id" for name in fields):
        raise Refusal("INVALID_FIELD", "The Id field should not be specified in the sobject data.")


def read(call: Call) -> Answer:
    kind = kind_of(call, call.params["object"])
    row = _row_to_read(call, kind, call.params["id"])
    since = _http_moment(call, "if-modified-since")
    if since is not None and row["LastModifiedDate"] <= since:
        return Answer(304)
    until = _http_moment(call, "if-unmodified-since")
    if until is not None and row["LastModifiedDate"] > until:
        raise precondition_failed()
    return Answer(200, rendered(call, kind, row, wanted_fields(kind, call.request.query().get("fields"))))


def _row_to_read(call: Call, kind: ObjectType, text: str) -> Row:
    record_id = long_id(text)
    if record_id is None:
        raise not_an_id(text)
    row = call.org.table(kind.name).seen(record_id, call.world.clock.now())
    if row is None or not call.org.may_see(call.user_id, kind.name, row):
        raise not_found()
    if row.get("IsDeleted"):
        raise is_deleted()
    return row


def wanted_fields(kind: ObjectType, text: str | list[Any] | None) -> list[str]:
    """Give the API names of the fields asked for, all when none are; raises INVALID_FIELD."""
    if not text:
        return [field.name for field in kind.fields.values()]
    names = text.split(",") if isinstance(text, str) else [str(name) for name in text]
    found = []
    for name in (one.strip() for one in names):
        field = kind.fields.get(name.lower())
        if field is None:
            raise no_such_column(name, kind.name)
        found.append(field.name)
    return found if "Id" in found else [*found, "Id"]


def rendered(call: Call, kind: ObjectType, row: Row, names: list[str]) -> dict[str, Any]:
    attributes = {"type": kind.name, "url": call.row_url(kind.name, row["Id"])}
    if kind.name == "Task":
        call.world.races.note_read(call.session.client_id, frozenset(names), (row,))
    return {"attributes": attributes, **{name: wire(row.get(name)) for name in names}}


def _http_moment(call: Call, header: str) -> datetime | None:
    text = call.request.headers.get(header)
    if text is None or (call.is_part and not call.org.beliefs["composite_conditional_headers"]):
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Refusal("INVALID_HEADER", f"Unable to parse the date of header {header}: {text}")
    return moment


def update(call: Call) -> Answer:
    kind = kind_of(call, call.params["object"])
    fields = call.json_object()
    _refuse_id(fields)
    record_id = _id_to_write(kind, call.params["id"])
    saves = RecordSaves(call)
    saves.update(kind.name, record_id, fields, _http_moment(call, "if-unmodified-since"))
    saves.settle()
    return Answer(204)


def _id_to_write(kind: ObjectType, text: str) -> str:
    record_id = long_id(text)
    if record_id is None:
        raise not_an_id(text)
    if record_id[:3] != kind.key_prefix:
        message = f"{kind.fields['id'].label}: id value of incorrect type: {text}"
        raise Refusal("MALFORMED_ID", message, ("Id",))
    return record_id


def delete(call: Call) -> Answer:
    kind = kind_of(call, call.params["object"])
    saves = RecordSaves(call)
    saves.delete(kind.name, _id_to_write(kind, call.params["id"]))
    saves.settle()
    return Answer(204)


def read_by_key(call: Call) -> Answer:
    kind = kind_of(call, call.params["object"])
    row = row_of_key(call, kind, call.params["field"], call.params["value"])
    if row is None:
        raise not_found()
    return Answer(200, rendered(call, kind, row, wanted_fields(kind, call.request.query().get("fields"))))


def delete_by_key(call: Call) -> Answer:
    kind = kind_of(call, call.params["object"])
    row = row_of_key(call, kind, call.params["field"], call.params["value"])
    if row is None:
        raise not_found()
    saves = RecordSaves(call)
    saves.delete(kind.name, row["Id"])
    saves.settle()
    return Answer(204)


def upsert(call: Call) -> Answer:
    kind = kind_of(call, call.params["object"])
    field, value = call.params["field"], call.params["value"]
    if field.lower() == "id":
        call.params["id"] = value
        return update(call)
    saves = RecordSaves(call)
    may_create = not truth(call.request.query().get("updateOnly"))
    fields = call.json_object()
    if any(name.lower() == key_name(kind, field).lower() for name in fields):
        message = f"The {field} field should not be specified in the sobject data."
        raise Refusal("INVALID_FIELD", message)
    record_id, is_new = upsert_one(call, saves, kind, field, {**fields, field: value}, may_create=may_create)
    saves.settle()
    body = {"id": record_id, "success": True, "errors": [], "created": is_new}
    if is_new:
        return Answer(201, body, {"Location": call.row_url(kind.name, record_id)})
    return Answer(200, body) if float(call.version[1:]) >= _UPSERT_ANSWERS_SINCE else Answer(204)


def upsert_one(
    call: Call,
    saves: RecordSaves,
    kind: ObjectType,
    field: str,
    fields: Mapping[str, Any],
    *,
    may_create: bool = True,
) -> tuple[str, bool]:
    """Create or update by external id; give the id and whether it is new."""
    name = key_name(kind, field)
    key = next((value for key, value in fields.items() if key.lower() == name.lower()), None)
    if key is None or key == "":
        raise Refusal("MISSING_ARGUMENT", f"{name} not specified", ())
    row = row_of_key(call, kind, name, str(key))
    if row is None:
        if not may_create:
            raise not_found()
        return saves.create(kind.name, {**fields}), True
    changes = {key: value for key, value in fields.items() if key.lower() != name.lower()}
    saves.update(kind.name, row["Id"], changes)
    return str(row["Id"]), False


def key_name(kind: ObjectType, field: str) -> str:
    """Give the API name of an external-id field; raises NOT_FOUND when it is none."""
    found = kind.fields.get(field.lower())
    if found is None or not found.external_id:
        raise not_an_id(field)
    return found.name


def row_of_key(call: Call, kind: ObjectType, field: str, value: str) -> Row | None:
    """Give the live record of an external id; what the bin means for it is a belief."""
    key_name(kind, field)
    rows = call.org.matching_key(value.strip())
    live = next((row for row in rows if not row["IsDeleted"]), None)
    if live is None and rows and call.org.beliefs["upsert_after_delete"] == "entity_is_deleted":
        raise is_deleted()
    return live
