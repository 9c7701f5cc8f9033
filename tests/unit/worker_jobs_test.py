"""Jobs: thin, named for good, and silent about people; with fakes in place of everything they call."""

import ast
import inspect
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from celery import Celery

import tasks.housekeeping
import tasks.sync_user
from remindersync.errors import ConfigurationError
from remindersync.model import Counts, Outcome, Report
from remindersync.store.due import Claim, Lane
from remindersync.store.retention import Kept
from tasks import names
from tasks.base import JobFailed
from tasks.fan_out import PAGE

JOB_LINES = 15


@dataclass
class FakeServices:
    """Everything a job calls, which keeps what it was asked."""

    reports: list = field(default_factory=list)
    pages: list = field(default_factory=list)
    published: list = field(default_factory=list)
    sent: list = field(default_factory=list)
    synced: list = field(default_factory=list)
    tallied: list = field(default_factory=list)
    kept: Kept = field(default_factory=Kept)
    lease_seconds: float = 180

    @property
    def engine(self):
        return self

    due = retention = tally = engine

    def ran(self, outcome):
        self.tallied.append(outcome)

    def ticked(self):
        self.tallied.append("tick")

    def sync_user(self, user_id, claim=None):
        self.synced.append((user_id, claim))
        answer = self.reports.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def claim(self, limit, lease_seconds):
        assert (limit, lease_seconds) == (PAGE, self.lease_seconds)
        return self.pages.pop(0) if self.pages else []

    def publish(self, claims):
        self.published.append(claims)

    def send(self, user_id):
        self.sent.append(user_id)
        return True

    def purge(self, kept):
        return {"history": 3, "runs": 0}


@pytest.fixture
def services():
    return FakeServices()


@pytest.fixture
def run(services):
    """Run a job by its name, in this thread, as a worker does."""
    app = Celery("test", set_as_current=False)
    app.services = lambda: services
    app.finalize()
    return lambda name, *arguments: app.tasks[name](*arguments)


def report(outcome=Outcome.DONE, *, due_in=60.0, **fields):
    return Report("ada", outcome, next_due_at=datetime.now(UTC) + timedelta(seconds=due_in), **fields)


def test_names_on_the_wire_never_change():
    assert (names.FAN_OUT, names.SYNC_USER, names.HOUSEKEEPING) == (
        "remindersync.fan_out",
        "remindersync.sync_user",
        "remindersync.housekeeping",
    )
    assert names.QUEUES == ("ticks", "interactive", "sync", "bulk")
    assert set(names.QUEUES) == {names.TICKS, *Lane}


def test_a_job_is_at_most_fifteen_lines():
    for path in Path(tasks.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                assert node.end_lineno - node.lineno < JOB_LINES, f"{path.name}: {node.name}"


def test_every_page_of_due_users_is_published(services, run):
    pages = [[Claim(f"u{n}", f"u{n}@example.com", n, Lane.SYNC)] for n in range(3)]
    services.pages = list(pages)
    run(names.FAN_OUT)
    assert services.published == pages


def test_a_tick_with_nobody_due_publishes_nothing(services, run):
    run(names.FAN_OUT)
    assert services.published == []


def test_a_job_hands_user_and_claim_to_the_engine(services, run):
    services.reports = [report()]
    run(names.SYNC_USER, "ada", 7)
    assert (services.synced, services.sent) == ([("ada", 7)], [])


def test_a_user_due_again_at_once_is_sent_again_at_once(services, run):
    services.reports = [report(Outcome.MORE, due_in=0)]
    run(names.SYNC_USER, "ada", 7)
    assert services.sent == ["ada"]


def test_a_run_that_did_not_begin_is_left_to_the_database(services, run):
    services.reports = [Report("ada", Outcome.BUSY)]
    run(names.SYNC_USER, "ada", 7)
    assert services.sent == []


def test_the_log_tells_outcome_and_counts_but_no_error_text(services, run, caplog):
    services.reports = [report(Outcome.RETRY, counts=Counts(created_here=2), calls=3, error="quotes 'Very private'")]
    with caplog.at_level(logging.INFO, "tasks"):
        run(names.SYNC_USER, "ada", 7)
    record = caplog.records[0]
    assert record.fields == {"user": "ada", "outcome": "retry", "changed": 2, "parked": 0, "calls": 3}
    assert "private" not in caplog.text


def test_unforeseen_trouble_fails_the_job_without_its_text(services, run, caplog):
    services.reports = [ValueError("Very private")]
    with pytest.raises(JobFailed, match=r"^remindersync.sync_user: ValueError$") as failed:
        run(names.SYNC_USER, "ada", 7)
    assert failed.value.__suppress_context__
    assert inspect.getsourcefile(type(services)) in caplog.text
    assert "private" not in caplog.text


def test_foreseen_trouble_is_one_sentence(services, run, caplog):
    services.reports = [ConfigurationError("The database does not answer: start it.")]
    with pytest.raises(JobFailed):
        run(names.SYNC_USER, "ada", 7)
    assert caplog.messages == ["remindersync.sync_user stopped: The database does not answer: start it."]


def test_housekeeping_tells_what_it_removed(services, run, caplog):
    with caplog.at_level(logging.INFO, "tasks"):
        run(names.HOUSEKEEPING)
    assert caplog.records[0].fields == {"history": 3, "runs": 0}
