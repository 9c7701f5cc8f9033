"""Turning sync on and off: the choice, a look by name at what it would do, and turning on as that look showed it."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from remindersync.errors import UserMistake
from remindersync.model import RunKind
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from remindersync.store.requests import RunRecord
from remindersync.store.turning_on import Item, Preview
from web import sessions
from web.pages.access import App, Person, Posted
from web.pages.choices import ChoiceForm, form_of
from web.pages.rendering import page, to
from web.pages.settings import Seen, settings_page
from worker.services import Services

router = APIRouter()
_MOST_NAMES = 200
# Each part of a preview: whose items these are, and what becomes of them.
_PARTS = {
    ("create", "app"): "Come in from Salesforce as new reminders",
    ("match", "app"): "Are linked with a reminder that is here already",
    ("update", "app"): "Change here",
    ("delete", "app"): "Are deleted here, because their Task was deleted in Salesforce",
    ("create", "salesforce"): "Go to Salesforce as new Tasks",
    ("update", "salesforce"): "Change in Salesforce",
    ("delete", "salesforce"): "Are deleted in Salesforce, because they were deleted here",
    ("skip", "app"): "Stay out",
}
_OTHERS = "Are only noted, moved or put aside"


@dataclass(frozen=True, slots=True)
class Part:
    """All items of a preview to which the same happens; the first 200 by name."""

    title: str
    count: int
    items: tuple[Item, ...]


@router.post("/settings/sync")
def choose(request: Request, services: App, person: Person, form: Posted) -> Response:
    """Turn sync on or off, or look first at what turning on would do."""
    wanted = ChoiceForm.read(form, person)
    try:
        if wanted.mode == "off":
            return _off(request, services, person)
        if form.get("do") == "preview" or (wanted.choice.asks and "digest" not in form):
            return _look(services, person, wanted)
        return _on(request, services, person, wanted, form.get("digest"))
    except UserMistake as mistake:
        return settings_page(request, services, person, choice=wanted, mistakes={"sync": str(mistake)})


@router.get("/settings/preview/{run_id}")
def preview(request: Request, services: App, person: Person, run_id: str) -> HTMLResponse:
    """Show what turning on would do, or that it is being looked at."""
    shown = _shown(services, person, _own(services, person, run_id))
    return page(request, "settings_preview.html", {"here": "settings", **shown})


@router.get("/settings/preview/{run_id}/part")
def preview_part(request: Request, services: App, person: Person, run_id: str, seen: Seen = "") -> Response:
    """Show the same for a page that waits; nothing where it has to wait on."""
    run = _own(services, person, run_id)
    if run.state == seen:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return page(request, "settings_preview_part.html", _shown(services, person, run))


def _off(request: Request, services: Services, person: AppUser) -> RedirectResponse:
    services.directory.turn_off(person.id)
    sessions.say(request.session, "Sync is off. Both sides keep what they have.")
    return to("/settings")


def _look(services: Services, person: AppUser, wanted: ChoiceForm) -> RedirectResponse:
    run_id = services.turning_on.ask(person.id, wanted.choice)
    services.send(person.id)
    return to(f"/settings/preview/{run_id}")


def _on(
    request: Request, services: Services, person: AppUser, wanted: ChoiceForm, digest: str | None
) -> RedirectResponse:
    if wanted.choice.asks or not person.sync_on:
        services.turning_on.turn_on(person.id, wanted.choice, digest)
        services.send(person.id)
    sessions.say(request.session, "Sync is on. The first sync runs in the background; you can go on working.")
    return to("/settings")


def _shown(services: Services, person: AppUser, run: RunRecord) -> dict[str, object]:
    found = services.turning_on.of_run(run.id) if run.state == "done" else None
    choice = form_of(found.choice, person) if found else None
    return {"run": run, "preview": found, "choice": choice, "parts": list(_parts(found)) if found else []}


def _own(services: Services, person: AppUser, run_id: str) -> RunRecord:
    run = services.requests.run(run_id)
    if run.user_id != person.id or run.kind is not RunKind.PREVIEW:
        raise NotFound("There is no such preview: it may have been cleared away.")
    return run


def _parts(found: Preview) -> Iterator[Part]:
    for title in (*_PARTS.values(), _OTHERS):
        items = [item for item in found.items if _PARTS.get((item["action"], item["side"]), _OTHERS) == title]
        if items:
            yield Part(title, len(items), tuple(items[:_MOST_NAMES]))
