"""The caller's sync: the choice, how it stands, runs by hand and what runs did."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response

from remindersync.model import Choice
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from remindersync.store.requests import RunRecord
from web.api.access import App, Caller
from web.api.once import OncePerKey
from web.api.shapes import MySync, PlanItem, PlanList, PreviewItem, PreviewList, RunShape, SyncChange, SyncChoice
from web.problems import described
from worker.services import Services

router = APIRouter(tags=["sync"], route_class=OncePerKey)
RunId = Annotated[str, Path(max_length=64, examples=["8c1f0ae6-0000-4000-8000-000000000000"])]


@router.get("/me/sync", summary="How the caller's sync stands")
def my_sync(services: App, caller: Caller) -> MySync:
    return _my_sync(services, caller)


@router.patch(
    "/me/sync",
    summary="Turn the caller's sync on or off",
    responses=described(HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_REQUIRED),
)
def choose(services: App, caller: Caller, change: SyncChange) -> MySync:
    choice = _choice(change)
    if change.mode == "off":
        services.directory.turn_off(caller.id)
    elif choice.asks or not caller.sync_on:
        services.turning_on.turn_on(caller.id, choice, change.digest)
        services.send(caller.id)
    return _my_sync(services, caller)


@router.post("/me/sync/preview", summary="Look at what turning on would do", status_code=202)
def preview(services: App, caller: Caller, wanted: SyncChoice, response: Response) -> RunShape:
    """Queue a run that reads both sides and changes neither; once it is done, `GET /runs/{id}/preview` shows it."""
    run_id = services.turning_on.ask(caller.id, _choice(wanted))
    services.send(caller.id)
    response.headers["Location"] = f"/api/v1/runs/{run_id}"
    return shape(services.requests.run(run_id))


@router.get(
    "/runs/{run_id}/preview", summary="What turning on would do, by name", responses=described(HTTPStatus.NOT_FOUND)
)
def previewed(services: App, caller: Caller, run_id: RunId) -> PreviewList:
    found = services.turning_on.of_run(services.requests.seen_by(caller, run_id).id)
    items = [PreviewItem.model_validate(item) for item in found.items]
    return PreviewList(digest=found.digest, counts=found.counts, items=items)


@router.get("/runs/{run_id}", summary="One run", responses=described(HTTPStatus.NOT_FOUND))
def run(services: App, caller: Caller, run_id: RunId) -> RunShape:
    return shape(services.requests.seen_by(caller, run_id))


@router.get("/runs/{run_id}/plan", summary="What a dry run would have done", responses=described(HTTPStatus.NOT_FOUND))
def plan(services: App, caller: Caller, run_id: RunId) -> PlanList:
    found = services.requests.seen_by(caller, run_id)
    if found.plan is None:
        raise NotFound("This run has no plan to show: only a dry run that has ended has one.")
    return PlanList(items=[PlanItem.model_validate(item) for item in found.plan])


def _choice(wanted: SyncChoice) -> Choice:
    return Choice(wanted.import_open, wanted.match_existing, wanted.since)


def shape(record: RunRecord) -> RunShape:
    return RunShape.model_validate(record)


def _my_sync(services: Services, caller: AppUser) -> MySync:
    (status,) = services.directory.status(caller.id)
    names = ("mode", "state", "progress", "last_run_at", "turned_on_at", "held", "left_out")
    shown = {name: getattr(status, name) for name in names}
    least = services.pace.least(services.pace.calls_each(status.org_id)) if status.org_id else None
    return MySync.model_validate(shown | {"next_run_at": status.next_due_at, "least_poll_seconds": least})
