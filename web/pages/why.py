"""Why a field of a reminder has its value: who set it, what lost against it, when Salesforce got it (MERGE-4)."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from remindersync.store.mistakes import NotFound
from web.pages.access import App, Person
from web.pages.cards import card
from web.pages.reminder import ReminderId
from web.pages.rendering import page

router = APIRouter()
FIELDS = ("name", "status", "priority", "due_date", "details", "person", "type", "assignee")


@router.get("/reminders/{reminder_id}/why")
def show(
    request: Request,
    services: App,
    person: Person,
    reminder_id: ReminderId,
    field: Annotated[str, Query(max_length=40)] = FIELDS[0],
) -> HTMLResponse:
    """Tell why one field is as it is."""
    if field not in FIELDS:
        raise NotFound("There is no such field.")
    listed = services.reminders.get(person, reminder_id)
    found = services.reminders.why(person, reminder_id, field)
    shown = {"here": "reminders", "reminder": card(listed), "why": found, "fields": FIELDS}
    return page(request, "why.html", shown)
