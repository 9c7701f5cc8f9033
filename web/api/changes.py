"""What happened to the caller's reminders, in order: for programs that keep a copy."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StringConstraints

from remindersync.store.changes import MOST, Change, Happened
from web.api import converting
from web.api.access import App, Caller
from web.api.shapes import Moment, ReminderShape, Taken
from web.problems import described

router = APIRouter(tags=["reminders"])


class ChangesWanted(Taken):
    """Where to go on: behind a cursor, from `latest` on, or without either from the oldest change that is kept."""

    after: Annotated[str, StringConstraints(max_length=500)] | None = Field(default=None, examples=["latest"])
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50
    sync: bool = Field(
        default=False, description="Tell also when only the way a reminder stands in Salesforce changed."
    )


class ChangeShape(BaseModel):
    """One change. `reminder` is how it is now, null where it is no longer the caller's or is gone."""

    happened: Happened
    at: Moment
    id: str
    version: int
    reminder: ReminderShape | None


class ChangeList(BaseModel):
    """Changes in the order of their saving. `next_cursor` leads on: at once where there are `more`, else later."""

    items: list[ChangeShape]
    next_cursor: str
    more: bool


@router.get(
    "/changes", summary="What happened to the caller's reminders, in order", responses=described(HTTPStatus.GONE)
)
def list_changes(services: App, caller: Caller, wanted: Annotated[ChangesWanted, Query()]) -> ChangeList:
    if wanted.after == "latest":
        return ChangeList(items=[], next_cursor=services.changes.cursor(), more=False)
    found = services.changes.page(caller, wanted.after, limit=wanted.limit, sync=wanted.sync)
    return ChangeList(items=[_shape(each) for each in found.items], next_cursor=found.cursor, more=found.more)


def _shape(change: Change) -> ChangeShape:
    return ChangeShape(
        happened=change.happened,
        at=change.at,
        id=change.reminder_id,
        version=change.version,
        reminder=converting.shape(change.reminder) if change.reminder else None,
    )
