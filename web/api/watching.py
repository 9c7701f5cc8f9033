"""What admins watch: the fleet, and what the org's calls are used for."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from remindersync.store.mistakes import NotFound
from web.api.access import Admin, App
from web.api.shapes import FleetShape, UsageShape, UsageWanted
from web.problems import described
from worker.usage import Step

router = APIRouter(tags=["team"], responses=described(HTTPStatus.FORBIDDEN))
_STEPS = {"hour": Step.HOUR, "day": Step.DAY}


@router.get("/team/fleet", summary="How all work stands: queues, workers, runs, and the team's users by state")
def fleet(services: App, admin: Admin) -> FleetShape:
    return FleetShape.model_validate(services.fleet.now(admin.team_id))


@router.get(
    "/team/usage",
    summary="What the org's daily calls are used for, now and over time",
    responses=described(HTTPStatus.NOT_FOUND),
)
def usage(services: App, admin: Admin, wanted: Annotated[UsageWanted, Query()]) -> UsageShape:
    today = services.usage.today(admin.team_id)
    if today is None:
        raise NotFound("The team has no Salesforce org yet: somebody has to connect first.")
    series = services.usage.series(admin.team_id, _STEPS[wanted.step])
    return UsageShape.model_validate(asdict(today) | {"series": [asdict(point) for point in series]})
