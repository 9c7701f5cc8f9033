"""Bulk 2.0 jobs and what became of their rows; they live as long as the box."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orgsim.errors import Refusal, not_found
from orgsim.ids import long_id, numbered_id
from orgsim.values import date_time_text

DELIMITERS = {"COMMA": ",", "BACKQUOTE": "`", "CARET": "^", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
_TERMINAL = frozenset({"JobComplete", "Aborted", "Failed"})
_PREFIX = "750"
Line = dict[str, str]


@dataclass(slots=True)
class Job:
    """One job: `lines` are its CSV rows (of an upload, or the answer of a query), the rest says how far it is."""

    id: str
    org_id: str
    user_id: str
    operation: str
    object_name: str
    version: str
    created_at: datetime
    delimiter: str = "COMMA"
    line_ending: str = "LF"
    key_field: str | None = None
    query: str | None = None
    state: str = "Open"
    error: str | None = None
    uploaded: bytes | None = None
    header: list[str] = field(default_factory=list)
    succeeded: list[Line] = field(default_factory=list)
    failed: list[Line] = field(default_factory=list)
    unprocessed: list[Line] = field(default_factory=list)
    polls_left: int = 0

    @property
    def is_query(self) -> bool:
        return self.query is not None

    @property
    def is_over(self) -> bool:
        return self.state in _TERMINAL

    def as_json(self) -> dict[str, Any]:
        """Give the job's entry as the API shows it."""
        number = float(self.version.removeprefix("v"))
        shown = {
            "id": self.id,
            "operation": self.operation,
            "object": self.object_name,
            "createdById": self.user_id,
            "createdDate": date_time_text(self.created_at),
            "systemModstamp": date_time_text(self.created_at),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": number,
            "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
        }
        processed = len(self.succeeded) + len(self.failed)
        if self.is_query:
            return {**shown, "jobType": "V2Query", "numberRecordsProcessed": processed, "retries": 0}
        return {**shown, **self._ingest_json(processed)}

    def _ingest_json(self, processed: int) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "jobType": "V2Ingest",
            "contentUrl": f"services/data/{self.version}/jobs/ingest/{self.id}/batches",
            "numberRecordsProcessed": processed,
            "numberRecordsFailed": len(self.failed),
            "retries": 0,
            "totalProcessingTime": processed,
            "apiActiveProcessingTime": processed,
            "apexProcessingTime": 0,
        }
        if self.key_field:
            shown["externalIdFieldName"] = self.key_field
        return {**shown, "errorMessage": self.error} if self.error else shown


class Jobs:
    """All jobs of a box, by id."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._numbers = 0

    def new_id(self) -> str:
        self._numbers += 1
        return numbered_id(_PREFIX, self._numbers)

    def add(self, job: Job) -> Job:
        self._jobs[job.id] = job
        return job

    def find(self, text: str, org_id: str, *, is_query: bool) -> Job:
        """Give the job of an id; raises NOT_FOUND."""
        job = self._jobs.get(long_id(text) or "")
        if job is None or job.org_id != org_id or job.is_query != is_query:
            raise not_found()
        return job

    def all_of(self, org_id: str, *, is_query: bool) -> list[Job]:
        return [job for job in self._jobs.values() if job.org_id == org_id and job.is_query == is_query]

    def remove(self, job: Job) -> None:
        """Forget a job that is not open any more; raises INVALIDJOBSTATE."""
        if job.state in {"Open", "InProgress"}:
            raise wrong_state("Deleting not Closed Job not allowed")
        del self._jobs[job.id]


def wrong_state(message: str) -> Refusal:
    return Refusal("INVALIDJOBSTATE", message)
