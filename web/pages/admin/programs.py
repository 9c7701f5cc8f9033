"""The team's programs: tokens that act for its users, and webhooks, which are told what happens (FACE-4)."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from remindersync.errors import UserMistake
from remindersync.store.changes import Happened
from remindersync.store.people import AppUser
from remindersync.store.webhooks import TOLD, Scope, Webhook
from web import sessions, staff
from web.api.once import own_id
from web.pages.access import App, Posted
from web.pages.admin.frame import Admin, PostedLists, admin_page
from web.pages.programs import new_key
from web.pages.rendering import to
from web.programs import add_webhook
from worker.services import Services

router = APIRouter()
HERE = "/admin/programs"
# The team's people, by id.
People = Mapping[str, AppUser]
EVENTS = {
    Happened.CREATED: "Created",
    Happened.EDITED: "Edited, completed or reopened",
    Happened.DELETED: "Deleted",
    Happened.RESTORED: "Restored",
    Happened.ARRIVED: "Assigned to somebody",
    Happened.LEFT: "Assigned away from somebody",
}


@router.get(HERE)
def show(request: Request, services: App, admin: Admin) -> HTMLResponse:
    """List the team's tokens and webhooks."""
    return _page(request, services, admin)


@router.post(HERE + "/tokens/{team_token_id}/revoke")
def revoke(request: Request, services: App, admin: Admin, team_token_id: str, _: Posted) -> Response:
    """Let one of the team's tokens count no more."""
    revoked = services.directory.revoke_token(admin, team_token_id)
    sessions.say(request.session, f"{revoked.name or 'The token without a name'} is revoked and counts no more.")
    return to(HERE)


@router.post(HERE + "/webhooks")
def add(request: Request, services: App, admin: Admin, form: PostedLists) -> HTMLResponse:
    """Add a webhook of the team. Its secret is shown this once, so the page that shows it is the answer itself."""
    url, once = form.get("url", [""])[0].strip(), form.get("once", [""])[0] or None
    events = [one for one in TOLD if one.value in form.get("event", [])]
    try:
        made = add_webhook(services, admin, url, Scope.TEAM, events, own_id(admin, once))
    except UserMistake as mistake:
        return _page(request, services, admin, {"url": url, "events": events}, mistake=in_words(mistake))
    return _page(request, services, admin, made=made)


def whose(webhook: Webhook, people: People) -> str:
    """Say whose reminders a webhook is told of."""
    if webhook.owner_id is None:
        return "the whole team’s"
    owner = people.get(webhook.owner_id)
    return f"those of {owner.name or owner.email}" if owner else "a colleague’s own"


def stand_of(webhook: Webhook, people: People) -> tuple[str, str]:
    """Return how a webhook stands: the look of its badge, and a word or two."""
    owner = people.get(webhook.owner_id or "")
    if owner is not None and not owner.active:
        return "warn", "rests: they are deactivated"
    if webhook.stopped:
        return ("warn", "paused") if webhook.is_paused else ("bad", "stopped")
    if webhook.failures:
        return "warn", "failing"
    return ("good", "works") if webhook.last_answer else ("", "nothing told yet")


def people_of(services: Services, admin: AppUser) -> People:
    """Return the team's people by id, deactivated ones too."""
    return {one.id: one for one in services.directory.colleagues(admin.team_id)}


def in_words(mistake: Exception) -> str:
    """Return a mistake with the name of the field as the form calls it."""
    text = str(mistake)
    for name, label in (("url:", "The address:"), ("events:", "The events:")):
        text = label + text.removeprefix(name) if text.startswith(name) else text
    return text


def _page(
    request: Request,
    services: Services,
    admin: AppUser,
    typed: Mapping[str, Any] | None = None,
    *,
    made: tuple[Webhook, str] | None = None,
    mistake: str | None = None,
) -> HTMLResponse:
    people = people_of(services, admin)
    context = {
        "team": staff.team_of(services, admin),
        "tokens": services.directory.team_tokens(admin.team_id),
        "lines": [(one, stand_of(one, people), whose(one, people)) for one in services.hooks.of(admin)],
        "typed": typed or {"url": "", "events": TOLD},
        "events": EVENTS,
        "made": made,
        "once": new_key(),
    }
    return admin_page(request, "programs", context, mistake=mistake)
