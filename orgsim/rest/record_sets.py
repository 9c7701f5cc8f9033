"""sObject Collections: up to 200 records in one call, answered record by record."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from orgsim.automation import Automation, Event
from orgsim.calls import Answer, Call, truth
from orgsim.errors import Refusal, no_such_column, parser_error
from orgsim.ids import long_id
from orgsim.rest.rows import key_name, kind_of, rendered, upsert_one, wanted_fields
from orgsim.rest.saver import RecordSaves
from orgsim.schema import object_name_of

MAX_RECORDS, MAX_READ = 200, 2000
Result = dict[str, Any]
Save = Callable[[RecordSaves, Any], Result]
_ROLLED_BACK = Refusal(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
    (),
)


def create(call: Call) -> Answer:
    def save(saves: RecordSaves, record: Any) -> Result:
        kind = _kind_of_record(call, record)
        return _success(saves.create(kind, record))

    return _save_all(call, "create", *_body_records(call), save)


def update(call: Call) -> Answer:
    def save(saves: RecordSaves, record: Any) -> Result:
        kind = _kind_of_record(call, record)
        given = _value_of(record, "id")
        if given is None:
            raise Refusal("MISSING_ARGUMENT", "Id not specified in an update call", ())
        record_id = _checked_id(call, kind, given)
        changes = {name: value for name, value in record.items() if name.lower() != "id"}
        saves.update(kind, record_id, changes)
        return _success(record_id)

    return _save_all(call, "update", *_body_records(call), save)


def upsert(call: Call) -> Answer:
    kind = kind_of(call, call.params["object"])
    field = key_name(kind, call.params["field"])
    records, all_or_none = _body_records(call)
    keys = Counter(str(_value_of(record, field)).casefold() for record in records)

    def save(saves: RecordSaves, record: Any) -> Result:
        key = str(_value_of(record, field))
        if keys[key.casefold()] > 1:
            raise Refusal("DUPLICATE_VALUE", f"Duplicate external id specified: {key}", (field,))
        record_id, is_new = upsert_one(call, saves, kind, field, record)
        return {**_success(record_id), "created": is_new}

    return _save_all(call, "update", records, all_or_none, save)


def delete(call: Call) -> Answer:
    asked = call.request.query()
    ids = [part.strip() for part in asked.get("ids", "").split(",") if part.strip()]
    _check_size(ids)

    def save(saves: RecordSaves, text: Any) -> Result:
        record_id = long_id(text)
        name = object_name_of(record_id) if record_id else None
        if record_id is None or name is None:
            raise Refusal("MALFORMED_ID", f"malformed id {text}", ())
        saves.delete(name, record_id)
        return _success(record_id)

    return _save_all(call, "delete", ids, truth(asked.get("allOrNone")), save)


def _save_all(call: Call, event: Event, records: list[Any], all_or_none: bool, save: Save) -> Answer:
    automation = Automation(call.org, call.user_id, call.world.clock.second())
    failure = automation.bulk_refusal(event, sum(map(_is_task, records)))
    if failure is not None:
        return Answer(200, [{"success": False, "errors": [failure.as_collection_error()]} for _ in records])
    saves = RecordSaves(call)
    with call.org.transaction() as transaction:
        try:
            results = [_one(saves, record, save) for record in records]
        except Refusal:
            # What refuses the whole call was found before any record was saved, on the platform.
            transaction.rollback()
            raise
        if all_or_none and not all(result["success"] for result in results):
            transaction.rollback()
            saves.forget()
            results = [_taken_back(result) for result in results]
    saves.settle()
    return Answer(200, results)


def _is_task(record: Any) -> bool:
    """Tell whether a record, or an id to delete, is of a Task; one of no type follows the URL."""
    if isinstance(record, str):
        return record.startswith("00T")
    attributes = record.get("attributes")
    kind = attributes.get("type", "Task") if isinstance(attributes, dict) else "Task"
    return str(kind).lower() == "task"


def _one(saves: RecordSaves, record: Any, save: Save) -> Result:
    try:
        return save(saves, record)
    except Refusal as refusal:
        if refusal.whole_call:
            raise
        return {"success": False, "errors": [refusal.as_collection_error()]}


def _success(record_id: str) -> Result:
    return {"id": record_id, "success": True, "errors": []}


def _taken_back(result: Result) -> Result:
    if not result["success"]:
        return result
    return {"id": result["id"], "success": False, "errors": [_ROLLED_BACK.as_collection_error()]}


def _body_records(call: Call) -> tuple[list[Any], bool]:
    body = call.json_object()
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise parser_error("The request needs a list of records under 'records'.")
    _check_size(records)
    return records, truth(body.get("allOrNone"))


def _check_size(records: list[Any]) -> None:
    if len(records) > MAX_RECORDS:
        message = f"record limit reached. cannot submit more than {MAX_RECORDS} records into this call"
        raise Refusal("EXCEEDED_ID_LIMIT", message)


def _kind_of_record(call: Call, record: Mapping[str, Any]) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise parser_error("An sObject type must be given in the attributes of each record.")
    kind = call.org.object_type(name)
    if kind is None:
        refusal = Refusal("INVALID_TYPE", f"sObject type '{name}' is not supported.", whole_call=True)
        raise refusal
    return kind.name


def _value_of(record: Mapping[str, Any], name: str) -> Any:
    return next((value for key, value in record.items() if key.lower() == name.lower()), None)


def _checked_id(call: Call, kind: str, given: Any) -> str:
    record_id = long_id(given)
    found = call.org.object_type(kind)
    if record_id is None or found is None or record_id[:3] != found.key_prefix:
        label = found.fields["id"].label if found else "Id"
        raise Refusal("MALFORMED_ID", f"{label}: id value of incorrect type: {given}", ("Id",))
    return record_id


def read(call: Call) -> Answer:
    """Answer many records by id: null where one is missing, deleted or out of sight."""
    kind = kind_of(call, call.params["object"])
    ids, fields = _asked(call)
    if not ids or not fields:
        raise Refusal("MISSING_ARGUMENT", "Both ids and fields have to be specified")
    if len(ids) > MAX_READ:
        message = f"record limit reached. cannot submit more than {MAX_READ} records into this call"
        raise Refusal("EXCEEDED_ID_LIMIT", message)
    for name in fields:
        if str(name).strip().lower() not in kind.fields:
            raise no_such_column(str(name).strip(), kind.name)
    names = wanted_fields(kind, fields)
    return Answer(200, [_read_one(call, kind.name, str(text), names) for text in ids])


def _asked(call: Call) -> tuple[list[Any], list[Any]]:
    if call.request.method == "POST":
        body = call.json_object()
        ids, fields = body.get("ids"), body.get("fields")
        if not isinstance(ids, list) or not isinstance(fields, list):
            raise parser_error("The request needs lists under 'ids' and 'fields'.")
        return ids, fields
    asked = call.request.query()
    return _listed(asked.get("ids")), _listed(asked.get("fields"))


def _listed(text: str | None) -> list[Any]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _read_one(call: Call, object_name: str, text: str, names: list[str]) -> dict[str, Any] | None:
    record_id = long_id(text)
    if record_id is None:
        raise Refusal("MALFORMED_ID", f"malformed id {text}", ("Id",))
    row = call.org.table(object_name).seen(record_id, call.world.clock.now())
    if row is None or row.get("IsDeleted") or not call.org.may_see(call.user_id, object_name, row):
        return None
    return rendered(call, kind_of(call, object_name), row, names)
