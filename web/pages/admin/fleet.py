"""How all work stands: queues, workers, runs a minute, who waits longest; and who may see Flower."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from remindersync.store.people import AppUser
from web.pages.access import App, SignedOut, signed_in
from web.pages.admin.frame import Admin, admin_page
from web.pages.rendering import page
from worker.services import Services

router = APIRouter()
HERE = "/admin/fleet"
QUEUES = {
    "ticks": "Beat asks who is due",
    "interactive": "People who wait: edits, hand-made runs",
    "sync": "Looking for changes",
    "bulk": "First syncs and cleaning up",
}
OUTCOMES = {
    "done": "done",
    "more": "to be continued",
    "waiting_allowance": "waiting for calls",
    "retry": "to be tried again",
    "reconnect": "login lost",
    "failed": "failed",
    "busy": "another run was at work",
    "superseded": "overtaken by a later run",
    "stale_claim": "sent twice, nothing done",
    "off": "turned off",
}
# Longer than this since beat was heard of, and nobody sends what is due.
LATE_SECONDS = 30


@router.get(HERE)
def show(request: Request, services: App, admin: Admin) -> HTMLResponse:
    """Show how the fleet does."""
    flower = services.settings.flower_url if _sees_flower(services, admin) else None
    return admin_page(request, "fleet", _now(services, admin) | {"flower": flower})


@router.get(HERE + "/part")
def part(request: Request, services: App, admin: Admin) -> HTMLResponse:
    """Show the same for an open page."""
    return page(request, "admin/fleet_part.html", _now(services, admin))


@router.get("/admin/flower-access")
def flower_access(request: Request, services: App) -> Response:
    """Tell a reverse proxy that asks (nginx's auth_request) whether this session may see Flower."""
    try:
        person = signed_in(request, services)
    except SignedOut:
        return Response(status_code=HTTPStatus.UNAUTHORIZED)
    allowed = person.is_admin and _sees_flower(services, person)
    return Response(status_code=HTTPStatus.NO_CONTENT if allowed else HTTPStatus.FORBIDDEN)


def _now(services: Services, admin: AppUser) -> dict[str, object]:
    now = services.fleet.now(admin.team_id)
    return {"fleet": now, "queue_names": QUEUES, "outcomes": OUTCOMES, "late_seconds": LATE_SECONDS}


def _sees_flower(services: Services, admin: AppUser) -> bool:
    """Whether Flower shows nothing but this admin's own team: it tells everybody's runs, and nothing crosses teams."""
    return [team.id for team in services.directory.teams()] == [admin.team_id]
