"""Traces: an edit is followed from the web to Salesforce by real processes, into a real collector."""

import json
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager

import pytest
import requests

from remindersync.model import Outcome
from remindersync.store.app_reminders import Draft
from tasks import names
from tests.diagnostics.house import ROOT, open_house
from tests.fixtures.collector import tree
from tests.fixtures.salesforce import ADA, BEN, USERNAMES
from tests.fixtures.waiting import eventually
from worker.redis_server import free_port

pytestmark = pytest.mark.processes

THREADS = ["worker", "--pool=threads", "--concurrency=2", "--queues=interactive,sync", "--hostname=threads@here"]
FORKED = ["worker", "--pool=prefork", "--concurrency=1", "--queues=bulk", "--hostname=forked@here"]
QUIET = ["--without-mingle", "--without-gossip"]
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
CREATION = "salesforce PATCH composite/sobjects/Task/RemindersyncKey__c"


class Office:
    """A house whose web and workers run, with Ada and Ben in it."""

    def __init__(self, house, web_port):
        self.house, self.collector = house, house.collector
        self.ada, self.ben = house.join(ADA), house.join(BEN)
        self.api = f"http://127.0.0.1:{web_port}/api/v1"
        self.token = house.directory.issue_token(self.ada.id)

    def post(self, name, **headers):
        """Create a reminder of Ada's as a program does; return the request's span once the Task is in Salesforce."""
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        asked = len(self.collector.named("POST /api/v1/reminders"))
        requests.post(f"{self.api}/reminders", json={"name": name}, headers=headers, timeout=30).raise_for_status()
        eventually(lambda: name in [task["Subject"] for task in self.house.sim.door.tasks()])
        return eventually(lambda: self.collector.named("POST /api/v1/reminders")[asked:])[0]

    def trace_of(self, root, *awaited):
        """Return the spans of a root's trace once those awaited are among them, which end last in each process."""
        spans = [span for span in self.collector.spans if span.trace == root.trace]
        return spans if {span.name for span in spans} >= set(awaited) else []


@contextmanager
def web(house):
    port = free_port()
    environ = house.environ | {"PORT": str(port)}
    with (house.folder / "web.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "web"], cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        eventually(lambda: process.poll() is not None or _answers(port))
        assert process.poll() is None, house.log("web")
        yield port
    finally:
        process.terminate()
        process.wait(60)


def _answers(port):
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


@contextmanager
def workers(house, **nodes):
    """Run a worker for each name with its arguments, ready for jobs."""
    with ExitStack() as stack:
        for name, arguments in nodes.items():
            stack.enter_context(house.process(name, *arguments, *QUIET, LOG_FORMAT="json"))
        eventually(lambda: len(house.app.control.inspect(timeout=1).ping() or {}) == len(nodes))
        yield


@pytest.fixture(scope="module")
def office(postgres_url, tmp_path_factory):
    with (
        open_house(postgres_url, tmp_path_factory.mktemp("traces")) as house,
        web(house) as port,
        workers(house, threads=THREADS, forked=FORKED),
    ):
        office = Office(house, port)
        for user in (office.ada, office.ben):
            house.run(user, until=Outcome.DONE)
        yield office


def test_an_edit_is_one_trace_from_the_web_to_salesforce(office):
    request = office.post("Visit the Byrons")
    spans = eventually(lambda: office.trace_of(request, "publish", names.SYNC_USER))
    way = ("publish", names.SYNC_USER, "run", "send", CREATION)
    found = [[span for span in spans if span.name == name] for name in way]
    assert [len(each) for each in found] == [1] * len(way), tree(spans)
    publish, job, run, send, write = (one for (one,) in found)
    assert [span.parent for span in (request, publish, job, run, send, write)] == [
        "", request.id, publish.id, job.id, run.id, send.id
    ]  # fmt: skip
    assert [span.kind for span in (request, publish, job, write)] == [SERVER, PRODUCER, CONSUMER, CLIENT]
    assert (request.service, job.service) == ("remindersync-web", "remindersync-worker")


def test_a_trace_tells_whose_run_it_was_and_what_came_of_each_step(office):
    request = office.post("Call Augusta")
    spans = {span.name: span for span in eventually(lambda: office.trace_of(request, "publish", names.SYNC_USER))}
    assert request.facts["http.response.status_code"] == 201
    run, job, write = spans["run"], spans[names.SYNC_USER], spans[CREATION]
    (known,) = office.house.runs_of(office.ada)[:1]
    told = {name: run.fact(name) for name in ("user", "run", "kind", "outcome", "calls", "created_there")}
    assert told == {
        "user": office.ada.id, "run": known.id, "kind": "edit", "outcome": "done", "calls": 2, "created_there": 1
    }  # fmt: skip
    assert job.fact("queue") == "interactive"
    assert (write.fact("status"), write.fact("records"), write.fact("calls_allowed")) == (200, 1, 100_000)
    assert {"pull changes", "plan", "send"} <= set(spans)
    assert not [span for span in spans.values() if span.failed]


def test_lines_of_the_log_name_the_trace_they_belong_to(office):
    request = office.post("Call Medora")
    eventually(lambda: office.trace_of(request, names.SYNC_USER))
    lines = [json.loads(line) for line in office.house.log("threads").splitlines() if line.startswith("{")]
    assert [line["outcome"] for line in lines if line.get("trace_id") == request.trace and line["event"] == "synced"]
    assert [line for line in lines if "trace_id" not in line]


def test_a_request_joins_the_trace_it_is_part_of(office):
    theirs = "0af7651916cd43dd8448eb211c80319c"
    office.post("Write to Annabella", traceparent=f"00-{theirs}-b7ad6b7169203331-01")
    eventually(lambda: [span for span in office.collector.named(names.SYNC_USER) if span.trace == theirs])


def test_each_run_that_a_tick_sends_is_a_trace_of_its_own_with_a_link_to_it(office):
    users = {office.ada.id, office.ben.id}
    office.house.make_due()
    tick = office.house.app.send_task(names.FAN_OUT, queue=names.INTERACTIVE, ignore_result=True)
    sent = eventually(lambda: _sent_by(office.collector, tick.id))
    runs = eventually(lambda: _linked_to(office.collector, sent.id, len(users)))
    assert sent.fact("messages") == len(users)
    assert len({span.trace for span in runs} | {sent.trace}) == len(users) + 1
    inside = [span for span in office.collector.named("run") if span.parent in {each.id for each in runs}]
    assert {span.fact("user") for span in inside} == users


def _sent_by(collector, job_id):
    """Return what a tick's job published, once both have arrived."""
    jobs = {span.id for span in collector.named(names.FAN_OUT, job=job_id)}
    return next((span for span in collector.named("publish") if span.parent in jobs), None)


def _linked_to(collector, span_id, number):
    found = [span for span in collector.named(names.SYNC_USER) if span_id in span.links]
    return found if len(found) == number else None


def test_jobs_of_forked_processes_are_followed_too(office):
    claim = office.house.claim(office.ben)
    job = office.house.app.send_task(names.SYNC_USER, (office.ben.id, claim), queue=names.BULK, ignore_result=True)
    span = eventually(lambda: office.collector.named(names.SYNC_USER, job=job.id))[0]
    assert (span.fact("queue"), span.parent, span.links) == ("bulk", "", ())
    eventually(lambda: [run for run in office.collector.named("run") if run.parent == span.id])


def test_a_job_that_fails_says_so_by_the_kind_of_its_error(office):
    job = office.house.app.send_task(names.SYNC_USER, ("nobody", 1), queue=names.BULK, ignore_result=True)
    span = eventually(lambda: office.collector.named(names.SYNC_USER, job=job.id))[0]
    (run,) = eventually(lambda: [run for run in office.collector.named("run") if run.parent == span.id])
    assert span.failed
    assert span.facts["error.type"] == "JobFailed"
    assert run.failed
    assert run.facts["error.type"] != "unknown"


def test_no_address_and_no_typed_word_is_in_a_trace(office):
    login = {"Authorization": f"Bearer {office.token}", "User-Agent": "Zorilla", "tracestate": "vendor=Zorilla"}
    there = requests.get(f"{office.api}/reminders/Zorilla", params={"name": "Zorilla"}, headers=login, timeout=30)
    page = requests.get(office.api.replace("/api/v1", "/Zorilla"), params={"q": "Zorilla"}, timeout=30)
    assert {there.status_code, page.status_code} == {404}
    routes = {"GET /api/v1/reminders/{reminder_id}", "GET none"}
    eventually(lambda: {span.name for span in office.collector.spans} >= routes)
    told = office.collector.text
    assert "Zorilla" not in told
    assert not [email for email in USERNAMES.values() if email in told]
    assert "/healthz" not in told


@contextmanager
def nobody():
    """An address at which nobody listens."""
    yield f"http://127.0.0.1:{free_port()}"


@contextmanager
def somebody_deaf():
    """An address at which everything is taken and nothing answered."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("collector", [nobody, somebody_deaf])
def test_a_collector_that_is_away_costs_one_line_of_the_log_and_no_run(postgres_url, tmp_path, collector):
    with open_house(postgres_url, tmp_path) as house, collector() as address:
        ada = house.join(ADA)
        house.environ |= {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
        with house.process("away", *THREADS, *QUIET, LOG_FORMAT="text") as process:
            for number in range(3):
                house.reminders.create(ada, Draft(f"Call {number}"))
                house.run(ada, until=Outcome.DONE)
            eventually(lambda: "Traces are not taken" in house.log("away"))
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        assert {task["Subject"] for task in house.sim.door.tasks()} == {"Call 0", "Call 1", "Call 2"}
        assert house.log("away").count("Traces are not taken") == 1
        assert "opentelemetry" not in house.log("away")
        assert "Traceback" not in house.log("away")
