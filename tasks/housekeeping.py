"""Removes what nobody needs any more."""

import logging

from celery import shared_task

from tasks import names
from tasks.base import Job

logger = logging.getLogger(__name__)


@shared_task(name=names.HOUSEKEEPING, base=Job, bind=True)
def housekeeping(self: Job) -> None:
    """Empty the bin and drop old history, runs and closed intents, as the settings say."""
    removed = self.services.retention.purge(self.services.kept)
    logger.info("kept house", extra={"fields": removed})
