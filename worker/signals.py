"""What happens when a worker or beat starts and ends."""

import logging
import sys
import warnings
from typing import Any

from celery import signals
from celery.platforms import SecurityWarning

from remindersync.errors import ConfigurationError
from worker import logs, startup, tracing
from worker.present import present_servers, present_settings
from worker.services import close_services

logger = logging.getLogger(__name__)


def connect() -> None:
    """Answer Celery's signals in this process; asked twice, it does so once."""
    # It warns of root because of pickle; only JSON is taken here.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    tracing.begin("worker", present_settings().traces)
    signals.setup_logging.connect(_set_up_logging)
    signals.worker_init.connect(_check)
    signals.worker_init.connect(_load)
    signals.beat_init.connect(_check)
    signals.worker_ready.connect(_describe)
    signals.beat_init.connect(_describe)
    # Threads and the solo pool live in the main process; each prefork child has services of its own.
    signals.worker_process_shutdown.connect(_close)
    signals.worker_shutdown.connect(_close)


def _set_up_logging(**_: Any) -> None:
    logs.set_up(present_settings())


def _check(**_: Any) -> None:
    """Stop a process that could not work, with one sentence and exit code 1."""
    try:
        startup.check(present_servers())
    except ConfigurationError as error:
        sys.exit(str(error))


def _load(**_: Any) -> None:
    """Load what jobs need, or stop the process as `_check` does."""
    try:
        startup.load()
    except ConfigurationError as error:
        sys.exit(str(error))


def _describe(**_: Any) -> None:
    for sentence in present_servers().describe():
        logger.info("%s", sentence)


def _close(**_: Any) -> None:
    close_services()
    tracing.end()
