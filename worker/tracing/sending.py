"""The way of spans to a collector: one that is away is told of in a line now and then, and waited for by nobody."""

import logging
import time
from collections.abc import Callable, Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

logger = logging.getLogger(__name__)
# Its own words come with every attempt, and quote what the collector answered.
logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)

TELL_AGAIN_SECONDS = 600.0


class Sending(SpanExporter):
    """Sends spans by OTLP over HTTP, in a thread of the SDK's; what is not taken in time is dropped."""

    def __init__(
        self,
        host: str,
        inner: SpanExporter | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host = host
        self._inner = inner or OTLPSpanExporter()
        self._monotonic = monotonic
        self._is_away = False
        self._tell_at = 0.0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans; say whether they were taken."""
        try:
            result = self._inner.export(spans)
        except Exception:  # noqa: BLE001 whatever it is, the SDK would print it for each batch
            result = SpanExportResult.FAILURE
        if result is SpanExportResult.SUCCESS:
            self._note_return()
        else:
            self._note_outage()
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)

    def _note_outage(self) -> None:
        self._is_away = True
        if self._monotonic() >= self._tell_at:
            logger.warning("Traces are not taken by %s: they are dropped until they are.", self._host)
            self._tell_at = self._monotonic() + TELL_AGAIN_SECONDS

    def _note_return(self) -> None:
        if self._is_away:
            logger.info("Traces are taken again by %s.", self._host)
        self._is_away = False
