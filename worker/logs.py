"""How the programs log: one line an event, as text for people or as JSON for machines.

An event's `fields` (`logger.info("synced", extra={"fields": {...}})`) hold ids, counts and outcomes; names, subjects
and comments are never logged (SAFE-2).
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from worker import tracing
from worker.settings import Settings

# Their INFO tells each message's way through the worker: several lines a job.
_TALKATIVE = ("celery.worker.strategy", "celery.app.trace", "celery.beat", "kombu", "alembic", "amqp")
_TELL_AGAIN_SECONDS = 60.0


def set_up(settings: Settings) -> None:
    """Send every log record of this process to the standard error, as LOG_LEVEL and LOG_FORMAT say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else TextFormatter())
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.getLogger("celery.beat").filters[:] = [OneLine()]
    handler.addFilter(without_stack)


def without_stack(record: logging.LogRecord) -> bool:
    """Tell without kombu's stack of a message that could not be acknowledged while the broker was away.

    It comes again and finds nothing to do.
    """
    if record.exc_info and str(record.msg).startswith(("Couldn't ack", "Couldn't reject")):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info, record.exc_text = None, None
    return True


class OneLine(logging.Filter):
    """Tells of a tick that could not be sent in one line, and again after a minute at the earliest.

    Beat tells each with its whole stack twice over, every few seconds for as long as the broker is away.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._again_at = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info is None or not str(record.msg).startswith("Message Error"):
            return True
        kind = record.exc_info[0]
        record.msg = f"A tick could not be sent ({kind.__name__ if kind else 'unknown'}): a later one does its work."
        record.args, record.exc_info, record.exc_text, record.stack_info = (), None, None, None
        now = self._monotonic()
        if now < self._again_at:
            return False
        self._again_at = now + _TELL_AGAIN_SECONDS
        return True


class TextFormatter(logging.Formatter):
    """`2026-11-22T16:00:00Z INFO synced user=… outcome=done`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        line = f"{_stamp(record)} {record.levelname} {record.getMessage()}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": _stamp(record),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _fields(record: logging.LogRecord) -> dict[str, object]:
    given = getattr(record, "fields", None)
    fields = given if isinstance(given, dict) else {}
    trace_id = tracing.trace_id()
    return fields if trace_id is None else {**fields, "trace_id": trace_id}


def _stamp(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
