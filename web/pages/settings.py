"""Settings: the connection to Salesforce, the sync choice, how it stands, and *sync now*."""

from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from remindersync.errors import UserMistake
from remindersync.model import RunKind
from remindersync.store.status import SyncState
from web import sessions
from web.pages.access import App, Person, Posted
from web.pages.rendering import page

router = APIRouter()
_BUSY = (SyncState.FIRST_SYNC, SyncState.RUNNING)


@router.get("/settings")
def show(request: Request, services: App, person: Person) -> HTMLResponse:
    """Show how the person's sync stands."""
    (status,) = services.directory.status(person.id)
    shown = {"here": "settings", "status": status, "busy": status.state in _BUSY, "now": datetime.now(UTC)}
    return page(request, "settings.html", shown)


@router.post("/settings/sync")
def choose(request: Request, services: App, person: Person, form: Posted) -> RedirectResponse:
    """Turn sync on or off."""
    try:
        if form.get("mode") == "on":
            services.directory.turn_on(person.id)
            services.send(person.id)
            sessions.say(request.session, "Sync is on. The first sync runs in the background; you can go on working.")
        else:
            services.directory.turn_off(person.id)
            sessions.say(request.session, "Sync is off. Both sides keep what they have.")
    except UserMistake as mistake:
        sessions.say(request.session, str(mistake), bad=True)
    return RedirectResponse("/settings", HTTPStatus.SEE_OTHER)


@router.post("/settings/resync")
def resync(request: Request, services: App, person: Person, _: Posted) -> RedirectResponse:
    """Queue a run now."""
    try:
        services.requests.queue(person.id, RunKind.POLL)
    except UserMistake as mistake:
        sessions.say(request.session, str(mistake), bad=True)
    else:
        sent = services.send(person.id)
        sessions.say(request.session, "A run has begun." if sent else "A run is queued and begins shortly.")
    return RedirectResponse("/settings", HTTPStatus.SEE_OTHER)
