"""How the programs log: one line an event, as text for people or as JSON for machines.

An event's `fields` (`logger.info("synced", extra={"fields": {...}})`) hold ids, counts and outcomes; names, subjects
and comments are never logged (SAFE-2).
"""

import json
import logging
import sys
from datetime import UTC, datetime

from worker.settings import Settings

# Their INFO tells each message's way through the worker: several lines a job.
_TALKATIVE = ("celery.worker.strategy", "celery.app.trace", "celery.beat", "kombu", "alembic", "amqp")


def set_up(settings: Settings) -> None:
    """Send every log record of this process to the standard error, as LOG_LEVEL and LOG_FORMAT say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else TextFormatter())
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


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
    fields = getattr(record, "fields", None)
    return fields if isinstance(fields, dict) else {}


def _stamp(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
