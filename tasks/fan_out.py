"""Sends everybody who is due to the workers."""

import logging

from celery import shared_task

from tasks import names
from tasks.base import Job

logger = logging.getLogger(__name__)

PAGE = 500


@shared_task(name=names.FAN_OUT, base=Job, bind=True)
def fan_out(self: Job) -> None:
    """Claim due users page by page and publish a job each. Run twice at once, it still sends each user once."""
    services, sent = self.services, 0
    services.tally.ticked()
    while claims := services.due.claim(PAGE, services.lease_seconds):
        services.publish(claims)
        sent += len(claims)
    if sent:
        logger.info("fanned out", extra={"fields": {"users": sent}})
