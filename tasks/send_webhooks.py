"""Tells webhooks what happened to reminders."""

import logging

from celery import shared_task

from tasks import names
from tasks.base import Job

logger = logging.getLogger(__name__)


@shared_task(name=names.SEND_WEBHOOKS, base=Job, bind=True)
def send_webhooks(self: Job, webhook_id: str | None = None) -> None:
    """Tell one webhook what is new; without one, send a job for each that is due."""
    webhooks = self.services.webhooks
    if webhook_id is None:
        for due in webhooks.due():
            self.apply_async((due,), ignore_result=True)
        return
    taken = webhooks.deliver(webhook_id)
    logger.info("told webhook", extra={"fields": {"webhook": webhook_id, "events": taken}})
