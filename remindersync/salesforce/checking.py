"""Composite calls: each record is written on the condition that nobody saved it since it was read.

`If-Unmodified-Since` is known for reading and changing a row, in whole seconds, and not for deleting one (REST guide,
conditional headers). So a deletion follows a conditional read, and names its record by what that read returned: where
the read fails, the reference cannot be filled and Salesforce halts the deletion (REST guide, composite references).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from remindersync.errors import SalesforceUnclear
from remindersync.ports import CHECKED_DELETES, CHECKED_UPDATES, TaskWrite, WriteAnswer
from remindersync.salesforce import records
from remindersync.salesforce.client import UNCLEAR, Answer, Call
from remindersync.salesforce.faults import classify, fault, is_settled
from remindersync.salesforce.ids import record_id
from remindersync.salesforce.saving import Forgive

_STAMP = "SystemModstamp"
Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Result:
    """What Salesforce answered to one part."""

    status: int
    body: Any

    @property
    def went_well(self) -> bool:
        return self.status < HTTPStatus.MULTIPLE_CHOICES


def update(root: str, tasks: Sequence[TaskWrite]) -> Call:
    """Change Tasks, each on its condition; one that is alone is read back in the same call."""
    if len(tasks) > CHECKED_UPDATES:
        raise ValueError(f"One call takes {CHECKED_UPDATES} records on a condition, not {len(tasks)}.")
    parts = [_changed(root, number, task) for number, task in enumerate(tasks)]
    if len(tasks) == 1:
        parts.append({"method": "GET", "url": f"{_row(root, tasks[0])}?fields={_STAMP}", "referenceId": "seen"})
    return _composite(parts)


def delete(root: str, tasks: Sequence[TaskWrite]) -> Call:
    """Delete Tasks, each right after a read on its condition."""
    if len(tasks) > CHECKED_DELETES:
        raise ValueError(f"One call deletes {CHECKED_DELETES} records on a condition, not {len(tasks)}.")
    return _composite([part for number, task in enumerate(tasks) for part in _deleted(root, number, task)])


def updated(answer: Answer, tasks: Sequence[TaskWrite]) -> list[WriteAnswer]:
    """Return what became of each change. Raises `SalesforceUnclear` where an answer does not tell."""
    results = _results(answer)
    found = [_of(answer, task, [_part(results, f"write{number}")]) for number, task in enumerate(tasks)]
    if "seen" in results and found[0].id is not None:
        found[0] = replace(found[0], stamp=_stamp(results["seen"]))
    return found


def deleted(answer: Answer, tasks: Sequence[TaskWrite], forgive: Forgive) -> list[WriteAnswer]:
    """Return what became of each deletion. Raises `SalesforceUnclear` where an answer does not tell."""
    results = _results(answer)
    found = []
    for number, task in enumerate(tasks):
        both = [_part(results, f"seen{number}"), _part(results, f"write{number}")]
        one = _as_deletions_say(_of(answer, task, both))
        forgiven = forgive(task, one.fault) if one.fault else None
        found.append(WriteAnswer(answer.at, id=forgiven) if forgiven else one)
    return found


def _changed(root: str, number: int, task: TaskWrite) -> Part:
    part = {"method": "PATCH", "url": _row(root, task), "referenceId": f"write{number}", "body": dict(task.values)}
    return part | _condition(task)


def _deleted(root: str, number: int, task: TaskWrite) -> Iterator[Part]:
    seen = {"method": "GET", "url": f"{_row(root, task)}?fields=Id", "referenceId": f"seen{number}"}
    yield seen | _condition(task)
    yield {
        "method": "DELETE",
        "url": f"{root}/sobjects/Task/@{{seen{number}.Id}}",
        "referenceId": f"write{number}",
    }


def _row(root: str, task: TaskWrite) -> str:
    return f"{root}/sobjects/Task/{record_id(task.id or '')}"


def _condition(task: TaskWrite) -> Part:
    if task.unless_after is None:
        return {}
    since = task.unless_after.astimezone(UTC).replace(microsecond=0)
    return {"httpHeaders": {"If-Unmodified-Since": format_datetime(since, usegmt=True)}}


def _composite(parts: list[Part]) -> Call:
    # Collated, Salesforce could carry parts out in another order.
    body = {"allOrNone": False, "collateSubrequests": False, "compositeRequest": parts}
    return Call("POST", "composite", body=body)


def _results(answer: Answer) -> dict[str, _Result]:
    try:
        return {
            part["referenceId"]: _Result(int(part["httpStatusCode"]), part["body"])
            for part in answer.body["compositeResponse"]
        }
    except (KeyError, TypeError, ValueError):
        raise SalesforceUnclear(UNCLEAR) from None


def _part(results: Mapping[str, _Result], name: str) -> _Result:
    if name not in results:
        raise SalesforceUnclear(UNCLEAR)
    return results[name]


def _of(answer: Answer, task: TaskWrite, results: Sequence[_Result]) -> WriteAnswer:
    """Return what the first part that failed says: those after it were not carried out."""
    failed = next((one for one in results if not one.went_well), None)
    if failed is None:
        return WriteAnswer(answer.at, id=task.id)
    if failed.status == HTTPStatus.PRECONDITION_FAILED:
        return WriteAnswer(answer.at, moved=True)
    if not is_settled(failed.status, failed.body):
        raise SalesforceUnclear(UNCLEAR)
    return WriteAnswer(answer.at, fault=classify(failed.status, failed.body))


def _as_deletions_say(answer: WriteAnswer) -> WriteAnswer:
    """Return the answer in a deletion's words: it calls a record that is not shown an invalid reference."""
    if answer.fault is None or answer.fault.code != "NOT_FOUND":
        return answer
    return replace(answer, fault=fault("INVALID_CROSS_REFERENCE_KEY", answer.fault.message))


def _stamp(result: _Result) -> datetime | None:
    try:
        return records.moment(result.body[_STAMP])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
