"""What guards hold back of the team's people, and approving exactly what is listed (DIAG-6)."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from remindersync.errors import UserMistake
from remindersync.store.guards import Waiting
from remindersync.store.people import AppUser
from web import sessions
from web.pages.access import App, Posted
from web.pages.admin.frame import Admin, admin_page
from web.pages.approving import approve_listed
from web.pages.rendering import to
from worker.services import Services

router = APIRouter()
HERE = "/admin/held"


@dataclass(frozen=True, slots=True)
class Held:
    """One person's changes that wait."""

    user: AppUser
    changes: tuple[Waiting, ...]


@router.get(HERE)
def show(request: Request, services: App, admin: Admin) -> HTMLResponse:
    """List what waits, person by person."""
    return _page(request, services, admin)


@router.post(HERE)
def approve(request: Request, services: App, admin: Admin, form: Posted) -> Response:
    """Approve one person's changes, as they were listed."""
    try:
        (user,) = services.directory.colleagues(admin.team_id, [form.get("user", "")])
        sentence = approve_listed(services, user.id, form.get("listed", ""))
    except UserMistake as mistake:
        return _page(request, services, admin, str(mistake))
    sessions.say(request.session, f"{user.email}: {sentence}")
    return to(HERE)


def _page(request: Request, services: Services, admin: AppUser, mistake: str | None = None) -> HTMLResponse:
    waiting = {one.user_id for one in services.directory.status(team_id=admin.team_id) if one.held}
    held = [
        Held(user, services.approvals.waiting(user.id))
        for user in services.directory.colleagues(admin.team_id)
        if user.id in waiting
    ]
    return admin_page(request, "held", {"held": held}, mistake=mistake)
