"""Writes down what each org's daily calls were used for."""

import logging

from celery import shared_task

from tasks import names
from tasks.base import Job

logger = logging.getLogger(__name__)


@shared_task(name=names.NOTE_USAGE, base=Job, bind=True)
def note_usage(self: Job) -> None:
    """Keep what was counted lately for the allowance page. Run twice, it writes the same."""
    logger.debug("noted usage", extra={"fields": {"samples": self.services.usage.note()}})
