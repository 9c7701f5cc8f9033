"""Pieces of work as OpenTelemetry's spans: names, ids, kinds and counts, and nothing that people wrote (SAFE-2)."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from remindersync.ports import Fact
from worker.tracing.sending import Sending
from worker.tracing.wanted import Wanted

# A process that ends waits this long for what is left to be taken.
END_SECONDS = 5.0
_KINDS = {"publish": SpanKind.PRODUCER, "salesforce": SpanKind.CLIENT}
# Codes are an answer's own words: what does not look like one is not told.
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_W3C = TraceContextTextMapPropagator()


class Spans:
    """This process's tracer, and the port Watch."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("remindersync")

    @classmethod
    def sending(cls, wanted: Wanted, service: str) -> "Spans":
        """Return a tracer that sends where OpenTelemetry's variables say, under a name they may replace.

        It is nobody's global one: libraries that look for that would tell addresses with what people typed.
        """
        provider = TracerProvider(resource=_resource(service), shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(Sending(wanted.host)))
        return cls(provider)

    @contextmanager
    def during(self, work: str, **facts: Fact) -> Iterator[None]:
        kind = _KINDS.get(work.partition(" ")[0], SpanKind.INTERNAL)
        with self._open(work, kind, facts):
            yield

    def note(self, **facts: Fact) -> None:
        trace.get_current_span().set_attributes(_named(facts))

    def fail(self, code: str) -> None:
        _fail(trace.get_current_span(), code)

    @contextmanager
    def serving(self, parent: str | None) -> Iterator["Request"]:
        """Follow a web request, as part of the trace that its `traceparent` names, if it has one."""
        with self._open("request", SpanKind.SERVER, {}, arrived(parent)) as span:
            yield Request(span)

    def begin_job(self, name: str, parent: str | None, link: str | None, facts: Mapping[str, Fact]) -> Span:
        """Open a job's span: within the trace of who waits for it, or in one of its own that names the sender's."""
        links = [Link(span_context)] if (span_context := _span_context(link)).is_valid else []
        within = arrived(parent)
        return self._tracer.start_span(name, within, SpanKind.CONSUMER, _named(facts), links)

    def trace_id(self) -> str | None:
        """Return the id of the trace under way in this thread, if it is one that is kept."""
        found = trace.get_current_span().get_span_context()
        return trace.format_trace_id(found.trace_id) if found.trace_flags.sampled else None

    def close(self) -> None:
        """Send what is left, for a few seconds at most."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(END_SECONDS)

    @contextmanager
    def _open(
        self, name: str, kind: SpanKind, facts: Mapping[str, Fact], within: Context | None = None
    ) -> Iterator[Span]:
        with self._tracer.start_as_current_span(
            name, within, kind, _named(facts), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except Exception as error:
                _fail(span, _code(error))
                raise


class Request:
    """A web request that is followed."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def answered(self, method: str, route: str, status: int) -> None:
        """Tell how it was answered; `route` is a template such as `/reminders/{id}`."""
        self._span.update_name(f"{method} {route}")
        self._span.set_attributes(
            {"http.request.method": method, "http.route": route, "http.response.status_code": status}
        )
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _fail(self._span, f"HTTP_{status}")


def arrived(traceparent: str | None) -> Context:
    """Return the context that a message or a request came with; an empty one without or with a wrong header.

    No baggage and no `tracestate`: a stranger's text would travel on to the collector.
    """
    return _W3C.extract({"traceparent": traceparent} if traceparent else {}, Context())


def departing() -> str | None:
    """Return the header that tells which span sends something; None where nothing is under way."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get("traceparent")


def enter(span: Span) -> object:
    """Make a span the one under way in this thread; returns what `leave` takes."""
    return context.attach(trace.set_span_in_context(span, Context()))


def leave(span: Span, token: object) -> None:
    """End a span that was entered."""
    context.detach(token)  # type: ignore[arg-type]  # what `enter` returned
    span.end()


def fail_job(span: Span, error: BaseException) -> None:
    """Say that a job came to nothing."""
    _fail(span, type(error).__name__)


def _span_context(traceparent: str | None) -> trace.SpanContext:
    return trace.get_current_span(arrived(traceparent)).get_span_context()


def _resource(service: str) -> Resource:
    made = Resource.create()
    is_named = SERVICE_NAME in OTELResourceDetector().detect().attributes
    return made if is_named else made.merge(Resource({SERVICE_NAME: service}))


def _named(facts: Mapping[str, Fact]) -> dict[str, str | int | bool]:
    return {f"remindersync.{name}": value for name, value in facts.items()}


def _code(error: Exception) -> str:
    fault = getattr(error, "fault", None)
    return str(getattr(fault, "code", None) or type(error).__name__)


def _fail(span: Span, code: str) -> None:
    span.set_attribute("error.type", code if _CODE.fullmatch(code) else "unknown")
    span.set_status(Status(StatusCode.ERROR))
