"""Collections calls: many records in one request, an answer for each, by place."""

import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from remindersync.errors import Fault, SalesforceUnclear
from remindersync.ports import TaskWrite, WriteAnswer
from remindersync.salesforce.client import UNCLEAR, Answer, Call
from remindersync.salesforce.faults import classify
from remindersync.salesforce.ids import record_id

MOST_RECORDS = 200
# By id alone (REST guide, sObject Collections, retrieve by POST).
MOST_READ = 2000

_WINNER = re.compile(r"duplicates value on record with id: (\w+)")
# From an error of one record: the id of the record that makes it a success after all.
Forgive = Callable[[TaskWrite, Fault], str | None]


def create(tasks: Sequence[TaskWrite], owner_id: str, key_field: str | None) -> Call:
    """Create Tasks, by upsert on `key_field` where the org has it; without it, plainly."""
    records = [_record({"OwnerId": owner_id, **task.values}, {key_field: task.key}) for task in tasks]
    if key_field is None:
        return Call("POST", "composite/sobjects", body=_body(records))
    return Call("PATCH", f"composite/sobjects/Task/{key_field}", body=_body(records))


def update(tasks: Sequence[TaskWrite]) -> Call:
    """Change Tasks by id."""
    records = [_record(task.values, {"id": record_id(task.id or "")}) for task in tasks]
    return Call("PATCH", "composite/sobjects", body=_body(records))


def delete(tasks: Sequence[TaskWrite]) -> Call:
    """Delete Tasks by id."""
    ids = ",".join(record_id(task.id or "") for task in _bounded(tasks))
    return Call("DELETE", "composite/sobjects", params={"ids": ids, "allOrNone": "false"})


def stamps(ids: Sequence[str]) -> Call:
    """Ask when Tasks were last changed: retrieving takes ids in its body, so that ten times as many fit as in SOQL."""
    if len(ids) > MOST_READ:
        raise ValueError(f"One call reads {MOST_READ} records, not {len(ids)}.")
    return Call("POST", "composite/sobjects/Task", body={"ids": list(ids), "fields": ["SystemModstamp"]}, reads=True)


def answers(answer: Answer, tasks: Sequence[TaskWrite], forgive: Forgive) -> list[WriteAnswer]:
    """Pair the results with what was sent. Raises `SalesforceUnclear` if they do not match up."""
    results = answer.body
    if not isinstance(results, list) or len(results) != len(tasks):
        raise SalesforceUnclear(UNCLEAR)
    return [_answer(answer, task, result, forgive) for task, result in zip(tasks, results, strict=True)]


def forgive_own_key(key_field: str | None) -> Forgive:
    """Take it as done when our own key is there already: an earlier request of ours, or its twin, won."""

    def winner(task: TaskWrite, fault: Fault) -> str | None:
        match = _WINNER.search(fault.message) if fault.code == "DUPLICATE_VALUE" else None
        ours = key_field is not None and task.key is not None and key_field in fault.message
        return _id(match[1]) if match and ours else None

    return winner


def forgive_deleted(task: TaskWrite, fault: Fault) -> str | None:
    """Take it as done when what should be deleted is deleted already."""
    return task.id if fault.code == "ENTITY_IS_DELETED" else None


def forgive_nothing(task: TaskWrite, fault: Fault) -> str | None:  # noqa: ARG001 one of several that are called alike
    """Take every error as one."""
    return None


def _answer(answer: Answer, task: TaskWrite, result: Any, forgive: Forgive) -> WriteAnswer:
    if not isinstance(result, dict) or not isinstance(result.get("success"), bool):
        raise SalesforceUnclear(UNCLEAR)
    if result["success"]:
        saved = _id(result.get("id")) or task.id
        if saved is None:
            raise SalesforceUnclear(UNCLEAR)
        return WriteAnswer(answer.at, id=saved, created=bool(result.get("created", task.id is None)))
    found = classify(HTTPStatus.OK, result)
    forgiven = forgive(task, found)
    return WriteAnswer(answer.at, id=forgiven) if forgiven else WriteAnswer(answer.at, fault=found)


def _id(text: object) -> str | None:
    try:
        return record_id(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _record(*parts: Mapping[Any, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {"attributes": {"type": "Task"}}
    for part in parts:
        record |= {name: value for name, value in part.items() if name is not None}
    return record


def _body(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"allOrNone": False, "records": _bounded(records)}


def _bounded(records: Sequence[Any]) -> Sequence[Any]:
    if len(records) > MOST_RECORDS:
        raise ValueError(f"One call takes {MOST_RECORDS} records, not {len(records)}.")
    return records
