"""Reads orgs once for all their users."""

import logging

from celery import shared_task

from remindersync.model import Outcome
from tasks import names
from tasks.base import Job

logger = logging.getLogger(__name__)


@shared_task(name=names.READ_ORG, base=Job, bind=True)
def read_org(self: Job, team_id: str | None = None) -> None:
    """Read what changed in one team's org; without a team, send a job for each whose org is due."""
    feed = self.services.org_feed
    if team_id is None:
        for team in feed.due():
            self.apply_async((team.id,), argsrepr=f"(team={team.name})", ignore_result=True)
        return
    report = feed.read(team_id)
    fields = {"team": team_id, "outcome": report.outcome.value, "rows": report.staged, "calls": report.calls}
    logger.info("read org", extra={"fields": fields})
    if report.outcome is Outcome.MORE:
        self.apply_async((team_id,), ignore_result=True)
