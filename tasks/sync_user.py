"""Runs one slice of one user's sync."""

import logging
from datetime import UTC, datetime

from celery import shared_task

from remindersync.model import Report
from tasks import names
from tasks.base import Job

logger = logging.getLogger(__name__)


@shared_task(name=names.SYNC_USER, base=Job, bind=True)
def sync_user(self: Job, user_id: str, claim: int | None = None) -> None:
    """Run the slice this claim stands for. Whatever comes of it, the database knows when the user is due next."""
    services = self.services
    report = services.engine.sync_user(user_id, claim)
    services.tally.ran(report.outcome.value)
    logger.info("synced", extra={"fields": _fields(report)})
    if report.next_due_at is not None and report.next_due_at <= datetime.now(UTC):
        services.send(user_id)


def _fields(report: Report) -> dict[str, object]:
    counts = report.counts
    return {
        "user": report.user_id,
        "outcome": report.outcome.value,
        "changed": counts.changed,
        "parked": counts.parked,
        "calls": report.calls,
    }
