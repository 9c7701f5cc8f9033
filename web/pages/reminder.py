"""One reminder: its form, alone or in its row, its history, and what can be done with it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from remindersync.errors import UserMistake
from remindersync.store.app_reminders import AppReminders, Changed
from remindersync.store.mistakes import Conflict, NotFound
from remindersync.store.people import AppUser
from remindersync.store.shown import ListedReminder
from web import sessions
from web.pages import forms, past, words
from web.pages.access import App, Person, Posted, local_path
from web.pages.cards import card
from web.pages.command_center import colleagues
from web.pages.rendering import page, to
from worker.services import Services

router = APIRouter()
ReminderId = Annotated[str, Path(max_length=64)]
EventId = Annotated[str, Path(max_length=20)]
# FACE-1: completions and deletions wait this long before they go to Salesforce, so that they can be undone.
UNDO_SECONDS = 5.0

Act = Callable[[AppReminders, AppUser, str], Changed]
# What a button does, what is said of it, and which button undoes it.
_ACTS: dict[str, tuple[Act, str, str | None]] = {
    "complete": (lambda store, who, one: store.complete(who, one, hold_seconds=UNDO_SECONDS), "Completed", "reopen"),
    "reopen": (lambda store, who, one: store.reopen(who, one), "Open again:", None),
    "delete": (lambda store, who, one: store.delete(who, one, hold_seconds=UNDO_SECONDS), "In the bin:", "restore"),
    "restore": (lambda store, who, one: store.restore(who, one), "Out of the bin:", None),
    "push": (lambda store, who, one: store.push(who, one), "On its way to Salesforce:", None),
}


@router.get("/reminders/{reminder_id}")
def show(request: Request, services: App, person: Person, reminder_id: ReminderId, back: str = "/") -> HTMLResponse:
    """Show a reminder's form and history."""
    listed = services.reminders.get(person, reminder_id)
    form = forms.form_of(listed.reminder, listed.assignee_email)
    return _page(request, services, person, listed, {"draft": form, "newer": None, "back": local_path(back)})


@router.get("/reminders/{reminder_id}/edit")
def edit(request: Request, services: App, person: Person, reminder_id: ReminderId, back: str = "/") -> HTMLResponse:
    """Show a reminder's row as a form, to stand in the row's place."""
    listed = services.reminders.get(person, reminder_id)
    form = forms.form_of(listed.reminder, listed.assignee_email)
    return _row(request, services, person, listed, {"draft": form, "newer": None, "back": local_path(back)})


@router.post("/reminders/{reminder_id}")
def save(request: Request, services: App, person: Person, reminder_id: ReminderId, form: Posted) -> Response:
    """Save what was changed against the version that was shown; a newer one shows both values (FACE-1)."""
    again = _row if form.get("in_row") else _page
    listed = services.reminders.get(person, reminder_id)
    present = forms.form_of(listed.reminder, listed.assignee_email)
    wanted, back = forms.read(form, present), local_path(form.get("back"))
    shown = {"draft": wanted, "newer": present, "back": back}
    if form.get("version") != str(listed.reminder.version):
        return again(request, services, person, listed, shown, HTTPStatus.CONFLICT)
    try:
        changes = wanted.changes(present)
        changed = services.reminders.edit(person, reminder_id, changes, expected_version=listed.reminder.version)
    except Conflict:
        listed = services.reminders.get(person, reminder_id)
        shown["newer"] = forms.form_of(listed.reminder, listed.assignee_email)
        return again(request, services, person, listed, shown, HTTPStatus.CONFLICT)
    except UserMistake as mistake:
        sessions.say(request.session, str(mistake), bad=True)
        return again(request, services, person, listed, shown | {"newer": None}, HTTPStatus.UNPROCESSABLE_ENTITY)
    _wake(services, changed)
    sessions.say(request.session, f"Saved {words.shortened(changed.reminder.name)}.")
    return to(back)


@router.post("/reminders/{reminder_id}/events/{event_id}/restore")
def restore_value(
    request: Request, services: App, person: Person, reminder_id: ReminderId, event_id: EventId, _: Posted
) -> RedirectResponse:
    """Put back what an event of the history overwrote (MERGE-2)."""
    if services.reminders.event(person, event_id).reminder_id != reminder_id:
        raise NotFound("There is no such event.")
    try:
        changed = services.reminders.restore_value(person, event_id)
    except NotFound:
        raise
    except UserMistake as mistake:
        sessions.say(request.session, str(mistake), bad=True)
    else:
        _wake(services, changed)
        sessions.say(request.session, "Restored. What it replaced is in the history.")
    return to(f"/reminders/{reminder_id}")


@router.post("/reminders/{reminder_id}/{verb}")
def act(
    request: Request, services: App, person: Person, reminder_id: ReminderId, verb: str, form: Posted
) -> RedirectResponse:
    """Do what a button says."""
    if verb not in _ACTS:
        raise NotFound("There is nothing at this address.")
    do, said, undo = _ACTS[verb]
    try:
        changed = do(services.reminders, person, reminder_id)
    except NotFound:
        raise
    except UserMistake as mistake:
        sessions.say(request.session, str(mistake), bad=True)
    else:
        _wake(services, changed)
        undo_path = f"/reminders/{changed.reminder.id}/{undo}" if undo else None
        sessions.say(request.session, f"{said} {words.shortened(changed.reminder.name)}", undo=undo_path)
    return to(local_path(form.get("back")))


def _wake(services: Services, changed: Changed) -> None:
    if changed.due_user_id:
        services.send(changed.due_user_id)


def _page(
    request: Request,
    services: Services,
    person: AppUser,
    listed: ListedReminder,
    shown: dict[str, Any],
    status: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:
    context = {
        "here": "reminders",
        "reminder": card(listed),
        "people": colleagues(services, person),
        "moments": past.moments(services.reminders.history(person, listed.reminder.id)),
    }
    return page(request, "reminder.html", context | shown, status=status)


def _row(
    request: Request,
    services: Services,
    person: AppUser,
    listed: ListedReminder,
    shown: dict[str, Any],
    status: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:
    context = {"reminder": card(listed), "people": colleagues(services, person)}
    answer = page(request, "reminder_row.html", context | shown, status=status)
    # A form that is shown again stands in for itself, not for the lists that saving would show.
    row = f"#r-{listed.reminder.id}"
    answer.headers.update({"HX-Retarget": row, "HX-Reselect": row, "HX-Reswap": "outerHTML"})
    return answer
