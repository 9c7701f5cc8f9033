"""What an ingest job does with its rows: 200 at a time, through the same saves as sObject Collections."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from orgsim.calls import Answer, Call
from orgsim.errors import Refusal
from orgsim.jobs import Job, Line
from orgsim.rest import record_sets
from orgsim.rest.job_csv import BadUploadError, fields_of, read

_BATCH = record_sets.MAX_RECORDS
Result = dict[str, Any]


def process(call: Call, job: Job) -> None:
    """Work a closed job off: each row ends as succeeded or failed; a job that can't be read fails as a whole."""
    try:
        lines = read(job)
        _check_header(call, job)
    except BadUploadError as error:
        job.state, job.error = "Failed", str(error)
        return
    as_creator = replace(call, session=replace(call.session, user_id=job.user_id))
    for batch in _batches(lines):
        for line, result in zip(batch, _saved(as_creator, job, batch), strict=True):
            _note(job, line, result)
    job.state = "JobComplete"


def unprocessed(job: Job) -> list[Line]:
    """Give the rows of a job that ends before it began; none where its upload can't be read."""
    try:
        return read(job)
    except BadUploadError:
        return []


def _batches(lines: list[Line]) -> Iterator[list[Line]]:
    return (lines[start : start + _BATCH] for start in range(0, len(lines), _BATCH))


def _check_header(call: Call, job: Job) -> None:
    kind = call.org.object_type(job.object_name)
    unknown = [name for name in job.header if kind is None or name.lower() not in kind.fields]
    if unknown:
        raise BadUploadError(f"InvalidBatch : Field name not found : {unknown[0]}")
    names = {name.lower() for name in job.header}
    if job.operation in {"update", "delete"} and "id" not in names:
        raise BadUploadError("InvalidBatch : Field name not found : Id")
    if job.operation == "delete" and names != {"id"}:
        raise BadUploadError("InvalidBatch : The 'delete' batch must contain only ids")


def _saved(call: Call, job: Job, batch: list[Line]) -> list[Result]:
    """Save one batch as a collection call would; what refuses the call refuses each of its rows."""
    try:
        answer = _WORK[job.operation](call, job, batch)
    except Refusal as refusal:
        return [{"success": False, "errors": [refusal.as_collection_error()]} for _ in batch]
    results: list[Result] = answer.body
    return results


def _insert(call: Call, job: Job, batch: list[Line]) -> Answer:
    return record_sets.create(_as_collection(call, job, batch))


def _update(call: Call, job: Job, batch: list[Line]) -> Answer:
    return record_sets.update(_as_collection(call, job, batch))


def _upsert(call: Call, job: Job, batch: list[Line]) -> Answer:
    if (job.key_field or "").lower() == "id":
        return record_sets.update(_as_collection(call, job, batch))
    params = {"object": job.object_name, "field": job.key_field or ""}
    return record_sets.upsert(replace(_as_collection(call, job, batch), params=params))


def _delete(call: Call, _job: Job, batch: list[Line]) -> Answer:
    ids = ",".join(_id_of(line) or "-" for line in batch)
    return record_sets.delete(replace(call, request=replace(call.request, query_string=f"ids={ids}")))


def _as_collection(call: Call, job: Job, batch: list[Line]) -> Call:
    records = [{"attributes": {"type": job.object_name}, **fields_of(line)} for line in batch]
    body = json.dumps({"records": records}).encode()
    return replace(call, request=replace(call.request, body=body))


def _id_of(line: Line) -> str:
    return next((value.strip() for name, value in line.items() if name.lower() == "id"), "")


def _note(job: Job, line: Line, result: Result) -> None:
    if result["success"]:
        created = result.get("created", job.operation == "insert")
        job.succeeded.append({"sf__Id": result["id"], "sf__Created": str(created).lower(), **line})
    else:
        job.failed.append({"sf__Id": _id_of(line), "sf__Error": _error(result["errors"][0]), **line})


def _error(error: dict[str, Any]) -> str:
    # The platform's own: CODE:message:Field Field --
    return f"{error['statusCode']}:{error['message']}:{' '.join([*error['fields'], '--'])}"


_WORK: dict[str, Callable[[Call, Job, list[Line]], Answer]] = {
    "insert": _insert,
    "update": _update,
    "upsert": _upsert,
    "delete": _delete,
}
