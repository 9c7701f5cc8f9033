"""What changes many reminders at once: shown line by line, asked for exactly as shown, and how far it is."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from remindersync.errors import UserMistake
from remindersync.model import AskedKind
from remindersync.store.people import AppUser
from web import sessions
from web.pages.access import App, Posted
from web.pages.admin.frame import Admin, admin_page
from web.pages.rendering import page, to
from worker.services import Services

router = APIRouter()
HERE = "/admin/actions"
_TABS = {AskedKind.RERENDER: "template", AskedKind.FOLLOW: "values"}
_TITLES = {
    AskedKind.RERENDER: "Render Subjects anew by today’s template",
    AskedKind.FOLLOW: "Let reminders follow the changed values",
}
_MOST_LINES = 200


@router.post(HERE + "/preview")
def preview(request: Request, services: App, admin: Admin, form: Posted) -> HTMLResponse:
    """Show what asking would change; nothing is changed."""
    kind = _kind(form.get("kind", ""))
    return _preview(request, services, admin, kind)


@router.post(HERE)
def ask(request: Request, services: App, admin: Admin, form: Posted) -> Response:
    """Ask for exactly what a preview showed."""
    kind = _kind(form.get("kind", ""))
    try:
        asked = services.team_actions.ask(admin.team_id, form.get("digest", ""), admin, kind)
    except UserMistake as mistake:
        return _preview(request, services, admin, kind, str(mistake))
    sessions.say(request.session, "It is asked for: the next runs carry it out.")
    return to(f"{HERE}/{asked.id}")


@router.get(HERE + "/{action_id}")
def show(request: Request, services: App, admin: Admin, action_id: str) -> HTMLResponse:
    """Show how far it is."""
    progress = services.team_actions.progress(admin.team_id, action_id)
    context = {"progress": progress, "title": _TITLES[progress.kind]}
    return admin_page(request, _TABS[progress.kind], context, template="action")


@router.get(HERE + "/{action_id}/part")
def part(request: Request, services: App, admin: Admin, action_id: str, seen: Annotated[int, Query()] = -1) -> Response:
    """Show the same for an open page; nothing where as many still wait."""
    progress = services.team_actions.progress(admin.team_id, action_id)
    if progress.waiting == seen:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return page(request, "admin/action_part.html", {"progress": progress})


def _kind(word: str) -> AskedKind:
    if word not in set(AskedKind):
        raise UserMistake("There is no such action: go back and use one of the buttons.")
    return AskedKind(word)


def _preview(
    request: Request, services: Services, admin: AppUser, kind: AskedKind, mistake: str | None = None
) -> HTMLResponse:
    shown = services.team_actions.preview(admin.team_id, kind)
    context = {"shown": shown, "lines": shown.lines[:_MOST_LINES], "title": _TITLES[kind]}
    return admin_page(request, _TABS[kind], context, mistake=mistake, template="action_preview")
