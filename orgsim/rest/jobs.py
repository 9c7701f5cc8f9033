"""Bulk 2.0, /jobs/ingest and /jobs/query: making, uploading, closing, watching and deleting jobs."""

from typing import Any

from orgsim.calls import Answer, Call
from orgsim.errors import Refusal
from orgsim.jobs import DELIMITERS, LINE_ENDINGS, Job, wrong_state
from orgsim.rest import ingest, job_csv, query_jobs
from orgsim.rest.rows import key_name

_OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
_QUERIES = ("query", "queryAll")
_MAX_UPLOAD_BYTES = 150 * 1024 * 1024
_NO_BULK = frozenset({"TaskStatus", "TaskPriority"})


def create_ingest(call: Call) -> Answer:
    body = call.json_object()
    job = _new_job(call, body, _OPERATIONS)
    kind = call.org.object_type(str(body.get("object") or ""))
    if kind is None or kind.key_prefix is None:
        raise Refusal("INVALIDENTITY", f"InvalidEntity : {body.get('object')}")
    _check_bulk(kind.name)
    if job.operation == "hardDelete":
        message = (
            "hardDelete operation requires special user profile permission, please contact your system administrator"
        )
        raise Refusal("FEATURENOTENABLED", message)
    job.object_name = kind.name
    if job.operation == "upsert":
        given = str(body.get("externalIdFieldName") or "")
        if not given:
            raise Refusal("INVALIDJOB", "InvalidJob : External ID was blank for upsert")
        job.key_field = given if given.lower() == "id" else key_name(kind, given)
    return Answer(200, call.world.jobs.add(job).as_json())


def create_query(call: Call) -> Answer:
    body = call.json_object()
    job = _new_job(call, body, _QUERIES)
    job.query, job.state = str(body.get("query") or ""), "UploadComplete"
    query_jobs.prepare(call, job)
    _check_bulk(job.object_name)
    job.polls_left = call.org.settings.bulk_polls
    return Answer(200, call.world.jobs.add(job).as_json())


def _check_bulk(object_name: str) -> None:
    if object_name in _NO_BULK:
        raise Refusal("INVALIDENTITY", f"Entity '{object_name}' is not supported by the Bulk API.")


def _new_job(call: Call, body: dict[str, Any], operations: tuple[str, ...]) -> Job:
    job = Job(
        call.world.jobs.new_id(),
        call.org.id,
        call.user_id,
        _choice(body, "operation", None, operations),
        "",
        call.version,
        call.world.clock.now(),
        _choice(body, "columnDelimiter", "COMMA", tuple(DELIMITERS)),
        _choice(body, "lineEnding", "LF", tuple(LINE_ENDINGS)),
    )
    _choice(body, "contentType", "CSV", ("CSV",))
    return job


def _choice(body: dict[str, Any], name: str, otherwise: str | None, choices: tuple[str, ...]) -> str:
    given = str(body.get(name) or otherwise)
    found = next((one for one in choices if one.lower() == given.lower()), None)
    if found is None:
        raise Refusal("INVALIDJOB", f"InvalidJob : {given} is no {name}: it is one of {', '.join(choices)}")
    return found


def _ingest_job(call: Call) -> Job:
    return call.world.jobs.find(call.params["id"], call.org.id, is_query=False)


def _query_job(call: Call) -> Job:
    return call.world.jobs.find(call.params["id"], call.org.id, is_query=True)


def upload(call: Call) -> Answer:
    job = _ingest_job(call)
    if job.state != "Open" or job.uploaded is not None:
        raise wrong_state(
            f"Found multiple contents for job: <{job.id[:15]}>, make sure to PUT once on a given open Job."
        )
    if len(call.request.body) > _MAX_UPLOAD_BYTES:
        raise Refusal("REQUEST_TOO_LARGE", "The upload is larger than 150 MB", status=413)
    job.uploaded = call.request.body
    return Answer(201)


def set_ingest_state(call: Call) -> Answer:
    job, wanted = _ingest_job(call), str(call.json_object().get("state"))
    if wanted == "Aborted":
        _abort(job)
    elif wanted != "UploadComplete":
        raise Refusal("INVALIDJOB", f"InvalidJob : {wanted} is no state a client can set")
    elif job.state != "Open":
        raise wrong_state(f"Closing already {job.state} Job not allowed")
    else:
        job.state, job.polls_left = "UploadComplete", call.org.settings.bulk_polls
    return Answer(200, job.as_json())


def set_query_state(call: Call) -> Answer:
    job = _query_job(call)
    if str(call.json_object().get("state")) != "Aborted":
        raise Refusal("INVALIDJOB", "InvalidJob : a query job can only be set to Aborted")
    _abort(job)
    return Answer(200, job.as_json())


def _abort(job: Job) -> None:
    if job.is_over:
        raise wrong_state(f"Aborting already {job.state} Job not allowed")
    if job.uploaded is not None:
        job.unprocessed = ingest.unprocessed(job)
    job.state = "Aborted"


def look_at_ingest(call: Call) -> Answer:
    job = _ingest_job(call)
    _advance(call, job)
    return Answer(200, job.as_json())


def look_at_query(call: Call) -> Answer:
    job = _query_job(call)
    _advance(call, job)
    return Answer(200, job.as_json())


def _advance(call: Call, job: Job) -> None:
    """Let a closed job go on: it is found in progress as often as the org's setting says, and then complete."""
    if job.state not in {"UploadComplete", "InProgress"}:
        return
    job.state = "InProgress"
    if job.polls_left > 0:
        job.polls_left -= 1
    elif job.is_query:
        job.state = "JobComplete"
    else:
        ingest.process(call, job)


def list_ingest(call: Call) -> Answer:
    return _listed(call, is_query=False)


def list_query(call: Call) -> Answer:
    return _listed(call, is_query=True)


def _listed(call: Call, *, is_query: bool) -> Answer:
    records = [job.as_json() for job in call.world.jobs.all_of(call.org.id, is_query=is_query)]
    return Answer(200, {"done": True, "nextRecordsUrl": None, "records": records})


def delete_ingest(call: Call) -> Answer:
    call.world.jobs.remove(_ingest_job(call))
    return Answer(204)


def delete_query(call: Call) -> Answer:
    call.world.jobs.remove(_query_job(call))
    return Answer(204)


def successful(call: Call) -> Answer:
    job = _ingest_job(call)
    return _csv(job, ["sf__Id", "sf__Created", *job.header], job.succeeded)


def failed(call: Call) -> Answer:
    job = _ingest_job(call)
    return _csv(job, ["sf__Id", "sf__Error", *job.header], job.failed)


def unprocessed(call: Call) -> Answer:
    job = _ingest_job(call)
    return _csv(job, job.header, job.unprocessed)


def query_results(call: Call) -> Answer:
    return query_jobs.results(call, _query_job(call))


def _csv(job: Job, header: list[str], lines: list[dict[str, str]]) -> Answer:
    if not job.is_over:
        raise wrong_state(f"Job is in state {job.state}; its results are there once it is over")
    return Answer(200, job_csv.write(job, header, lines), media_type="text/csv")
