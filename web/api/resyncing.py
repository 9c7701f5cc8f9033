"""Runs by hand: of the caller, of one reminder, of a team (SYNC-8)."""

from collections.abc import Collection
from http import HTTPStatus

from fastapi import APIRouter, Response

from remindersync.errors import UserMistake
from remindersync.store.people import AppUser
from web.api.access import Admin, App, Caller
from web.api.once import OncePerKey
from web.api.shapes import Resync, RunList, RunShape, TeamResync
from web.api.syncing import shape
from web.problems import Refused, described
from worker import by_hand
from worker.services import Services

router = APIRouter(tags=["sync"], route_class=OncePerKey)


@router.post(
    "/me/resync",
    summary="Queue a run of the caller's sync",
    status_code=202,
    responses=described(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def resync(services: App, caller: Caller, wanted: Resync, response: Response) -> RunShape:
    if wanted.full and wanted.reminder:
        raise UserMistake("full and reminder do not go together: send one of them.")
    (run_id,) = _queue(services, [caller], wanted, wanted.reminder)
    response.headers["Location"] = f"/api/v1/runs/{run_id}"
    return shape(services.requests.run(run_id))


@router.post(
    "/team/resync",
    summary="Queue runs of some or all of the team's users",
    status_code=202,
    responses=described(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def resync_team(services: App, admin: Admin, wanted: TeamResync) -> RunList:
    chosen = services.directory.colleagues(admin.team_id, wanted.users)
    if wanted.users is None:
        chosen = [user for user in chosen if user.sync_on and user.active]
    return RunList(items=[shape(run) for run in services.requests.these(_queue(services, chosen, wanted))])


def _queue(
    services: Services, users: Collection[AppUser], wanted: Resync | TeamResync, reminder_id: str | None = None
) -> list[str]:
    asked = by_hand.Wanted(wanted.full, wanted.dry_run, reminder_id)
    try:
        queued = by_hand.queue(services, [user.id for user in users], asked, agreed=wanted.confirm)
    except by_hand.TooCostly as costly:
        raise Refused(HTTPStatus.CONFLICT, f'{costly.price}: send "confirm": true if that is meant.') from None
    return list(queued.values())
