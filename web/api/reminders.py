"""The caller's reminders: list, make, read, change, bin, restore, push, history."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from remindersync.store.app_reminders import Changed
from remindersync.store.listing import ListQuery
from remindersync.store.people import AppUser
from web.api import converting
from web.api.access import App, Caller
from web.api.etags import Expected, etag
from web.api.once import OnceKey, OncePerKey, own_id
from web.api.shapes import (
    HistoryList,
    Key,
    ListWanted,
    NewReminder,
    PageWanted,
    ReminderChanges,
    ReminderList,
    ReminderShape,
)
from web.problems import described
from worker.services import Services

router = APIRouter(tags=["reminders"], route_class=OncePerKey)
ReminderId = Annotated[str, Path(max_length=64, examples=["8c1f0ae6-0000-4000-8000-000000000000"])]
EventId = Annotated[str, Path(max_length=20, examples=["4711"])]
_NO_SUCH = described(HTTPStatus.NOT_FOUND)
_NO_SUCH_OR_STALE = described(HTTPStatus.NOT_FOUND, HTTPStatus.PRECONDITION_FAILED)


@router.get("/reminders", summary="List the caller's reminders")
def list_reminders(services: App, caller: Caller, wanted: Annotated[ListWanted, Query()]) -> ReminderList:
    chosen = wanted.model_dump()
    query = ListQuery(shelf=chosen.pop("where"), **chosen)
    listing = services.reminders.list(caller, query)
    return ReminderList(items=[converting.shape(item) for item in listing.items], next_cursor=listing.next_cursor)


@router.post("/reminders", summary="Make a reminder", status_code=201)
def create(services: App, caller: Caller, new: NewReminder, response: Response, once: OnceKey = None) -> ReminderShape:
    changed = services.reminders.create(caller, converting.draft(new), reminder_id=own_id(caller, once))
    response.headers["Location"] = f"/api/v1/reminders/{changed.reminder.id}"
    return _answer(services, caller, changed, response, new.assignee)


@router.put(
    "/reminders/by-key/{external_key:path}",
    summary="Make or replace the reminder with a key of the caller's own",
    responses={201: {"model": ReminderShape, "description": "Made"}, **_NO_SUCH_OR_STALE},
)
def put_by_key(
    services: App, caller: Caller, external_key: Key, new: NewReminder, expected: Expected, response: Response
) -> ReminderShape:
    draft = converting.draft(new)
    changed = services.reminders.by_key(caller, external_key, draft, expected_version=expected)
    if changed.created:
        response.status_code = HTTPStatus.CREATED
        response.headers["Location"] = f"/api/v1/reminders/{changed.reminder.id}"
    return _answer(services, caller, changed, response)


@router.get("/reminders/{reminder_id}", summary="One reminder", responses=_NO_SUCH)
def read(services: App, caller: Caller, reminder_id: ReminderId, response: Response) -> ReminderShape:
    found = services.reminders.get(caller, reminder_id)
    response.headers["ETag"] = etag(found.reminder.version)
    return converting.shape(found)


@router.patch("/reminders/{reminder_id}", summary="Change members of a reminder", responses=_NO_SUCH_OR_STALE)
def change(
    services: App,
    caller: Caller,
    reminder_id: ReminderId,
    sent: ReminderChanges,
    expected: Expected,
    response: Response,
) -> ReminderShape:
    changes = converting.changes(sent)
    changed = services.reminders.edit(caller, reminder_id, changes, expected_version=expected)
    return _answer(services, caller, changed, response, sent.assignee)


@router.delete(
    "/reminders/{reminder_id}", summary="Put a reminder into the bin", status_code=204, responses=_NO_SUCH_OR_STALE
)
def delete(services: App, caller: Caller, reminder_id: ReminderId, expected: Expected) -> None:
    wake(services, services.reminders.delete(caller, reminder_id, expected_version=expected))


@router.post("/reminders/{reminder_id}/restore", summary="Take a reminder out of the bin", responses=_NO_SUCH_OR_STALE)
def restore(
    services: App, caller: Caller, reminder_id: ReminderId, expected: Expected, response: Response
) -> ReminderShape:
    changed = services.reminders.restore(caller, reminder_id, expected_version=expected)
    return _answer(services, caller, changed, response)


@router.post("/reminders/{reminder_id}/push", summary="Push a local reminder to Salesforce", responses=_NO_SUCH)
def push(services: App, caller: Caller, reminder_id: ReminderId, response: Response) -> ReminderShape:
    return _answer(services, caller, services.reminders.push(caller, reminder_id), response)


@router.get("/reminders/{reminder_id}/history", summary="What happened to a reminder, oldest first", responses=_NO_SUCH)
def history(
    services: App, caller: Caller, reminder_id: ReminderId, wanted: Annotated[PageWanted, Query()]
) -> HistoryList:
    found = services.reminders.history_page(caller, reminder_id, cursor=wanted.cursor, limit=wanted.limit)
    return HistoryList(items=[converting.event(entry) for entry in found.items], next_cursor=found.next_cursor)


@router.post(
    "/history/{event}/restore",
    summary="Put back the value that an event overwrote, or that lost in it",
    responses=_NO_SUCH,
)
def restore_value(services: App, caller: Caller, event: EventId, response: Response) -> ReminderShape:
    return _answer(services, caller, services.reminders.restore_value(caller, event), response)


def wake(services: Services, *changes: Changed) -> None:
    """Queue the jobs of those whom changes made due; without a broker they stay due in the database (SAFE-6)."""
    for user_id in {changed.due_user_id for changed in changes if changed.due_user_id is not None}:
        services.send(user_id)


def _answer(
    services: Services, caller: AppUser, changed: Changed, response: Response, assignee: str | None = None
) -> ReminderShape:
    wake(services, changed)
    listed = converting.after(services, caller, changed, assignee)
    response.headers["ETag"] = etag(listed.reminder.version)
    return converting.shape(listed)
