"""Runs by hand: of the caller, of one reminder, of a team (SYNC-8)."""

from collections.abc import Collection
from http import HTTPStatus

from fastapi import APIRouter, Response

from remindersync.errors import UserMistake
from remindersync.model import RunKind
from remindersync.store.people import AppUser
from web.api.access import Admin, App, Caller
from web.api.once import OncePerKey
from web.api.shapes import Resync, RunList, RunShape, TeamResync
from web.api.syncing import shape
from web.problems import Refused, described
from worker.pricing import full_price
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
    _agree(services, [caller], wanted)
    run_id = _queue(services, caller, wanted, wanted.reminder)
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
    _agree(services, chosen, wanted)
    queued = [_queue(services, user, wanted) for user in chosen]
    return RunList(items=[shape(services.requests.run(run_id)) for run_id in queued])


def _agree(services: Services, users: Collection[AppUser], wanted: Resync | TeamResync) -> None:
    if not wanted.full or wanted.confirm:
        return
    price = full_price(services, [user.id for user in users])
    if price.is_large:
        raise Refused(HTTPStatus.CONFLICT, f'{price}: send "confirm": true if that is meant.')


def _queue(services: Services, user: AppUser, wanted: Resync | TeamResync, reminder_id: str | None = None) -> str:
    asked = _kind(wanted, reminder_id)
    run_id = services.requests.queue(user.id, asked, full=wanted.full, reminder_id=reminder_id)
    services.send(user.id)
    return run_id


def _kind(wanted: Resync | TeamResync, reminder_id: str | None) -> RunKind:
    if wanted.dry_run:
        return RunKind.DRY
    if reminder_id is not None:
        return RunKind.ONE
    return RunKind.FULL if wanted.full else RunKind.POLL
