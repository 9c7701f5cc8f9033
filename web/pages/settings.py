"""Settings: the connection to Salesforce, the sync choice, how it stands, errors, and runs by hand."""

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from remindersync.errors import UserMistake
from remindersync.store.diagnostics import Wanted
from remindersync.store.people import AppUser
from web import sessions
from web.pages import by_hand
from web.pages.access import App, Person, Posted
from web.pages.choices import ChoiceForm
from web.pages.rendering import page, to
from web.pages.run_words import RUN_KINDS, RUN_STATES
from web.pages.standing import standing_of
from worker.pricing import full_price
from worker.services import Services

router = APIRouter()
_HERE = "/settings"
Seen = Annotated[str, Query(max_length=64)]
_RUNS = 5
_ERRORS = 20
_CONTINENTS = {
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
}


@router.get(_HERE)
def show(request: Request, services: App, person: Person) -> HTMLResponse:
    """Show how the person's sync stands and what they may choose."""
    return settings_page(request, services, person)


@router.get("/settings/standing")
def standing(request: Request, services: App, person: Person, seen: Seen = "") -> Response:
    """Show how it stands, for a page that shows it already; nothing where that is so still."""
    now = standing_of(services, person)
    if now.mark == seen:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return page(request, "settings_standing.html", {"standing": now})


@router.post("/settings/resync")
def resync(request: Request, services: App, person: Person, form: Posted) -> Response:
    """Queue a run now; a dry one is shown, for it does nothing else."""
    try:
        (run_id,) = by_hand.queue(services, [person], form)
    except UserMistake as mistake:
        return settings_page(request, services, person, mistakes={"resync": str(mistake)})
    if "dry" in form:
        return to(f"/runs/{run_id}")
    sessions.say(request.session, "A run is queued.")
    return to(_HERE)


@router.post("/settings/errors")
def handle(request: Request, services: App, person: Person, form: Posted) -> RedirectResponse:
    """Retry or ignore one of the person's own errors, or all of them."""
    own = Wanted(ids=[form["number"]] if "number" in form else None, email=person.email)
    if form.get("do") == "ignore":
        count = services.diagnostics.ignore(person, own).count
        sessions.say(request.session, f"{_errors(count)} off the list; the same error again is listed anew.")
        return to(_HERE)
    handled = services.diagnostics.retry(person, own)
    for user_id in handled.due_user_ids:
        services.send(user_id)
    sessions.say(request.session, f"{_errors(handled.count)} tried again.")
    return to(_HERE)


@router.post("/settings/about")
def tell_about(request: Request, services: App, person: Person, form: Posted) -> Response:
    """Save the person's name and time zone."""
    about = {"name": form.get("name", ""), "time_zone": form.get("time_zone", "")}
    try:
        services.directory.describe(person.id, **about)
    except UserMistake as mistake:
        return settings_page(request, services, person, about=about, mistakes={"about": str(mistake)})
    sessions.say(request.session, "Saved.")
    return to(_HERE)


def settings_page(
    request: Request,
    services: Services,
    person: AppUser,
    *,
    choice: ChoiceForm | None = None,
    about: Mapping[str, str] | None = None,
    mistakes: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Render the page; with `mistakes`, by the names of its forms, as 422 and with what was typed."""
    found: dict[str, Any] = {
        "here": "settings",
        "standing": standing_of(services, person),
        "choice": choice or ChoiceForm.of(person),
        "about": about or {"name": person.name, "time_zone": person.time_zone},
        "mistakes": mistakes or {},
        "held": services.approvals.waiting(person.id),
        "errors": services.diagnostics.page(person, Wanted(email=person.email), limit=_ERRORS),
        "zones": _zones(),
        "runs": services.requests.runs_of(person.id, _RUNS),
        "run_kinds": RUN_KINDS,
        "run_states": RUN_STATES,
        "price": full_price(services, [person.id]) if person.sync_on else None,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if mistakes else HTTPStatus.OK
    return page(request, "settings.html", found, status=status)


@cache
def _zones() -> tuple[str, ...]:
    """Return the time zones named after places; others are understood too."""
    return tuple(sorted(zone for zone in available_timezones() if zone.partition("/")[0] in _CONTINENTS))


def _errors(count: int) -> str:
    return "1 error is" if count == 1 else f"{count} errors are"
