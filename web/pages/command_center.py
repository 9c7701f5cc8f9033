"""The Command Center: one view of the person's reminders, and two ways to add one."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from remindersync.errors import UserMistake
from remindersync.store.people import AppUser
from web import quick_add, sessions
from web.pages import forms, views, words
from web.pages.access import App, Person, Posted, local_path
from web.pages.rendering import page, to
from worker.services import Services

router = APIRouter()
_LONGEST_LINE = 2_000


@router.get("/")
def show(
    request: Request,
    services: App,
    person: Person,
    view: str = views.START,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> HTMLResponse:
    """Show one view of the person's reminders."""
    place = (view if view in views.PARTS else views.START, after)
    return _page(request, services, person, place, {"draft": forms.ReminderForm(assignee=person.email)})


@router.post("/reminders")
def add(request: Request, services: App, person: Person, form: Posted) -> Response:
    """Add a reminder from the long form, or show it again with what is wrong."""
    wanted = forms.read(form, forms.ReminderForm(assignee=person.email))
    return _add(request, services, person, wanted, form.get("back")) or _page(
        request,
        services,
        person,
        views.place(local_path(form.get("back"))),
        {"draft": wanted, "unfolded": True},
        HTTPStatus.UNPROCESSABLE_ENTITY,
    )


@router.post("/quick-add/read")
def read(request: Request, services: App, person: Person, form: Posted) -> HTMLResponse:
    """Show what a line is understood to say, before it is added; in no address, for those stand in logs (SAFE-2)."""
    line, people = _line(form), colleagues(services, person)
    shown = {"understood": _understood(person, line, people), "people": people, "today": _today(person), "line": line}
    return page(request, "understood.html", shown)


@router.post("/quick-add")
def add_line(request: Request, services: App, person: Person, form: Posted) -> Response:
    """Add the reminder that a line says, or show the line again with what is wrong."""
    line = _line(form)
    understood = _understood(person, line, colleagues(services, person))
    wanted = forms.ReminderForm(
        name=understood.name,
        due_date=understood.due_date.isoformat() if understood.due_date else "",
        type=understood.type,
        priority=understood.priority,
        assignee=understood.assignee or person.email,
    )
    empty = {"draft": forms.ReminderForm(assignee=person.email), "line": line}
    return _add(request, services, person, wanted, form.get("back")) or _page(
        request, services, person, views.place(local_path(form.get("back"))), empty, HTTPStatus.UNPROCESSABLE_ENTITY
    )


def colleagues(services: Services, person: AppUser) -> dict[str, str]:
    """Return whom a reminder may be assigned to, as address and name."""
    people = (each for each in services.directory.colleagues(person.team_id) if each.active)
    return {each.email: f"{each.name or each.email}{' (you)' if each.id == person.id else ''}" for each in people}


def _add(
    request: Request, services: Services, person: AppUser, wanted: forms.ReminderForm, back: str | None
) -> Response | None:
    """Add a reminder and go back; None, with the reason said, where it cannot be."""
    try:
        changed = services.reminders.create(person, wanted.as_draft())
    except UserMistake as mistake:
        sessions.say(request.session, str(mistake), bad=True)
        return None
    if changed.due_user_id:
        services.send(changed.due_user_id)
    sessions.say(request.session, f"Added {words.shortened(changed.reminder.name)}.")
    return to(local_path(back))


def _line(form: Mapping[str, str]) -> str:
    return form.get("line", "")[:_LONGEST_LINE]


def _understood(person: AppUser, line: str, people: dict[str, str]) -> quick_add.Understood:
    return quick_add.parse(line, _today(person), people)


def _today(person: AppUser) -> date:
    return words.today_in(person.time_zone, datetime.now(UTC))


def _page(
    request: Request,
    services: Services,
    person: AppUser,
    place: tuple[str, str | None],
    shown: dict[str, object],
    status: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:
    view, after = place
    context = {
        "here": "reminders",
        "lists": True,
        "today": _today(person),
        "views": views.NAMES,
        "view": view,
        "back": views.address(view, after),
        "people": colleagues(services, person),
        "groups": list(views.groups(services, person, view, after)),
        "unfolded": False,
        "line": "",
    }
    return page(request, "reminders.html", context | shown, status=status)
