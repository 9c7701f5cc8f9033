"""The team's people: how each one's sync stands, adding somebody, the integration login, and runs for everybody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from remindersync.errors import UserMistake
from remindersync.store.people import AppUser
from remindersync.store.status import UserStatus
from web import sessions, staff
from web.pages import by_hand, oauth, words
from web.pages.access import App, Posted
from web.pages.admin.frame import Admin, admin_page
from web.pages.rendering import to
from worker.pricing import full_price
from worker.services import Services

router = APIRouter()
HERE = "/admin/people"
_BAD = ("reconnect", "deactivated")


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the team; `badge` is the look of their state."""

    user: AppUser
    status: UserStatus
    last_run: str | None

    @property
    def badge(self) -> str:
        if self.status.state.value in _BAD:
            return "bad"
        return {"off": "", "waiting_allowance": "warn"}.get(self.status.state.value, "good")


@router.get("/admin")
def begin(_: Admin) -> RedirectResponse:
    """Go to the first tab."""
    return to(HERE)


@router.get(HERE)
def show(request: Request, services: App, admin: Admin) -> HTMLResponse:
    """List the team's people."""
    return _page(request, services, admin)


@router.post(HERE)
def add(request: Request, services: App, admin: Admin, form: Posted) -> Response:
    """Add somebody to the team; their sync is off."""
    team = staff.team_of(services, admin).name
    try:
        added = services.directory.add_user(
            form.get("email", ""),
            team,
            name=form.get("name", ""),
            time_zone=form.get("time_zone", "").strip() or admin.time_zone,
            is_admin="is_admin" in form,
        )
    except UserMistake as mistake:
        staff.tell_operator(admin, mistake)
        return _page(request, services, admin, form, str(mistake))
    sessions.say(request.session, f"{added.email} is in the team: give them a sign-in link.")
    return to(f"{HERE}/{added.id}")


@router.get("/admin/integration/connect")
def connect(request: Request, services: App, _: Admin) -> RedirectResponse:
    """Send the admin to Salesforce, to log in there as the integration user."""
    return to(oauth.begin(request.session, services, oauth.Purpose.TEAM))


@router.post(f"{HERE}/resync")
def resync(request: Request, services: App, admin: Admin, form: Posted) -> Response:
    """Queue a run of everybody who syncs; one that reads everything anew only once its price is agreed to."""
    syncing = [user for user in services.directory.colleagues(admin.team_id) if user.sync_on and user.active]
    try:
        by_hand.queue(services, syncing, form)
    except UserMistake as mistake:
        return _page(request, services, admin, mistake=str(mistake))
    sessions.say(request.session, f"A run is queued for {len(syncing)} {'person' if len(syncing) == 1 else 'people'}.")
    return to(HERE)


def _page(
    request: Request,
    services: Services,
    admin: AppUser,
    typed: Mapping[str, str] | None = None,
    mistake: str | None = None,
) -> HTMLResponse:
    syncing = [user.id for user in services.directory.colleagues(admin.team_id) if user.sync_on and user.active]
    context = {
        "lines": list(_lines(services, admin)),
        "team": staff.team_of(services, admin),
        "integration": services.logins.of_team(admin.team_id),
        "price": full_price(services, syncing),
        "typed": typed or {},
    }
    return admin_page(request, "people", context, mistake=mistake)


def _lines(services: Services, admin: AppUser) -> Iterator[Line]:
    stands = {one.user_id: one for one in services.directory.status(team_id=admin.team_id)}
    for user in services.directory.colleagues(admin.team_id):
        if user.id in stands:
            last = stands[user.id].last_run_at
            yield Line(user, stands[user.id], words.local_time(last, admin.time_zone) if last else None)
