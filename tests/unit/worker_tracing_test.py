"""Traces: off without a trace of OpenTelemetry, on by its own variables, and silent about people and about outages."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from remindersync.errors import ConfigurationError, LoginLost
from remindersync.ports import UNWATCHED
from remindersync.salesforce import telling
from remindersync.salesforce.faults import fault
from worker import tracing
from worker.settings import Settings
from worker.tracing import wanted
from worker.tracing.sending import TELL_AGAIN_SECONDS, Sending
from worker.tracing.spans import Spans, arrived

ROOT = Path(__file__).parents[2]
KEYS = {"SECRET_KEY": "s" * 32, "TOKEN_KEYS": "t" * 32}
ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
# Loaded by nobody but who sends traces; redis-py and FastAPI look for the rest of OpenTelemetry by themselves.
ONLY_OURS = ("worker.tracing.spans", "worker.tracing.jobs", "opentelemetry.exporter", "opentelemetry.sdk.trace")


def run(tmp_path, code, **environ):
    given = {"PYTHONPATH": str(ROOT), "REMINDERSYNC_HOME": str(tmp_path), **KEYS, **environ}
    given |= {"DATABASE_URL": "postgresql://127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=given, capture_output=True, text=True, check=False
    )


def test_a_worker_that_is_not_to_trace_loads_where_there_is_no_opentelemetry(tmp_path):
    jobs = "tasks.fan_out, tasks.sync_user, tasks.read_org, tasks.housekeeping"
    done = run(
        tmp_path, f"import sys; sys.modules['opentelemetry'] = None; import worker.celery, worker.services, {jobs}"
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("program", ["worker.celery, worker.services", "web.__main__"])
def test_a_process_that_is_not_to_trace_loads_nothing_that_traces(tmp_path, program):
    code = f"import sys, {program}; from worker import tracing; tracing.begin('x', None);"
    code += "with_it = tracing.watch().during('work');"
    code += f"print([name for name in sys.modules if name.startswith({ONLY_OURS!r})])"
    done = run(tmp_path, code)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("program", ["worker.celery", "web.__main__ as web; sys.exit(web.main())"])
def test_an_endpoint_without_the_packages_stops_a_process_with_both_names(tmp_path, program):
    done = run(tmp_path, f"import sys; sys.modules['opentelemetry.sdk'] = None; import {program}", **ENDPOINT)
    assert done.returncode == 1
    told = "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed:"
    assert done.stderr == f"{told} run `pip install 'remindersync[otel]'`, or unset it.\n"


ANOTHERS = """
from types import SimpleNamespace as Some
from unittest.mock import MagicMock
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient
from web.app import create_app
kept = InMemorySpanExporter()
trace.set_tracer_provider(TracerProvider())
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(kept))
settings = Some(public_url="http://127.0.0.1", secret_key="s" * 32)
web = TestClient(create_app(MagicMock(settings=settings)))
print([web.get(f"{root}/openapi.json?name=typed").is_success for root in ("", "/api/v1")], kept.get_finished_spans())
"""


def test_a_tracer_that_the_web_is_run_under_is_told_no_address(tmp_path):
    done = run(tmp_path, ANOTHERS)
    assert done.stdout == "[False, True] ()\n", done.stderr


def test_an_endpoint_turns_traces_on():
    traces = Settings.from_env(KEYS | ENDPOINT).traces
    assert (traces.host, dict(traces.variables)) == ("collector:4318", ENDPOINT)


def test_traces_alone_may_have_an_endpoint_of_their_own():
    own = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://traces.example/otlp/v1/traces"}
    assert wanted(own | ENDPOINT).host == "traces.example"


@pytest.mark.parametrize(
    "off", [{}, ENDPOINT | {"OTEL_SDK_DISABLED": "true"}, ENDPOINT | {"OTEL_TRACES_EXPORTER": "none"}]
)
def test_without_an_endpoint_or_turned_off_nothing_is_traced(off):
    assert wanted(off) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere.pem"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096"),
        ("OTEL_SDK_DISABLED", "perhaps"),
    ],
)
def test_a_value_that_would_be_passed_over_in_silence_is_refused_by_name(name, value):
    with pytest.raises(ConfigurationError, match=name):
        wanted(ENDPOINT | {name: value})


@pytest.mark.parametrize("share", ["half", "2", "-0.1", "nan"])
def test_a_share_of_traces_is_a_number_from_nought_to_one(share):
    sampled = ENDPOINT | {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio"}
    assert wanted(sampled | {"OTEL_TRACES_SAMPLER_ARG": "0.1"}) is not None
    with pytest.raises(ConfigurationError, match="OTEL_TRACES_SAMPLER_ARG"):
        wanted(sampled | {"OTEL_TRACES_SAMPLER_ARG": share})


def test_a_collectors_key_is_shown_by_no_setting():
    secret = {"OTEL_EXPORTER_OTLP_HEADERS": "api-key=quite-secret"}
    assert "quite-secret" not in repr(Settings.from_env(KEYS | ENDPOINT | secret))


def test_who_was_not_told_to_trace_is_watched_by_nobody():
    with tracing.watch().during("work", user="ada"):
        tracing.watch().note(outcome="done")
        assert tracing.trace_id() is None


def test_variables_of_a_file_reach_the_sdk_and_those_of_the_environment_win(monkeypatch):
    monkeypatch.setattr("os.environ", {"OTEL_SERVICE_NAME": "ours"})
    tracing.begin("web", wanted(ENDPOINT | {"OTEL_SERVICE_NAME": "from the file"}))
    try:
        assert os.environ == ENDPOINT | {"OTEL_SERVICE_NAME": "ours"}
        assert tracing.watch() is not UNWATCHED
    finally:
        tracing.begin("web", None)
    assert tracing.watch() is UNWATCHED


@pytest.fixture
def kept():
    return InMemorySpanExporter()


@pytest.fixture
def spans(kept):
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    yield Spans(provider)
    provider.shutdown()


def test_work_within_work_is_told_with_its_facts(spans, kept):
    with spans.during("run", user="ada"):
        with spans.during("plan"):
            spans.note(here=2)
        spans.note(outcome="done")
    plan, outer = kept.get_finished_spans()
    assert (plan.name, plan.parent.span_id, dict(plan.attributes)) == (
        "plan", outer.context.span_id, {"remindersync.here": 2}
    )  # fmt: skip
    assert dict(outer.attributes) == {"remindersync.user": "ada", "remindersync.outcome": "done"}


def test_a_line_of_the_log_names_a_trace_that_is_kept_and_no_other(spans):
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
    with spans.serving(f"{theirs}-00"):
        assert spans.trace_id() is None
    with spans.serving(f"{theirs}-01"):
        assert spans.trace_id() == "0af7651916cd43dd8448eb211c80319c"


def test_an_error_is_told_by_its_kind_and_goes_on(spans, kept):
    with pytest.raises(ValueError, match="Very private"), spans.during("plan"):
        raise ValueError("Very private")
    (span,) = kept.get_finished_spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert (dict(span.attributes), span.events) == ({"error.type": "ValueError"}, ())


def test_a_refusal_is_told_by_its_code_if_it_is_one(spans, kept):
    for code in ("INVALID_SESSION_ID", "Okapi: no code"):
        with pytest.raises(LoginLost), spans.during("send"):
            raise LoginLost(fault(code, "Very private"))
    assert [span.attributes["error.type"] for span in kept.get_finished_spans()] == ["INVALID_SESSION_ID", "unknown"]


@pytest.mark.parametrize("header", [None, "", "nonsense", "00-" + "0" * 32 + "-b7ad6b7169203331-01"])
def test_a_header_that_names_no_trace_begins_one(spans, kept, header):
    with spans.serving(header):
        pass
    assert kept.get_finished_spans()[0].parent is None
    assert dict(arrived(header)) == {}


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        ("GET", "queryAll", "salesforce GET queryAll"),
        ("GET", "/queryAll/01gSM0000000001-2000", "salesforce GET queryAll/{}"),
        ("GET", "query?q=SELECT+Subject", "salesforce GET query"),
        ("PATCH", "composite/sobjects/Task/Key__c", "salesforce PATCH composite/sobjects/Task/Key__c"),
        ("GET", "sobjects/Task/00TSM0000000001", "salesforce GET sobjects/Task/{}"),
    ],
)
def test_a_request_is_told_by_its_kind_without_ids_and_queries(method, path, told):
    assert telling.work(method, path) == told


class Unsteady:
    """An exporter that does as it is told."""

    def __init__(self, *answers):
        self._answers = list(answers)

    def export(self, spans):
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_an_outage_is_told_once_in_a_while_and_its_end_too(caplog):
    yes, no = SpanExportResult.SUCCESS, SpanExportResult.FAILURE
    clock = iter([0.0, 0.0, 5.0, 10.0, TELL_AGAIN_SECONDS, TELL_AGAIN_SECONDS])
    inner = Unsteady(yes, no, OSError("api-key=quite-secret"), no, no, yes, yes)
    sending = Sending("collector:4318", inner, lambda: next(clock))
    with caplog.at_level(logging.INFO, "worker.tracing"):
        results = [sending.export([]) for _ in range(7)]
    assert results == [yes, no, no, no, no, yes, yes]
    away = "Traces are not taken by collector:4318: they are dropped until they are."
    assert caplog.messages == [away, away, "Traces are taken again by collector:4318."]
