"""Query jobs: the answer is taken when the job is made, and read in pages of CSV."""

import base64

from orgsim.calls import Answer, Call
from orgsim.errors import Refusal
from orgsim.jobs import Job, wrong_state
from orgsim.rest import job_csv
from orgsim.rest.query import found_by
from orgsim.soql import query as q

_DEFAULT_PAGE = 50_000


def prepare(call: Call, job: Job) -> None:
    """Run a job's query; raises what the query is refused with, or that bulk queries don't take it."""
    query, found = found_by(call, job.query or "", include_deleted=job.operation == "queryAll")
    if found.is_aggregate or found.count_only or query.offset or query.typeofs:
        message = "Aggregate Relationships, GROUP BY, OFFSET and TYPEOF are not supported in Bulk Query"
        raise Refusal("API_ERROR", message)
    job.object_name = call.org.object_type(query.object_name).name  # type: ignore[union-attr]  # it was just queried
    job.succeeded = [job_csv.flattened(record) for record in found.records]
    job.header = _header(query, job)


def _header(query: q.Query, job: Job) -> list[str]:
    """Give the columns: those of the records, so that a parent missing in one row keeps its columns."""
    seen: dict[str, None] = {}
    for line in job.succeeded:
        seen.update(dict.fromkeys(line))
    asked = [str(item.operand) for item in query.selected if isinstance(item.operand, q.Path)]
    names = {name.lower(): name for name in seen}
    wanted = [names.get(name.lower(), name) for name in asked]
    nested = {name.partition(".")[0] for name in wanted if "." in name}
    rest = [name for name in seen if name not in wanted and name not in nested]
    return [*wanted, *rest]


def results(call: Call, job: Job) -> Answer:
    if job.state != "JobComplete":
        raise wrong_state(f"Job is in state {job.state}; its results are there once it is complete")
    asked = call.request.query()
    start, size = _offset(asked.get("locator")), _size(asked.get("maxRecords"))
    lines = job.succeeded[start : start + size]
    end = start + len(lines)
    headers = {
        "Sforce-Locator": _locator(end) if end < len(job.succeeded) else "null",
        "Sforce-NumberOfRecords": str(len(lines)),
    }
    return Answer(200, job_csv.write(job, job.header, lines), headers, "text/csv")


def _size(text: str | None) -> int:
    if text is None:
        return _DEFAULT_PAGE
    if not text.isdecimal() or int(text) < 1:
        raise Refusal("INVALID_QUERY_LOCATOR", f"invalid maxRecords: {text}")
    return int(text)


def _locator(offset: int) -> str:
    return base64.urlsafe_b64encode(str(offset).encode()).decode().rstrip("=")


def _offset(locator: str | None) -> int:
    if not locator or locator == "null":
        return 0
    try:
        return int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except ValueError:
        raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator") from None
